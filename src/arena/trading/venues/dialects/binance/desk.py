"""What one process holds to serve the dialect: exchange, keys, counters; and the acts, for REST and ws-api alike."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, Protocol

from arena.kit.bus import Bus
from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.kit.tasks import Turns
from arena.trading.market import Instrument, UnknownInstrument
from arena.trading.venues.dialects.binance.errors import DialectRefused
from arena.trading.venues.dialects.binance.keys import Caller, Keys
from arena.trading.venues.dialects.binance.parameters import Parameters
from arena.trading.venues.dialects.binance.schema import Filters, Symbols
from arena.trading.venues.dialects.binance.weights import Weights
from arena.trading.venues.exchange import Exchange, Market

Security = Literal["none", "key", "user_data", "trade", "user_stream"]
"""What an act asks of its caller: nothing, any API key, a signature (to read, to trade), or a secret API key."""
SIGNED: tuple[Security, ...] = ("user_data", "trade")
CALLS_IN_A_TURN = 4
_BPS = Decimal(10_000)


class Parts(Protocol):
    """The parts of an open arena that the dialect stands on."""

    @property
    def db(self) -> Database: ...

    @property
    def settings(self) -> Settings: ...

    @property
    def bus(self) -> Bus: ...

    @property
    def floor(self) -> Exchange: ...


@dataclass(frozen=True, slots=True)
class Ask:
    """A request that was let in. `intent` names what a signed one wants ("" where nothing was signed); `account_id` is
    the caller's own account, "" for acts that need no signature."""

    parameters: Parameters
    caller: Caller | None = None
    account_id: str = ""
    intent: str = ""


Weigh = Callable[[Parameters], int]
Run = Callable[["Desk", Ask], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Act:
    """Something that can be asked for. `orders`: how many new orders it counts; `cancels`, `changes`: what it does."""

    name: str
    security: Security
    weight: int | Weigh
    run: Run
    orders: int = 0
    cancels: bool = False
    changes: bool = False

    def weight_of(self, parameters: Parameters) -> int:
        return self.weight if isinstance(self.weight, int) else self.weight(parameters)


class Desk:
    """Made once per app, best before the bus runs."""

    def __init__(self, parts: Parts) -> None:
        self.db = parts.db
        self.settings = parts.settings
        self.exchange = parts.floor
        self.keys = Keys(parts.db, parts.settings.vault, parts.bus)
        self.weights = Weights(parts.settings)
        self.filters = filters_of(parts.settings)
        self.turns = Turns(CALLS_IN_A_TURN)
        self._symbols = Symbols(())
        self._accounts: dict[str, str] = {}  # by the collective
        self._owners: dict[str, str] = {}  # by the account
        parts.bus.listen("account", self._account_changed)
        parts.bus.listen("*", lambda _words: self._accounts.clear())

    def symbols(self) -> Symbols:
        """Those traded now, with the instruments as they stand."""
        self._symbols = Symbols(
            self.exchange.market(symbol).instrument for symbol in self.exchange.symbols()
        )
        return self._symbols

    def market(self, wire: str) -> Market:
        """The market that is called so on the wire. Raises DialectRefused."""
        instrument = self._symbols.instrument(wire) or self.symbols().instrument(wire)
        if instrument is not None:
            try:
                return self.exchange.market(instrument.symbol)
            except UnknownInstrument:
                self.symbols()
        raise DialectRefused(-1121, "Invalid symbol.")

    def markets(self, wires: Sequence[str] | None = None) -> list[tuple[str, Market]]:
        """(symbol on the wire, market) of those named, or of all."""
        if wires is not None:
            return [(wire, self.market(wire)) for wire in wires]
        return [
            (wire, self.exchange.market(instrument.symbol))
            for wire, instrument in self.symbols().all()
        ]

    def wire(self, symbol: str) -> str:
        """The symbol on the wire for one of ours, also where it is traded no more."""
        try:
            return self._symbols.wire(symbol)
        except KeyError:
            pass
        try:
            return self.symbols().wire(symbol)
        except KeyError:
            return symbol.replace("-", "")

    async def account_of(self, caller: Caller) -> str:
        """The id of the caller's own account, which stands open; the first request of all opens it."""
        found = self._accounts.get(caller.actor.id)
        if found is None:
            found = await self.exchange.open_account(caller.actor.id)
            self._accounts[caller.actor.id] = found
            self._owners[found] = caller.actor.id
        return found

    def _account_changed(self, account_id: str) -> None:
        """News: it may have been closed, and another opened in its place."""
        owner_id = self._owners.pop(account_id, None)
        if owner_id is not None:
            self._accounts.pop(owner_id, None)

    def listed(self, instrument: Instrument) -> tuple[Instrument, Filters]:
        return instrument, self.filters


def filters_of(settings: Settings) -> Filters:
    """What the operator's limits for all collectives are in Binance's words."""
    collar = settings.risk_price_collar_bps
    return Filters(
        notional_max=settings.risk_order_notional_max,
        price_up=None if collar is None else 1 + collar / _BPS,
        price_down=None if collar is None else max(1 - collar / _BPS, Decimal(0)),
    )
