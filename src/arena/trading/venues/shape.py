"""Whether an order fits what an exchange takes: its tick, its step, its least worth. Nothing is rounded in silence."""

from decimal import Decimal, localcontext

from arena.trading.market import ARITHMETIC, Instrument
from arena.trading.venues.model import BadOrderRequest, OrderRequest


def fit(order: OrderRequest, listed: Instrument, venue: str) -> None:
    """`listed` is the instrument as this exchange lists it. Raises BadOrderRequest, which names the step or tick."""
    if order.expires_at is not None:
        raise BadOrderRequest(why=f"{venue} has no orders that end at a time of their own")
    with localcontext(ARITHMETIC):
        quantity = order.quantity
        if quantity is not None and (quantity <= 0 or quantity % listed.step):
            raise BadOrderRequest(
                why=f"{venue} trades {listed.symbol} in multiples of {_plain(listed.step)},"
                f" and {_plain(quantity)} is none"
            )
        for price in (order.limit_price, order.stop_price):
            if price is not None and (price <= 0 or price % listed.tick):
                raise BadOrderRequest(
                    why=f"{venue} prices {listed.symbol} in multiples of {_plain(listed.tick)},"
                    f" and {_plain(price)} is none"
                )
        worth = order.quote_quantity
        if worth is None and quantity is not None and order.limit_price is not None:
            worth = quantity * order.limit_price
        if worth is not None and worth < listed.notional_min:
            raise BadOrderRequest(
                why=f"{venue} takes orders worth {_plain(listed.notional_min)} {listed.quote} or"
                f" more, and this one is worth {_plain(worth)}"
            )


def _plain(value: Decimal) -> str:
    return format(value.normalize(), "f")
