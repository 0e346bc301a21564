"""Idempotency keys: kept for 24 hours with the answer; other content is an error, in flight a conflict."""

from dataclasses import dataclass, field
from typing import Any

from tests.doubles.stripe_server.errors import StripeError

KEPT_S = 86_400


@dataclass(slots=True)
class _Kept:
    call: str
    body: str
    at: int
    answer: tuple[int, Any] | None = None


@dataclass(slots=True)
class Keys:
    """Answers by key; those of calls that were refused before anything was done are not kept."""

    kept: dict[str, _Kept] = field(default_factory=dict)

    def begin(self, key: str, call: str, body: str, now: int) -> tuple[int, Any] | None:
        """The answer of the first call with this key, None where this is the first."""
        found = self.kept.get(key)
        if found is None or now - found.at >= KEPT_S:
            self.kept[key] = _Kept(call, body, now)
            return None
        if (found.call, found.body) != (call, body):
            raise StripeError(
                400, "idempotency_error",
                "Keys for idempotent requests can only be used with the same parameters they were first used with.",
            )  # fmt: skip
        if found.answer is None:
            raise StripeError(
                409, "idempotency_error",
                "There is currently another in-progress request using this Idempotent Key.",
                code="idempotency_key_in_use",
            )  # fmt: skip
        return found.answer

    def end(self, key: str, answer: tuple[int, Any] | None) -> None:
        """None: nothing was done, the key is free again."""
        if answer is None:
            self.kept.pop(key, None)
        else:
            self.kept[key].answer = answer
