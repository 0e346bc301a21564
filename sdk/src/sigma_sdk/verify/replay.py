"""The whole record again: bars and signals in, fills, marks and digest out (record, sections 7 to 9)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sigma_sdk.canonical import canonical_json, sha256_hex
from sigma_sdk.verify.arithmetic import floor_to, plain, record_arithmetic
from sigma_sdk.verify.fills import Taken, Venue, match_bar
from sigma_sdk.verify.following import Account, decide, order_of, protection_of
from sigma_sdk.verify.terms import Ask, Bar, Fill, Mark, Resting


@dataclass(frozen=True, slots=True)
class Script:
    """Everything a record follows from. `taken` is by open of the bar; `mark_times` are closes at which
    other instruments' bars had the account marked too, `refused` the sequences of signals whose orders the
    operator's limits refused."""

    venue: Venue
    opening_cash: Decimal
    opened_ms: int
    bars: Sequence[Bar]
    asks: Sequence[Ask]
    taken: Mapping[int, Taken] = field(default_factory=dict)
    mark_times: Iterable[int] = ()
    until_ms: int | None = None
    refused: Collection[int] = ()


@dataclass(frozen=True, slots=True)
class Played:
    """The record as it follows; `outcomes` says for each signal what following made of it."""

    fills: list[Fill]
    marks: list[Mark]
    outcomes: dict[int, str]

    @property
    def record_sha(self) -> str:
        return digest(self.fills, self.marks)


def digest(fills: Sequence[Fill], marks: Sequence[Mark]) -> str:
    """`record_sha`: SHA-256 over the canonical form of all fills and marks."""
    document = {
        "fills": [fill.row() for fill in fills],
        "marks": [[mark.at_ms, plain(mark.equity)] for mark in marks],
    }
    return sha256_hex(canonical_json(document))


def play(script: Script) -> Played:
    """Plays the script from the opening of the account to its end."""
    with record_arithmetic():
        player = _Player(script)
        player.run()
        return Played(player.fills, player.marks, player.outcomes)


class _Player:
    """The state of a replay in progress."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._account = Account(script.opening_cash)
        self._orders: list[Resting] = []
        self._arrivals = 0
        self._ask: Ask | None = None
        self._close: Decimal | None = None
        self._numbered: list[tuple[int, int, int, Fill]] = []
        self.marks: list[Mark] = []
        self.outcomes: dict[int, str] = {}

    def run(self) -> None:
        script, interval_ms = self._script, self._script.venue.interval_ms
        closes = {bar.open_ms + interval_ms: bar for bar in script.bars}
        asks = sorted(script.asks, key=lambda ask: (ask.arrived_ms, ask.sequence))
        next_ask = 0
        for at_ms in sorted({*closes, *script.mark_times}):
            if script.until_ms is not None and at_ms > script.until_ms:
                break
            while next_ask < len(asks) and asks[next_ask].arrived_ms < at_ms:
                self._follow(asks[next_ask])
                next_ask += 1
            if at_ms in closes:
                self._bar(closes[at_ms], at_ms)
            if at_ms > script.opened_ms:
                equity = self._account.cash if self._close is None else self._equity(self._close)
                self.marks.append(Mark(at_ms, equity))
        for ask in asks[next_ask:]:
            self._follow(ask)

    @property
    def fills(self) -> list[Fill]:
        """In order of time, number of the fill within its order, and arrival of the order."""
        return [each[3] for each in sorted(self._numbered, key=lambda each: each[:3])]

    def _equity(self, close: Decimal) -> Decimal:
        return self._account.equity(close)

    def _bar(self, bar: Bar, close_ms: int) -> None:
        self._close = bar.close
        if not self._orders:
            return
        script = self._script
        taken = script.taken.get(bar.open_ms)
        matched = match_bar(bar, self._orders, script.venue, taken)
        over = {id(order) for order, _ in matched.over}
        self._orders = [order for order in self._orders if id(order) not in over]
        guarded = False
        for order, fill in matched.fills:
            self._account.apply(fill)
            self._numbered.append((fill.at_ms, order.fills, order.arrival, fill))
            guarded = guarded or (self._ask is not None and order.sequence == self._ask.sequence)
        if guarded:
            self._guard(close_ms)

    def _guard(self, close_ms: int) -> None:
        ask = self._ask
        if ask is None or (ask.stop_price is None and ask.take_profit_price is None):
            return
        self._orders = [order for order in self._orders if order.group is None]
        leaving = sum((o.remaining for o in self._orders if o.side == "sell"), Decimal(0))
        held = self._account.holding - leaving
        holding = floor_to(held, self._script.venue.instrument.step)
        if holding > 0:
            guards = protection_of(ask, holding, close_ms, self._arrivals)
            self._arrivals += len(guards)
            self._orders += guards

    def _follow(self, ask: Ask) -> None:
        script, venue = self._script, self._script.venue
        decided = decide(ask, self._account, self._close, venue.instrument, venue.rules)
        self.outcomes[ask.sequence] = decided.outcome
        if decided.outcome in {"stale", "no_price"}:
            return
        self._orders, self._ask = [], ask
        if decided.outcome == "ordered" and ask.sequence not in script.refused:
            self._orders.append(order_of(ask, decided, self._account, self._arrivals))
            self._arrivals += 1
