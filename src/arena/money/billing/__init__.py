"""Billing: charges through a payment gateway; the intent is written first, the ledger when it is settled."""

from arena.money.billing.begin import abandon, begin_charge, collect, first_attempt, send
from arena.money.billing.charges import Charge, charge, charges
from arena.money.billing.confirm import confirm
from arena.money.billing.fake import FakeGateway, choose_gateway
from arena.money.billing.janitor import janitor
from arena.money.billing.methods import (
    add_payment_method,
    keep_card,
    payment_method,
    payment_methods,
)
from arena.money.billing.model import (
    Attempt,
    AttemptUnknown,
    CardRefused,
    ChargeFailed,
    ChargeSucceeded,
    ChargeUnderWay,
    Gateway,
    GatewayUnavailable,
    NewCharge,
    NothingToConfirm,
    Outcome,
    PaymentMethod,
    PaymentMethodUnknown,
)
from arena.money.billing.settle import settle

__all__ = [
    "Attempt",
    "AttemptUnknown",
    "CardRefused",
    "Charge",
    "ChargeFailed",
    "ChargeSucceeded",
    "ChargeUnderWay",
    "FakeGateway",
    "Gateway",
    "GatewayUnavailable",
    "NewCharge",
    "NothingToConfirm",
    "Outcome",
    "PaymentMethod",
    "PaymentMethodUnknown",
    "abandon",
    "add_payment_method",
    "begin_charge",
    "charge",
    "charges",
    "choose_gateway",
    "collect",
    "confirm",
    "first_attempt",
    "janitor",
    "keep_card",
    "payment_method",
    "payment_methods",
    "send",
    "settle",
]
