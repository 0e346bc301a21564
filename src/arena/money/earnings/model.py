"""What a creator's money is called while it waits, is free, is on its way, or is owed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from arena.kit.errors import NotFound
from arena.kit.money import Money
from arena.kit.settings import Settings


@dataclass(frozen=True, slots=True)
class Hold:
    """How long money waits before it is free, and what part of it stays back for how long after that."""

    wait: timedelta
    reserve_bps: int
    reserve: timedelta

    @classmethod
    def of(cls, settings: Settings) -> "Hold":
        return cls(
            timedelta(days=settings.payout_hold_days), settings.payout_reserve_bps,
            timedelta(days=settings.payout_reserve_days),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Earnings:
    """A creator's money as it stands.

    `pending` waits: `unpaid` of it for customers to pay what they were invoiced, the rest for its hold to end, the
    first of it at `next_at` (product time; None where nothing but payments is waited for). `available` is free of
    holds; of it `reserve` stays back against refunds, `set_aside` is promised to a payout, and `payable` can be asked
    for. `in_transit` is with the gateway. `disputed` is held while customers dispute charges. `owed` was refunded after
    it had been paid out, and is taken from what becomes available next.
    """

    pending: Money
    unpaid: Money
    next_at: datetime | None
    available: Money
    reserve: Money
    set_aside: Money
    payable: Money
    in_transit: Money
    disputed: Money
    owed: Money


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits of one reference (sub_…, pfc_…): `on_hold` until its hold ends, the first of it at `free_at` (product
    time); `unpaid` until the customer pays, and then for its hold."""

    reference: str
    on_hold: Money
    free_at: datetime | None
    unpaid: Money


@dataclass(frozen=True, slots=True)
class Month:
    """What a month brought and what went out in it; `taken` are refunds and lost disputes. All positive."""

    start: datetime
    earned: Money
    taken: Money
    paid_out: Money


@dataclass(frozen=True, slots=True)
class Movement:
    """What a journal moved on one creator's accounts, in his favour positive but for `owed`, which he owes. `pending`
    is not free yet. `at` is product time; `reference` is what it was earned or paid out with."""

    journal_id: str
    kind: str
    reference: str
    at: datetime
    pending: Money
    available: Money
    disputed: Money
    owed: Money

    @property
    def total(self) -> Money:
        return self.pending + self.available + self.disputed - self.owed


class NoSuchMovement(NotFound):
    """There is no journal {journal_id} that moved your money; your statements name those that did."""
