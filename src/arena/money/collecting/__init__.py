"""Collecting: what is owed becomes bills; cards are charged, transfers booked, what stays unpaid written off."""

from arena.money.collecting.block import block_late, let_through
from arena.money.collecting.collect import collect_due
from arena.money.collecting.disputed import dispute_decided, payment_disputed
from arena.money.collecting.letters import send_behind, send_blocked
from arena.money.collecting.model import (
    MOVES,
    RETRY_DAYS,
    TERMS,
    BankReceipt,
    Bill,
    BillDeclined,
    BillFellBehind,
    BillOver,
    BillSettled,
    CallsBlocked,
    NoSuchBill,
    NoWriteOff,
    ReceiptDiffers,
    State,
    TooLittleForACard,
    TwoPeople,
    WriteOff,
    WriteOffOpen,
)
from arena.money.collecting.open import bill_fee, bill_usage
from arena.money.collecting.pay import pay, receive
from arena.money.collecting.read import (
    BillStanding,
    bill_of,
    bills,
    owed,
    standing,
    unpaid,
    write_offs_asked,
)
from arena.money.collecting.settled import charge_failed, charge_paid, settle_bill
from arena.money.collecting.write_off import ask_write_off, decide_write_off

__all__ = [
    "MOVES",
    "RETRY_DAYS",
    "TERMS",
    "BankReceipt",
    "Bill",
    "BillDeclined",
    "BillFellBehind",
    "BillOver",
    "BillSettled",
    "BillStanding",
    "CallsBlocked",
    "NoSuchBill",
    "NoWriteOff",
    "ReceiptDiffers",
    "State",
    "TooLittleForACard",
    "TwoPeople",
    "WriteOff",
    "WriteOffOpen",
    "ask_write_off",
    "bill_fee",
    "bill_of",
    "bill_usage",
    "bills",
    "block_late",
    "charge_failed",
    "charge_paid",
    "collect_due",
    "decide_write_off",
    "dispute_decided",
    "let_through",
    "owed",
    "pay",
    "payment_disputed",
    "receive",
    "send_behind",
    "send_blocked",
    "settle_bill",
    "standing",
    "unpaid",
    "write_offs_asked",
]
