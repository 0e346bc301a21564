"""What a fill costs, on the paper exchange and in the record alike: a share of what was received, in that asset."""

from dataclasses import dataclass
from decimal import ROUND_UP, Decimal, localcontext

from arena.trading.market import ARITHMETIC, Instrument, Side
from arena.trading.venues.model import Liquidity

FEE_UNIT = Decimal("1e-8")
_BPS = Decimal(10_000)


@dataclass(frozen=True, slots=True)
class FeeRates:
    """In 1/10,000 of what is received."""

    maker_bps: int
    taker_bps: int

    def charge(
        self,
        instrument: Instrument,
        side: Side,
        liquidity: Liquidity,
        *,
        quantity: Decimal,
        price: Decimal,
    ) -> tuple[Decimal, str]:
        """(fee, asset), rounded up at eight decimals: a buy pays in base units, a sell in quote units."""
        bps = self.maker_bps if liquidity == "maker" else self.taker_bps
        with localcontext(ARITHMETIC):
            return fee_of(instrument, side, bps, quantity=quantity, price=price)


def fee_of(
    instrument: Instrument, side: Side, bps: int, *, quantity: Decimal, price: Decimal
) -> tuple[Decimal, str]:
    """As `FeeRates.charge`, at `bps`; decimal arithmetic is the caller's context."""
    if side == "buy":
        return (quantity * bps / _BPS).quantize(FEE_UNIT, ROUND_UP), instrument.base
    return (quantity * price * bps / _BPS).quantize(FEE_UNIT, ROUND_UP), instrument.quote
