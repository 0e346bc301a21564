"""Names for orders and fills of an exchange: ours, derived from what the exchange calls them, so that what is seen
twice has one name."""

from dataclasses import replace

from arena.kit.ids import derived
from arena.trading.venues.model import Fill, VenueOrder


def order_id_of(account_id: str, client_order_id: str) -> str:
    return derived("ord", account_id, client_order_id)


def name_order(order: VenueOrder) -> VenueOrder:
    """The order, and the fills that come with it, under our ids."""
    order_id = order_id_of(order.account_id, order.request.client_order_id)
    fills = tuple(replace(name_fill(fill), order_id=order_id) for fill in order.fills)
    return replace(order, id=order_id, fills=fills)


def name_fill(fill: Fill, trade: str = "") -> Fill:
    """The fill under our id. `trade` is what the exchange calls it, where that is no number."""
    trade = trade or str(fill.trade_number)
    return replace(
        fill, id=derived("fil", fill.account_id, fill.symbol, trade), trade_number=0,
        evidence={**fill.evidence, "venue_trade": trade},
    )  # fmt: skip
