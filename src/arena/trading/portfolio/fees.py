"""What a fee was worth in the account's currency, and by which rate: the conversion trail. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Literal

from arena.trading.market import ARITHMETIC, Instrument
from arena.trading.venues import Fill

TakenFrom = Literal["base", "quote", "other"]


@dataclass(frozen=True, slots=True)
class Rate:
    """Quote units a unit of an asset, and where that price comes from, in words. 0: nobody knew one."""

    rate: Decimal
    origin: str


UNKNOWN = Rate(Decimal(0), "no price of it was known")
OWN_CURRENCY = Rate(Decimal(1), "the account's own currency")


@dataclass(frozen=True, slots=True)
class Charge:
    """The fee of a fill as the account bears it: `quantity` of `asset`, worth `worth` in the account's currency at
    `rate`. `taken_from` says which balance it came out of: that of the instrument's base asset, that of the
    account's currency, or another's."""

    asset: str
    quantity: Decimal
    taken_from: TakenFrom
    rate: Rate
    worth: Decimal


def charge_of(
    fill: Fill, instrument: Instrument, rates: Mapping[str, Rate] | None = None
) -> Charge:
    """The charge of a fill of the instrument, whose quote asset is the account's currency.

    A fee in the base asset counts at the fill's own price, one in a third asset at its rate in `rates` (by asset),
    and at nothing where that has none.
    """
    if fill.fee_asset == instrument.quote:
        return Charge(fill.fee_asset, fill.fee, "quote", OWN_CURRENCY, fill.fee)
    taken_from: TakenFrom
    if fill.fee_asset == instrument.base:
        rate, taken_from = Rate(fill.price, "the price of the fill"), "base"
    else:
        rate, taken_from = (rates or {}).get(fill.fee_asset, UNKNOWN), "other"
    with localcontext(ARITHMETIC):
        return Charge(fill.fee_asset, fill.fee, taken_from, rate, fill.fee * rate.rate)
