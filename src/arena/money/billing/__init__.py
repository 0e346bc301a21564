"""Billing: charges through a payment gateway; the intent is written first, the ledger when it is settled."""

from arena.money.billing.begin import abandon, begin_charge, collect, first_attempt, send
from arena.money.billing.charges import Charge, captured, charge, charges
from arena.money.billing.choose import cards_of, choose_gateway
from arena.money.billing.confirm import confirm
from arena.money.billing.events import NEWS, heed
from arena.money.billing.fake import FakeGateway
from arena.money.billing.janitor import heal_refunds, janitor
from arena.money.billing.manual import TRANSFER, ManualGateway
from arena.money.billing.methods import (
    add_payment_method,
    keep_card,
    payment_method,
    payment_methods,
)
from arena.money.billing.model import (
    Attempt,
    AttemptUnknown,
    BooksApart,
    CardRefused,
    ChargeFailed,
    ChargeSucceeded,
    ChargeUnderWay,
    DisputeClosed,
    DisputeOpened,
    Gateway,
    GatewayUnavailable,
    NewCharge,
    NothingToConfirm,
    Outcome,
    PaymentMethod,
    PaymentMethodUnknown,
    RefundSettled,
)
from arena.money.billing.owed import give_back_owed
from arena.money.billing.reconcile import (
    Compared,
    Unmatched,
    books_agree,
    last_compared,
    reconcile,
    unmatched,
)
from arena.money.billing.refund import RefundWish, ask_refund, refund, send_refund
from arena.money.billing.settle import settle
from arena.money.billing.visits import CardVisit, begin_visit, end_visit

__all__ = [
    "NEWS",
    "TRANSFER",
    "Attempt",
    "AttemptUnknown",
    "BooksApart",
    "CardRefused",
    "CardVisit",
    "Charge",
    "ChargeFailed",
    "ChargeSucceeded",
    "ChargeUnderWay",
    "Compared",
    "DisputeClosed",
    "DisputeOpened",
    "FakeGateway",
    "Gateway",
    "GatewayUnavailable",
    "ManualGateway",
    "NewCharge",
    "NothingToConfirm",
    "Outcome",
    "PaymentMethod",
    "PaymentMethodUnknown",
    "RefundSettled",
    "RefundWish",
    "Unmatched",
    "abandon",
    "add_payment_method",
    "ask_refund",
    "begin_charge",
    "begin_visit",
    "books_agree",
    "captured",
    "cards_of",
    "charge",
    "charges",
    "choose_gateway",
    "collect",
    "confirm",
    "end_visit",
    "first_attempt",
    "give_back_owed",
    "heal_refunds",
    "heed",
    "janitor",
    "keep_card",
    "last_compared",
    "payment_method",
    "payment_methods",
    "reconcile",
    "refund",
    "send",
    "send_refund",
    "settle",
    "unmatched",
]
