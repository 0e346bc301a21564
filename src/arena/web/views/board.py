"""The state of the product at a glance, for the terminal board, the front page and /health alike."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from arena.kit.db import Tx
from arena.kit.errors import ArenaError
from arena.marketplace import delivery
from arena.trading import market


@dataclass(frozen=True, slots=True)
class FeedLine:
    """A feed as the board shows it. Returns are fractions of the opening cash, net of fees.

    `last_weight`, `equity` and `total_return` are the operator's to see: they tell what subscribers pay for.
    The public gets `equity_at_midnight` and `return_at_midnight`, of the last midnight UTC of product time.
    """

    feed_id: str
    name: str
    collective: str
    instrument: str
    listing_id: str | None
    listing_status: str
    signals: int
    last_weight: Decimal | None
    last_issued_at: datetime | None
    equity: Decimal
    total_return: Decimal
    equity_at_midnight: Decimal
    return_at_midnight: Decimal


@dataclass(frozen=True, slots=True)
class Board:
    """Times are product time unless named wall; `ledger_sum` must be 0."""

    product_now: datetime
    tape: market.Tape | None
    feeds: list[FeedLine]
    listed: int
    subscriptions: int
    sockets: int
    signals: int
    log_size: int
    ledger_sum: int
    pending_reactions: int
    dead_letters: int

    def burn_in(self, days: int) -> float | None:
        """How much of the first burn-in the tape has played, 0 to 1; None once something is on offer,
        and where no burn-in is hurried through."""
        first = self.tape.pack.first_open if self.tape else None
        if first is None or self.listed or not self.tape or self.tape.speed != "auto" or not days:
            return None
        return max(0.0, min(1.0, (self.product_now - first) / timedelta(days=days)))

    @property
    def warnings(self) -> list[str]:
        found = []
        if self.ledger_sum:
            found.append(
                f"The ledger does not sum to zero: {self.ledger_sum}. Stop charging and look."
            )
        if self.dead_letters:
            found.append(
                f"{self.dead_letters} reactions failed for good: see GET /dead-letters, then replay."
            )
        if self.tape and self.tape.ended_at:
            found.append(
                "The tape has ended. Start again with `arena db reset`, point ARENA_DATA at more prices,"
                " or go live with ARENA_SOURCE=live."
            )
        elif self.tape and (self.tape.speed == "pause" or self._until_reached()):
            found.append("The tape is paused: POST /tape with a speed lets it go on.")
        return found

    def _until_reached(self) -> bool:
        return bool(self.tape and self.tape.until and self.product_now >= self.tape.until)


async def board(tx: Tx) -> Board:
    """Reads everything the board shows, in a handful of indexed queries."""
    try:
        tape: market.Tape | None = await market.tape(tx)
    except ArenaError:
        tape = None
    counts = await tx.one(
        """select (select count(*) from listing where status = 'listed') as listed,
                  (select count(*) from subscription where status in ('active', 'past_due')) as subscriptions,
                  (select coalesce(sum(last_sequence), 0)::bigint from feed) as signals,
                  (select size from log_head) as log_size,
                  (select coalesce(sum(debits_posted - credits_posted), 0)::bigint from ledger_account) as ledger_sum,
                  (select count(*) from reaction where state = 'pending') as pending,
                  (select count(*) from reaction where state = 'dead') as dead"""
    )
    return Board(
        product_now=tape.product_now if tape else tx.now,
        tape=tape,
        feeds=await _feeds(tx, tape.product_now if tape else tx.now),
        listed=counts["listed"],
        subscriptions=counts["subscriptions"],
        sockets=delivery.delivery_health().sockets,
        signals=counts["signals"],
        log_size=counts["log_size"],
        ledger_sum=counts["ledger_sum"],
        pending_reactions=counts["pending"],
        dead_letters=counts["dead"],
    )


async def _feeds(tx: Tx, now: datetime) -> list[FeedLine]:
    rows = await tx.fetch(
        """select f.id, f.name, c.name as collective, f.instrument, f.last_sequence, f.last_issued_at,
                  l.id as listing_id, coalesce(l.status, 'not listed') as listing_status,
                  (select s.target_weight from signal s
                    where s.feed_id = f.id and s.sequence = f.last_sequence) as last_weight,
                  a.opening_cash, coalesce((select m.equity from equity_mark m where m.account_id = a.id
                    order by m.at desc limit 1), a.opening_cash) as equity,
                  coalesce((select m.equity from equity_mark m where m.account_id = a.id
                    and m.at <= date_trunc('day', $1::timestamptz, 'UTC')
                    order by m.at desc limit 1), a.opening_cash) as at_midnight
           from feed f join collective c on c.id = f.collective_id join account a on a.id = f.account_id
           left join listing l on l.feed_id = f.id
           where f.status = 'open' order by l.status is distinct from 'listed', f.opened_at, c.name, f.id limit 50""",
        now,
    )
    return [
        FeedLine(
            row["id"], row["name"], row["collective"], row["instrument"], row["listing_id"],
            row["listing_status"], row["last_sequence"], row["last_weight"], row["last_issued_at"],
            row["equity"], row["equity"] / row["opening_cash"] - 1,
            row["at_midnight"], row["at_midnight"] / row["opening_cash"] - 1,
        )
        for row in rows
    ]  # fmt: skip
