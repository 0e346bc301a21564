"""Profit and loss from fills, by day and instrument, and fees by asset with how they were converted. Pure.

Realised gains are those of average cost, after fees; a day is a UTC day of product time. What happens at midnight
sharp belongs to the day that ends, but a flow to the one that begins: it is made after the bar that closed then.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, localcontext

from arena.trading.market import ARITHMETIC, Instrument
from arena.trading.performance.model import Mark
from arena.trading.portfolio import (
    Account,
    AccountBook,
    Charge,
    Flow,
    InsufficientFunds,
    Portfolio,
    Position,
)
from arena.trading.venues import Fill

_DAY = timedelta(days=1)
_MOMENT = timedelta(microseconds=1)
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Traded:
    """What was traded of an instrument, on a day or in all: worth in quote units, fees aside; `fees` in quote units;
    `realised` after fees."""

    fills: int = 0
    bought: Decimal = ZERO
    sold: Decimal = ZERO
    realised: Decimal = ZERO
    fees: Decimal = ZERO

    def __add__(self, other: "Traded") -> "Traded":
        return Traded(
            self.fills + other.fills, self.bought + other.bought, self.sold + other.sold,
            self.realised + other.realised, self.fees + other.fees,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class DayPnl:
    """A UTC day in quote units: `pnl` = `closing` - `opening` - `flows` (money put in less money taken out)."""

    day: date
    opening: Decimal
    closing: Decimal
    flows: Decimal
    traded: Traded

    @property
    def pnl(self) -> Decimal:
        return self.closing - self.opening - self.flows


@dataclass(frozen=True, slots=True)
class SymbolPnl:
    """An instrument in quote units: what was traded of it and what is held. `price` is the last close; `unrealised` =
    (price - average cost) x quantity, None without a price."""

    symbol: str
    traded: Traded
    position: Position
    price: Decimal | None

    @property
    def unrealised(self) -> Decimal | None:
        if self.price is None:
            return None
        with localcontext(ARITHMETIC):
            return (self.price - self.position.average_cost) * self.position.quantity

    @property
    def total(self) -> Decimal | None:
        return None if self.unrealised is None else self.traded.realised + self.unrealised


@dataclass(frozen=True, slots=True)
class AssetFees:
    """Fees paid in an asset, in units of it, and their worth in the account's currency at the rates of their times.

    `lowest` and `highest` are the rates used, `origin` says where those come from (where they differ, the latest);
    each fill has its own in the list of fees.
    """

    asset: str
    fills: int
    quantity: Decimal
    worth: Decimal
    lowest: Decimal
    highest: Decimal
    origin: str


class Walk:
    """An account's fills and flows, booked in their order from its opening on; may be walked on as more come."""

    def __init__(self, account: Account, instruments: Iterable[Instrument]) -> None:
        opening = Portfolio(account, {account.quote: account.opening_cash})
        self.book = AccountBook(opening, instruments)
        self.cells: dict[tuple[date, str], Traded] = {}
        self.fees: dict[str, AssetFees] = {}
        self.count = 0

    def go(self, fills: Sequence[tuple[Fill, Charge]], flows: Sequence[Flow]) -> None:
        """Both in order of time; a flow at the very time of a fill comes after it, unless it pays for it.

        Raises InsufficientFunds where fills are missing.
        """
        waiting = deque(flows)
        with localcontext(ARITHMETIC):
            for fill, charge in fills:
                while waiting and waiting[0].at < fill.at:
                    self.book.book_flow(waiting.popleft())
                try:
                    self._book(fill, charge)
                except InsufficientFunds:
                    while waiting and waiting[0].at == fill.at:
                        self.book.book_flow(waiting.popleft())
                    self._book(fill, charge)
            for flow in waiting:
                self.book.book_flow(flow)

    def symbols(self, days: tuple[date, date] | None = None) -> dict[str, Traded]:
        """By symbol; of the days from the first to the last alone, both included, where they are given."""
        found: dict[str, Traded] = {}
        for (day, symbol), traded in self.cells.items():
            if days is None or days[0] <= day <= days[1]:
                found[symbol] = found.get(symbol, Traded()) + traded
        return found

    def days(self) -> dict[date, Traded]:
        found: dict[date, Traded] = {}
        for (day, _), traded in self.cells.items():
            found[day] = found.get(day, Traded()) + traded
        return found

    def _book(self, fill: Fill, charge: Charge) -> None:
        realised = self.book.book_fill(fill, charge)
        self.count += 1
        day, worth = day_of(fill.at), fill.quantity * fill.price
        for symbol, gain in realised.by_symbol.items():
            own = symbol == fill.symbol
            buys = own and fill.side == "buy"
            part = Traded(
                int(own), worth if buys else ZERO, worth if own and not buys else ZERO, gain,
                realised.fees if own else ZERO,
            )  # fmt: skip
            self.cells[day, symbol] = self.cells.get((day, symbol), Traded()) + part
        if charge.quantity:
            self.fees[charge.asset] = _with_fee(self.fees.get(charge.asset), charge)


def day_of(at: datetime) -> date:
    """The UTC day that a fill or a mark belongs to."""
    return (at - _MOMENT).date()


def daily(
    account: Account, midnights: Sequence[Mark], now: tuple[datetime, Decimal], *, walk: Walk, flows: Sequence[Flow]
) -> list[DayPnl]:  # fmt: skip
    """The days from the account's opening to `now` (time and equity), oldest first. `midnights` are the marks as of
    each UTC midnight since the opening; where one is missing the equity of the one before stands."""
    at_end = {midnight_after(mark.at).date() - _DAY: mark.equity for mark in midnights}
    moved: dict[date, Decimal] = {}
    for flow in flows:
        moved[flow.at.date()] = moved.get(flow.at.date(), ZERO) + flow.value_quote
    traded, found, opening = walk.days(), [], account.opening_cash
    day, last = account.opened_at.date(), max(day_of(now[0]), account.opened_at.date())
    while day <= last:
        closing = now[1] if day == last else at_end.get(day, opening)
        found.append(DayPnl(day, opening, closing, moved.get(day, ZERO), traded.get(day, Traded())))
        day, opening = day + _DAY, closing
    return found


def by_symbol(
    traded: Mapping[str, Traded], positions: Mapping[str, Position], prices: Mapping[str, Decimal]
) -> list[SymbolPnl]:
    """One for each instrument traded or held, by symbol."""
    flat = {symbol: Position(symbol, ZERO, ZERO) for symbol in traded}
    return [
        SymbolPnl(symbol, traded.get(symbol, Traded()), position, prices.get(symbol))
        for symbol, position in sorted({**flat, **positions}.items())
    ]


def midnight_after(at: datetime) -> datetime:
    """The UTC midnight at or after this time."""
    floor = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return floor if floor == at else floor + _DAY


def _with_fee(known: AssetFees | None, charge: Charge) -> AssetFees:
    rate = charge.rate
    if known is None:
        return AssetFees(
            charge.asset, 1, charge.quantity, charge.worth, rate.rate, rate.rate, rate.origin
        )
    return AssetFees(
        charge.asset, known.fills + 1, known.quantity + charge.quantity, known.worth + charge.worth,
        min(known.lowest, rate.rate), max(known.highest, rate.rate), rate.origin,
    )  # fmt: skip
