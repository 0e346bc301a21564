"""What operators do with payments: look at one, give it back, confirm transfers, compare books with the gateway."""

from arena.money.billing.operators.moves import (
    GATEWAYS,
    GatewayMove,
    NewMove,
    ask_move,
    book_move,
    gateway_moves,
    withdraw_move,
)
from arena.money.billing.operators.payments import (
    Payment,
    payment,
    received_transfer,
    recent,
    sent_refund,
)

__all__ = [
    "GATEWAYS",
    "GatewayMove",
    "NewMove",
    "Payment",
    "ask_move",
    "book_move",
    "gateway_moves",
    "payment",
    "received_transfer",
    "recent",
    "sent_refund",
    "withdraw_move",
]
