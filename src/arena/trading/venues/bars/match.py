"""The bar venue: tickets rest in the database and are filled from closed bars."""

from collections.abc import Sequence
from datetime import timedelta

from arena.kit.db import Tx
from arena.trading.market import Bars, instruments
from arena.trading.venues.bars import store
from arena.trading.venues.bars.bar_model import match_bar
from arena.trading.venues.bars.model import Matched, Reason, Rules, Ticket
from arena.trading.venues.model import Fill


class BarVenue:
    """Fills by the rules of docs/reference/record.md; the same tape and tickets give the same fills."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    @property
    def latency(self) -> timedelta:
        return self.rules.latency

    async def submit(self, tx: Tx, ticket: Ticket) -> None:
        await store.insert(tx, ticket)

    async def cancel(self, tx: Tx, order_id: str) -> bool:
        return bool(await store.withdraw(tx, [order_id]))

    async def match(self, tx: Tx, bars: Bars, *, accounts: Sequence[str]) -> Matched:
        """Matches the step's bars in their order against these accounts' tickets on their instruments."""
        tickets = await store.resting(tx, [candle.symbol for candle in bars.candles], accounts)
        if not tickets:
            return Matched()
        by_symbol: dict[str, list[Ticket]] = {}
        for ticket in tickets:
            by_symbol.setdefault(ticket.symbol, []).append(ticket)
        known = {instrument.symbol: instrument for instrument in await instruments(tx)}
        before = {ticket.order_id: ticket for ticket in tickets}
        fills: list[Fill] = []
        closed: list[tuple[str, Reason]] = []
        changed: list[tuple[Ticket, bool]] = []
        for candle in bars.candles:
            if candle.symbol not in by_symbol:
                continue
            done = match_bar(
                candle, known[candle.symbol], by_symbol[candle.symbol], self.rules, bars.interval_s
            )
            fills += done.fills
            closed += [(ticket.order_id, reason) for ticket, reason in done.closed]
            changed += [(ticket, False) for ticket, _ in done.closed]
            changed += [(t, True) for t in done.open if t is not before[t.order_id]]
        if changed:
            await store.save(tx, changed)
        return Matched(tuple(fills), tuple(closed))
