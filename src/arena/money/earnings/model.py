"""What a creator's money is called while it waits, is free, is on its way, or is owed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

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

    `pending` waits for its hold to end, the first of it at `next_at` (product time). `available` is free of holds; of
    it `reserve` stays back against refunds, `set_aside` is promised to a payout, and `payable` can be asked for.
    `in_transit` is with the gateway. `disputed` is held while customers dispute charges. `owed` was refunded after
    it had been paid out, and is taken from what becomes available next.
    """

    pending: Money
    next_at: datetime | None
    available: Money
    reserve: Money
    set_aside: Money
    payable: Money
    in_transit: Money
    disputed: Money
    owed: Money


@dataclass(frozen=True, slots=True)
class Month:
    """What a month brought and what went out in it; `taken` are refunds and lost disputes. All positive."""

    start: datetime
    earned: Money
    taken: Money
    paid_out: Money
