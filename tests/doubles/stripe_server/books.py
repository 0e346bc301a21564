"""Stripe's books: objects by kind and id, the events of their changes, expansion, lists by cursor."""

import copy
import itertools
import time
from collections.abc import Callable
from typing import Any

from tests.doubles.stripe_server.errors import StripeError
from tests.doubles.stripe_server.shapes import BARE, DEFAULTS

Thing = dict[str, Any]
# The field that names another object, and that object's kind.
LINKS = {
    "latest_charge": "charge", "balance_transaction": "balance_transaction", "setup_intent": "setup_intent",
    "payment_method": "payment_method", "customer": "customer", "charge": "charge",
    "payment_intent": "payment_intent", "refund": "refund",
}  # fmt: skip
PREFIXES = {
    "ch_": "charge", "re_": "refund", "dp_": "dispute", "py_": "charge", "tr_": "transfer",
    "trr_": "transfer_reversal", "po_": "payout", "tu_": "topup", "fee_": "fee",
}  # fmt: skip


class Books:
    """Time is the wall's plus what a test has let pass. A connected account has books of its own (`of` is its id),
    which share the time, the numbers and the post of the platform's."""

    def __init__(self, *, platform: "Books | None" = None, of: str = "", first: int = 1) -> None:
        self.things: dict[str, dict[str, Thing]] = {}
        self.events: list[Thing] = []
        self.passed_s = 0
        self.refuse_refunds: str | None = None
        self.of = of
        self._platform = platform
        self.post: list[Thing] = platform.post if platform else []
        self._numbers = platform._numbers if platform else itertools.count(first)

    def now(self) -> int:
        return int(time.time()) + (self._platform or self).passed_s

    @property
    def balance(self) -> dict[str, int]:
        """By currency; all of it counts as available at once."""
        sums: dict[str, int] = {}
        for line in self.all("balance_transaction"):
            sums[line["currency"]] = sums.get(line["currency"], 0) + line["net"]
        return sums

    def make(self, kind: str, prefix: str, **fields: Any) -> Thing:
        name = f"{prefix}_{next(self._numbers):024d}"
        made = {"id": name, "object": kind, "created": self.now(), "livemode": False}
        made |= copy.deepcopy(DEFAULTS.get(kind, {})) | fields
        for missing in BARE.get(kind, ()):
            del made[missing]
        self.things.setdefault(kind, {})[name] = made
        return made

    def get(self, kind: str, name: str) -> Thing:
        try:
            return self.things[kind][name]
        except KeyError:
            raise StripeError.missing(kind, name) from None

    def all(self, kind: str) -> list[Thing]:
        """Newest first, as Stripe lists."""
        return list(reversed(self.things.get(kind, {}).values()))

    def tell(self, event: str, about: Thing) -> None:
        made = {
            "id": f"evt_{next(self._numbers):024d}", "object": "event", "api_version": "2026-01-28.clover",
            "created": self.now(), "livemode": False, "pending_webhooks": 1, "type": event,
            "data": {"object": shown(about)}, "request": {"id": None, "idempotency_key": None},
        }  # fmt: skip
        if self.of:
            made["account"] = self.of
        self.events.append(made)
        self.post.append(made)

    def page(self, found: list[Thing], given: dict[str, Any], url: str) -> Thing:
        limit = int(given.get("limit", 10))
        after = given.get("starting_after")
        if after:
            names = [one["id"] for one in found]
            if after not in names:
                raise StripeError.missing("object", after)
            found = found[names.index(after) + 1 :]
        kinds = given.get("types")
        if kinds:
            found = [one for one in found if one["type"] in kinds]
        since = given.get("created", {})
        if isinstance(since, dict):
            found = [one for one in found if _within(one["created"], since)]
        return {
            "object": "list", "url": url, "has_more": len(found) > limit, "data": found[:limit],
        }  # fmt: skip

    def expand(self, answer: Thing, paths: list[str]) -> Thing:
        """A copy in which the named links are the objects themselves."""
        shown = copy.deepcopy(answer)
        for path in paths:
            self._follow(shown, path.split("."))
        return shown

    def _follow(self, thing: Any, path: list[str]) -> None:
        if isinstance(thing, list):
            for one in thing:
                self._follow(one, path)
            return
        name, rest = path[0], path[1:]
        value = thing.get(name)
        if isinstance(value, str):
            kind = LINKS.get(name) or next(k for p, k in PREFIXES.items() if value.startswith(p))
            if kind not in self.things:
                return
            thing[name] = copy.deepcopy(self.get(kind, value))
        if rest and thing.get(name) is not None:
            self._follow(thing[name], rest)


def _within(at: int, bounds: dict[str, str]) -> bool:
    tests: dict[str, Callable[[int, int], bool]] = {
        "gte": int.__ge__, "gt": int.__gt__, "lte": int.__le__, "lt": int.__lt__,
    }  # fmt: skip
    return all(tests[name](at, int(bound)) for name, bound in bounds.items())


def shown(answer: Any) -> Any:
    """Without what is known here only."""
    if isinstance(answer, dict):
        return {name: shown(one) for name, one in answer.items() if not name.startswith("_")}
    return [shown(one) for one in answer] if isinstance(answer, list) else answer
