"""Errors as Stripe answers them: status, type, code, words, and the parameter they are about."""

from typing import Any


class StripeError(Exception):
    def __init__(self, status: int, kind: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.kept = status == 402
        """Whether it came of carrying the call out: then the same key is answered the same for a day."""
        self.body = {"error": {"type": kind, "message": message, **more}}

    @classmethod
    def invalid(cls, message: str, param: str, code: str) -> "StripeError":
        return cls(400, "invalid_request_error", message, param=param, code=code)

    @classmethod
    def missing(cls, what: str, name: str) -> "StripeError":
        return cls(
            404, "invalid_request_error", f"No such {what}: '{name}'", param="id", code="resource_missing"
        )  # fmt: skip

    @classmethod
    def card(cls, code: str, decline_code: str | None, **more: Any) -> "StripeError":
        about = {"code": code, **({"decline_code": decline_code} if decline_code else {}), **more}
        return cls(402, "card_error", "Your card was declined.", **about)

    @classmethod
    def done(cls, message: str, code: str) -> "StripeError":
        """Refused by what was found when the call was carried out, e.g. too low a balance."""
        made = cls(400, "invalid_request_error", message, code=code)
        made.kept = True
        return made
