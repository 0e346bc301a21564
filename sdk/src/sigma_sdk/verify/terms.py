"""What a record is made from: instrument, rules, bars, signals; and what it consists of: fills, marks."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sigma_sdk.verify.arithmetic import plain


@dataclass(frozen=True, slots=True)
class Instrument:
    """`tick` is the step of prices, `step` that of quantities; the minimum notional is in quote units."""

    symbol: str
    base: str
    quote: str
    tick: Decimal
    step: Decimal
    notional_min: Decimal


@dataclass(frozen=True, slots=True)
class Rules:
    """The parameters of the record's rules (docs/reference/record.md)."""

    fee_maker_bps: int
    fee_taker_bps: int
    half_spread_bps: int
    latency_ms: int
    impact_y: Decimal
    participation_bps: int
    reserve_bps: int
    rebalance_bps: int


@dataclass(frozen=True, slots=True)
class Bar:
    """A closed bar. Times are milliseconds since 1970 UTC, volume in base units."""

    open_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


@dataclass(frozen=True, slots=True)
class Ask:
    """What following needs to know of a signal. `arrived_ms` is product time."""

    sequence: int
    arrived_ms: int
    valid_until_ms: int
    weight: Decimal
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    take_profit_price: Decimal | None = None


@dataclass(slots=True)
class Resting:
    """An order at the venue. `remaining` and `budget` shrink as it fills; `met` once a bar has seen it;
    `fills` counts them."""

    arrival: int
    side: str
    type: str
    remaining: Decimal
    accepted_ms: int
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    budget: Decimal | None = None
    expires_ms: int | None = None
    group: str | None = None
    sequence: int | None = None
    met: bool = False
    fills: int = 0


@dataclass(frozen=True, slots=True)
class Fill:
    """A fill. The fee is in units of `fee_asset`, the asset received."""

    at_ms: int
    side: str
    quantity: Decimal
    price: Decimal
    fee: Decimal
    fee_asset: str
    liquidity: str

    def row(self) -> list[Any]:
        """The form the digest is taken over."""
        return [
            self.at_ms,
            self.side,
            plain(self.quantity),
            plain(self.price),
            plain(self.fee),
            self.fee_asset,
            self.liquidity,
        ]


@dataclass(frozen=True, slots=True)
class Mark:
    """Equity at a bar's close, in quote units."""

    at_ms: int
    equity: Decimal
