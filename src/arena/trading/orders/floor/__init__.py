"""The floor: where all that collectives trade on paper meets, in memory, written down before anybody is answered."""

from arena.trading.orders.floor.floor import Floor
from arena.trading.orders.floor.seat import ExchangeBroke, ExchangeElsewhere, ExchangeFull

__all__ = ["ExchangeBroke", "ExchangeElsewhere", "ExchangeFull", "Floor"]
