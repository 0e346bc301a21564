"""Why money moves: the closed list of kinds, and of each the accounts it may debit and credit.

A new reason is a new kind with a posting table of its own. PostgreSQL knows the same list.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from arena.money.ledger.model import Leg, WrongPosting

_ID = r"[a-z]+_[0-9a-z]+"


class Kind(StrEnum):
    """Debits are positive, credits negative; every journal sums to zero."""

    PAYMENT_CAPTURED = "payment.captured"
    PAYMENT_LATE = "payment.late"
    PROCESSOR_FEE = "processor.fee"
    HOLD_RELEASED = "hold.released"
    HOLD_REVERSED = "hold.reversed"
    CLAWBACK_SETTLED = "clawback.settled"
    REFUND_OWED = "refund.owed"
    REFUND_ISSUED = "refund.issued"
    REFUND_FAILED = "refund.failed"
    DISPUTE_OPENED = "dispute.opened"
    DISPUTE_WON = "dispute.won"
    DISPUTE_LOST = "dispute.lost"
    PAYOUT_RESERVED = "payout.reserved"
    PAYOUT_TRANSFERRED = "payout.transferred"
    PAYOUT_PAID = "payout.paid"
    PAYOUT_BOUNCED = "payout.bounced"
    PAYOUT_REVERSED = "payout.reversed"
    USAGE_INVOICED = "usage.invoiced"
    MINIMUM_TRUE_UP = "minimum.true_up"
    CONTRACT_INVOICED = "contract.invoiced"
    PERFORMANCE_FEE = "performance_fee.crystallised"
    RECEIVABLE_WAIVED = "receivable.waived"
    RECEIVABLE_PAID = "receivable.paid"
    TAX_REMITTED = "tax.remitted"
    GATEWAY_MOVED = "gateway.moved"
    ADJUSTMENT = "adjustment.manual"


@dataclass(frozen=True, slots=True)
class Posting:
    """What a kind means, and shapes of the accounts that it may debit and credit."""

    about: str
    debits: Sequence[str]
    credits: Sequence[str]


_GATEWAY, _FEES, _PLATFORM = "gateway:{name}:balance", "processor_fees", "platform:fee_income"
_PENDING, _AVAILABLE = "creator:{id}:pending", "creator:{id}:available"
_CLAWBACK, _DISPUTED = "creator:{id}:clawback", "creator:{id}:disputed"
_REFUND, _RECEIVABLE, _TAX = "customer:{id}:refund_due", "receivable:{id}", "tax_payable:{country}"
_EARNED = (_PENDING, _PLATFORM, _TAX)
_TAKEN_BACK = (_PENDING, _AVAILABLE, _CLAWBACK, _PLATFORM, _TAX)

POSTINGS: Mapping[Kind, Posting] = {
    Kind.PAYMENT_CAPTURED: Posting(
        "A charge went through: the creator's share, the arena's, and tax.", (_GATEWAY,), _EARNED
    ),
    Kind.PAYMENT_LATE: Posting("Money came for a charge that had been given up: it is owed to the customer.",
                               (_GATEWAY,), (_REFUND,)),
    Kind.PROCESSOR_FEE: Posting("A gateway took its fee.", (_FEES,), (_GATEWAY,)),
    Kind.HOLD_RELEASED: Posting("The hold is over: what was earned can be paid out.", (_PENDING,), (_AVAILABLE,)),
    Kind.HOLD_REVERSED: Posting("More was taken back than was on hold: it comes from what was released, or is owed.",
                                (_AVAILABLE, _CLAWBACK), (_PENDING,)),
    Kind.CLAWBACK_SETTLED: Posting("What a creator owes is taken from what became available.",
                                   (_AVAILABLE,), (_CLAWBACK,)),
    Kind.REFUND_OWED: Posting(
        "Paid time that will not be delivered is owed back, from whoever had a share of it.", _TAKEN_BACK, (_REFUND,)
    ),
    Kind.REFUND_ISSUED: Posting("A gateway sent money back: what was owed, or at once from the shares.",
                                (_REFUND, *_TAKEN_BACK), (_GATEWAY,)),
    Kind.REFUND_FAILED: Posting("A refund came back to the gateway: it is owed to the customer.",
                                (_GATEWAY,), (_REFUND,)),
    Kind.DISPUTE_OPENED: Posting(
        "A customer disputes a charge: the gateway keeps it back and takes a fee; the creator's part is set aside.",
        ("dispute:held", _FEES, _PENDING, _AVAILABLE, _CLAWBACK), (_GATEWAY, _DISPUTED),
    ),
    Kind.DISPUTE_WON: Posting(
        "The charge stands: the gateway gives it back, maybe its fee, too; the creator's part is his again.",
        (_GATEWAY, _DISPUTED), ("dispute:held", _FEES, _PENDING, _AVAILABLE, _CLAWBACK),
    ),
    Kind.DISPUTE_LOST: Posting("The charge is undone, from whoever had a share; what was owed back of it no longer is.",
                               (_DISPUTED, _PLATFORM, _TAX, _REFUND), ("dispute:held", _PENDING)),
    Kind.PAYOUT_RESERVED: Posting("Money is set aside for a payout; posted when it is sent, voided when it is not.",
                                  (_AVAILABLE,), ("payout:in_transit",)),
    Kind.PAYOUT_TRANSFERRED: Posting("A gateway moved a payout to the creator's own account there.",
                                     ("payout:connected",), (_GATEWAY,)),
    Kind.PAYOUT_PAID: Posting("A payout arrived.", ("payout:in_transit",), (_GATEWAY, "payout:connected")),
    Kind.PAYOUT_BOUNCED: Posting("A bank sent back what had arrived: it is on the creator's account at the gateway.",
                                 ("payout:connected",), ("payout:in_transit",)),
    Kind.PAYOUT_REVERSED: Posting("A payout came back, before or after it had arrived.",
                                  (_GATEWAY, "payout:in_transit"), (_AVAILABLE, "payout:connected")),
    Kind.USAGE_INVOICED: Posting("Calls of the API of a period.", (_RECEIVABLE,), _EARNED),
    Kind.MINIMUM_TRUE_UP: Posting("What usage fell short of the agreed minimum.", (_RECEIVABLE,), _EARNED),
    Kind.CONTRACT_INVOICED: Posting("Set-up and the fixed part of a plan that is paid by the call.",
                                    (_RECEIVABLE,), _EARNED),
    Kind.PERFORMANCE_FEE: Posting("A share of new profits above the high-water mark.", (_RECEIVABLE,), _EARNED),
    Kind.RECEIVABLE_PAID: Posting("A customer paid what was invoiced.", (_GATEWAY,), (_RECEIVABLE,)),
    Kind.RECEIVABLE_WAIVED: Posting("What was invoiced is not asked for any more.", _TAKEN_BACK, (_RECEIVABLE,)),
    Kind.TAX_REMITTED: Posting("Collected tax was passed on.", (_TAX,), (_GATEWAY,)),
    Kind.GATEWAY_MOVED: Posting("Money moved from one gateway to another, e.g. to the bank that payouts are made from.",
                                (_GATEWAY,), (_GATEWAY,)),
    Kind.ADJUSTMENT: Posting("A correction that two people signed; the reason stands in the audit trail.",
                             ("{any}",), ("{any}",)),
}  # fmt: skip


def check(kind: Kind, legs: Sequence[Leg]) -> None:
    """Raises WrongPosting where the kind has no place for a leg on its side."""
    for leg in legs:
        if not _fits(kind, leg.amount > 0, leg.code):
            raise WrongPosting(
                kind=kind.value, side="debit" if leg.amount > 0 else "credit", code=leg.code
            )


@lru_cache(maxsize=10_000)
def _fits(kind: Kind, debit: bool, code: str) -> bool:
    return any(shape.fullmatch(code) for shape in _SHAPES[kind][debit])


def _compiled(shape: str) -> re.Pattern[str]:
    for name, pattern in (
        ("{id}", _ID),
        ("{name}", "[a-z]+"),
        ("{country}", "[a-z]{2}"),
        ("{any}", ".*"),
    ):
        shape = shape.replace(name, pattern)
    return re.compile(shape)


_SHAPES = {
    kind: {
        True: [_compiled(shape) for shape in posting.debits],
        False: [_compiled(shape) for shape in posting.credits],
    }
    for kind, posting in POSTINGS.items()
}
