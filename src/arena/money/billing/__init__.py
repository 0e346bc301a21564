"""Billing: charges through a payment gateway; the intent is written first, the ledger when it is settled."""

from arena.money.billing.begin import (
    abandon,
    begin_charge,
    collect,
    first_attempt,
    no_longer_wanted,
    send,
    under_way,
)
from arena.money.billing.book import dispute_at_gateway, given_back, paid_for, refund_reason
from arena.money.billing.charges import (
    Charge,
    Kept,
    captured,
    charge,
    charges,
    kept,
    payee_of,
    shares_of,
    tax_of_charge,
)
from arena.money.billing.choose import (
    cards_of,
    choose_gateway,
    gateways_in_use,
    stripe_connect,
)
from arena.money.billing.compare import Comparison, comparisons
from arena.money.billing.confirm import confirm
from arena.money.billing.connected import account_of as connected_account
from arena.money.billing.connected import bank_of
from arena.money.billing.events import NEWS, heed, prune_events
from arena.money.billing.fake import FakeGateway
from arena.money.billing.given_up import GivenUpEvent, given_up_events, retry_event
from arena.money.billing.janitor import heal_refunds, janitor
from arena.money.billing.letters import send_books_apart
from arena.money.billing.line import LineHealth, line_health
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
    Debt,
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
from arena.money.billing.poll import poll
from arena.money.billing.portal import look_at_cards, open_portal
from arena.money.billing.reconcile import (
    Compared,
    Unmatched,
    books_agree,
    compare_due,
    last_compared,
    reconcile,
    unmatched,
)
from arena.money.billing.refund import RefundWish, ask_refund, refund, send_refund
from arena.money.billing.settle import settle
from arena.money.billing.stripe import BankPayout, StripeConnect
from arena.money.billing.visits import CardVisit, begin_visit, end_visit

__all__ = [
    "NEWS",
    "TRANSFER",
    "Attempt",
    "AttemptUnknown",
    "BankPayout",
    "BooksApart",
    "CardRefused",
    "CardVisit",
    "Charge",
    "ChargeFailed",
    "ChargeSucceeded",
    "ChargeUnderWay",
    "Compared",
    "Comparison",
    "Debt",
    "DisputeClosed",
    "DisputeOpened",
    "FakeGateway",
    "Gateway",
    "GatewayUnavailable",
    "GivenUpEvent",
    "Kept",
    "LineHealth",
    "ManualGateway",
    "NewCharge",
    "NothingToConfirm",
    "Outcome",
    "PaymentMethod",
    "PaymentMethodUnknown",
    "RefundSettled",
    "RefundWish",
    "StripeConnect",
    "Unmatched",
    "abandon",
    "add_payment_method",
    "ask_refund",
    "bank_of",
    "begin_charge",
    "begin_visit",
    "books_agree",
    "captured",
    "cards_of",
    "charge",
    "charges",
    "choose_gateway",
    "collect",
    "compare_due",
    "comparisons",
    "confirm",
    "connected_account",
    "dispute_at_gateway",
    "end_visit",
    "first_attempt",
    "gateways_in_use",
    "give_back_owed",
    "given_back",
    "given_up_events",
    "heal_refunds",
    "heed",
    "janitor",
    "keep_card",
    "kept",
    "last_compared",
    "line_health",
    "look_at_cards",
    "no_longer_wanted",
    "open_portal",
    "paid_for",
    "payee_of",
    "payment_method",
    "payment_methods",
    "poll",
    "prune_events",
    "reconcile",
    "refund",
    "refund_reason",
    "retry_event",
    "send",
    "send_books_apart",
    "send_refund",
    "settle",
    "shares_of",
    "stripe_connect",
    "tax_of_charge",
    "under_way",
    "unmatched",
]
