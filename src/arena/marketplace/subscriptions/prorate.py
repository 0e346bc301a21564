"""What a change in the middle of a period costs: by whole seconds, to the cent, nothing lost or made."""

from dataclasses import dataclass
from datetime import datetime

from arena.kit.money import Money, allocate
from arena.marketplace.subscriptions.model import CHARGE_MIN


@dataclass(frozen=True, slots=True)
class Proration:
    """At the moment `at`: `unused` is what the rest of the period is worth at what was paid, `owed` what it costs in
    the new tier, `charge` the difference, which is taken now. Seconds are whole."""

    at: datetime
    used_s: int
    left_s: int
    unused: Money
    owed: Money
    charge: Money


def seconds(start: datetime, end: datetime, at: datetime) -> tuple[int, int]:
    """How much of the period is used and how much is left."""
    whole = int((end - start).total_seconds())
    left = min(max(int((end - at).total_seconds()), 0), whole)
    return whole - left, left


def prorate(
    paid: Money, price: Money, *, start: datetime, end: datetime, at: datetime
) -> Proration:
    """From a period at `paid` to one at `price`. Never money back; under 50 cents, nothing is charged.

    Both parts are the largest-remainder share of the seconds that are left (money by Hamilton's method), so that
    used and unused make the whole price.
    """
    used_s, left_s = seconds(start, end, at)
    unused = allocate(paid.minor, [used_s, left_s])[1]
    owed = allocate(price.minor, [used_s, left_s])[1]
    charge = owed - unused
    return Proration(
        at, used_s, left_s, Money(unused, paid.currency), Money(owed, price.currency),
        Money(charge if charge >= CHARGE_MIN else 0, price.currency),
    )  # fmt: skip
