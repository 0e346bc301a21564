"""What operators do with payments: look at one, give it back, confirm transfers, compare books with the gateway."""

from arena.money.billing.operators.explain import (
    Explanation,
    NewExplanation,
    ask_explanation,
    explanations,
    sign_explanation,
    withdraw_explanation,
)
from arena.money.billing.operators.look import compare_now
from arena.money.billing.operators.moves import (
    GATEWAYS,
    GatewayMove,
    NewMove,
    ask_move,
    book_move,
    gateway_moves,
    withdraw_move,
)
from arena.money.billing.operators.owed import Owed, retry_owed, sent_by_hand, what_is_owed
from arena.money.billing.operators.payments import (
    Payment,
    payment,
    received_late,
    received_transfer,
    recent,
    refund_came_back,
    sent_refund,
)

__all__ = [
    "GATEWAYS",
    "Explanation",
    "GatewayMove",
    "NewExplanation",
    "NewMove",
    "Owed",
    "Payment",
    "ask_explanation",
    "ask_move",
    "book_move",
    "compare_now",
    "explanations",
    "gateway_moves",
    "payment",
    "received_late",
    "received_transfer",
    "recent",
    "refund_came_back",
    "retry_owed",
    "sent_by_hand",
    "sent_refund",
    "sign_explanation",
    "what_is_owed",
    "withdraw_explanation",
    "withdraw_move",
]
