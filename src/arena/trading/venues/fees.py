"""What a fill costs, on the paper exchange and in the record alike: a share of what was received, in that asset."""

from dataclasses import dataclass
from decimal import ROUND_UP, Decimal, localcontext

from arena.trading.market import ARITHMETIC, Instrument, Side
from arena.trading.venues.model import Liquidity

FEE_UNIT = Decimal("1e-8")
_BPS = 10_000


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
            received = quantity if side == "buy" else quantity * price
            fee = (received * bps / _BPS).quantize(FEE_UNIT, ROUND_UP)
        return fee, instrument.base if side == "buy" else instrument.quote
