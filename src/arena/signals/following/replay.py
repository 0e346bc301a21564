"""Plays a record again: signals, bars and rules in, fills and marks out (record.md, sections 1 to 8). Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, localcontext

from arena.kit.clock import to_ms
from arena.kit.ids import derived
from arena.signals.feeds import Signal
from arena.signals.following.plan import entry_order, guarded, protective_orders
from arena.signals.following.sizing import size
from arena.trading.market import ARITHMETIC, Candle, Instrument
from arena.trading.orders import NewOrder
from arena.trading.performance import Mark
from arena.trading.portfolio import Account, Holding, apply_fill
from arena.trading.venues import Fill, Rules, Ticket, match_bar, whole_ms


@dataclass(frozen=True, slots=True)
class Script:
    """Everything a record follows from.

    `bars` are the instrument's that close after the account opened, `closed_before` the last close by then;
    `steps` are the closes of all steps of the tape, at which every account is marked. `consumed` says, by
    open of the bar in ms and order id, what other accounts took of a bar before an order of ours;
    `refused` are the signals whose orders the operator's limits refused.
    """

    account: Account
    instrument: Instrument
    rules: Rules
    interval_s: int
    closed_before: Decimal | None
    bars: Sequence[Candle]
    steps: Sequence[datetime]
    signals: Sequence[Signal]
    consumed: Mapping[int, Mapping[str, Decimal]] = field(default_factory=dict)
    refused: frozenset[str] = frozenset()


def play(script: Script) -> tuple[list[Fill], list[Mark]]:
    """The fills and marks that follow, oldest first."""
    with localcontext(ARITHMETIC):
        player = _Player(script)
        player.run()
        return player.fills, player.marks


class _Player:
    """An account on its way through the bars."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._holding = Holding(script.account.opening_cash)
        self._close = script.closed_before
        self._tickets: list[Ticket] = []
        self._arrivals = 0
        self._followed: Signal | None = None
        self.fills: list[Fill] = []
        self.marks: list[Mark] = []

    def run(self) -> None:
        script = self._script
        interval = timedelta(seconds=script.interval_s)
        bars = {bar.open_at + interval: bar for bar in script.bars}
        waiting = list(reversed(script.signals))
        for close_at in script.steps:
            while waiting and waiting[-1].received_at < close_at:
                self._follow(waiting.pop())
            if close_at in bars:
                self._meet(bars[close_at], close_at)
            self._mark(close_at)

    def _follow(self, signal: Signal) -> None:
        """Rules 1 to 6 of section 7."""
        script, terms = self._script, signal.terms
        if signal.received_at > terms.valid_until or self._close is None:
            return
        self._tickets, self._followed = [], signal
        sized = size(
            terms.target_weight, terms.limit_price, holding=self._holding, mark=self._close,
            instrument=script.instrument, rules=script.rules,
        )  # fmt: skip
        if sized.outcome == "ordered" and signal.id not in script.refused:
            new = entry_order(terms, script.account.id, sized, cash=self._holding.cash)
            self._submit(new, signal.received_at)

    def _submit(self, new: NewOrder, at: datetime) -> None:
        self._arrivals += 1
        self._tickets.append(
            Ticket(
                order_id=derived("ord", new.account_id, new.client_order_id),
                account_id=new.account_id,
                symbol=new.symbol,
                side=new.side,
                type=new.type,
                remaining=new.quantity,
                effective_at=whole_ms(at) + self._script.rules.latency,
                limit_price=new.limit_price,
                stop_price=new.stop_price,
                group_id=new.group_id,
                budget=new.budget,
                expires_at=new.expires_at,
                sequence=self._arrivals,
            )
        )

    def _meet(self, bar: Candle, close_at: datetime) -> None:
        """Sections 1 to 6: the bar meets what rests; then protection follows the signal's fills."""
        self._close = bar.close
        if not self._tickets:
            return
        script = self._script
        done = match_bar(
            bar, script.instrument, self._tickets, script.rules, script.interval_s,
            consumed=script.consumed.get(to_ms(bar.open_at)),
        )  # fmt: skip
        self._tickets = list(done.open)
        for fill in done.fills:
            self._holding = apply_fill(self._holding, fill)
            self.fills.append(fill)
        for fill in done.fills:
            self._protect(fill, close_at)

    def _protect(self, fill: Fill, close_at: datetime) -> None:
        """Rule 7 of section 7."""
        signal, script = self._followed, self._script
        if signal is None or not guarded(signal.terms):
            return
        if fill.order_id != derived("ord", script.account.id, signal.id):
            return
        self._tickets = [ticket for ticket in self._tickets if ticket.group_id is None]
        leaving = sum((t.remaining for t in self._tickets if t.side == "sell"), Decimal(0))
        for new in protective_orders(
            signal.terms, script.account.id, fill.number,
            held=self._holding.quantity - leaving, instrument=script.instrument,
        ):  # fmt: skip
            self._submit(new, close_at)

    def _mark(self, at: datetime) -> None:
        """Section 8."""
        held = self._holding.quantity
        exposure = Decimal(0) if self._close is None else held * self._close
        cash = self._holding.cash
        self.marks.append(Mark(at, cash + exposure, cash, exposure))
