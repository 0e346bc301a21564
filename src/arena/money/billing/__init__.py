"""Billing: charges through a payment gateway; the intent is written first, the ledger when it is settled."""

from arena.money.billing.begin import abandon, begin_charge, collect, first_attempt, send
from arena.money.billing.fake import FakeGateway, choose_gateway
from arena.money.billing.janitor import janitor
from arena.money.billing.methods import add_payment_method, payment_method, payment_methods
from arena.money.billing.model import (
    Attempt,
    CardRefused,
    ChargeFailed,
    ChargeSucceeded,
    ChargeUnderWay,
    Gateway,
    GatewayUnavailable,
    NewCharge,
    Outcome,
    PaymentMethod,
    PaymentMethodUnknown,
)
from arena.money.billing.settle import settle

__all__ = [
    "Attempt",
    "CardRefused",
    "ChargeFailed",
    "ChargeSucceeded",
    "ChargeUnderWay",
    "FakeGateway",
    "Gateway",
    "GatewayUnavailable",
    "NewCharge",
    "Outcome",
    "PaymentMethod",
    "PaymentMethodUnknown",
    "abandon",
    "add_payment_method",
    "begin_charge",
    "choose_gateway",
    "collect",
    "first_attempt",
    "janitor",
    "payment_method",
    "payment_methods",
    "send",
    "settle",
]
