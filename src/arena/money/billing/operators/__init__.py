"""What operators do with payments: look at one, give it back, confirm transfers, compare books with the gateway."""

from arena.money.billing.operators.payments import (
    Payment,
    payment,
    received_transfer,
    recent,
    sent_refund,
)

__all__ = ["Payment", "payment", "received_transfer", "recent", "sent_refund"]
