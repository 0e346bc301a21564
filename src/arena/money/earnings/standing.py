"""What one reference has on a creator's pending account: free, on hold, or not paid for by its customer yet.

A sale waits from its charge on. What was invoiced waits from its payment on, because refunds and disputes begin there,
and what is outstanding is nobody's to pay out, however old the invoice is. A debt is one balance of one customer: what
he paid counts for its oldest invoices, so it is the newest ones that are outstanding. Of an invoice that is paid in
part, a creator's share is held back in proportion, rounded up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Invoiced:
    """An invoice: what its customer owed for it, and the creator's share of that. Minor units, product time."""

    at: datetime
    owed: int
    share: int


@dataclass(frozen=True, slots=True)
class Payment:
    """What a customer paid of a debt. Minor units, product time."""

    at: datetime
    amount: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What one reference has on a creator's pending account, in minor units: `young` of it is on hold, the first of it
    since `young_at`, and `unpaid` waits for its customer to pay.

    `newest` is the number of its last entry: whatever is posted next is posted once for it.
    """

    reference: str
    currency: str
    standing: int
    newest: int
    young: int = 0
    young_at: datetime | None = None
    unpaid: int = 0

    @classmethod
    def of(
        cls,
        reference: str,
        currency: str,
        standing: int,
        *,
        newest: int,
        young: tuple[int, datetime | None],
        since: datetime,
        outstanding: int,
        invoiced: Sequence[Invoiced],
        payments: Sequence[Payment],
    ) -> "Standing":
        """`young` was earned by charges since `since`, and when the first was. `invoiced` is newest first, and
        `outstanding` what of the debt is to be paid yet; below zero where too much was paid."""
        late = [one for one in payments if one.at > since]
        # What was paid too much is no debt, and makes what was paid lately count for less.
        unpaid_left = max(outstanding, 0)
        paid_left = max(outstanding + sum(one.amount for one in late), 0) - unpaid_left
        unpaid, held, starts = 0, 0, [one.at for one in late]
        for one in invoiced:
            owed = min(one.owed, unpaid_left)
            paid = min(one.owed - owed, paid_left)
            unpaid_left, paid_left = unpaid_left - owed, paid_left - paid
            waits = _part(one, owed)
            unpaid += waits
            if one.at > since:
                held += one.share - waits
                if not late and one.share > waits:
                    starts.append(one.at)
            else:
                held += _part(one, owed + paid) - waits
        earned, first = young
        if first is not None:
            starts.append(first)
        unpaid = min(unpaid, max(standing, 0))
        held = min(earned + held, max(standing - unpaid, 0))
        return cls(
            reference, currency, standing, newest, held, min(starts) if held and starts else None, unpaid
        )  # fmt: skip

    @property
    def due(self) -> int:
        """Positive: the hold is over. Negative: more was taken back than stood there."""
        return self.standing if self.standing < 0 else self.standing - self.young - self.unpaid


def _part(one: Invoiced, amount: int) -> int:
    """The creator's share of the last `amount` of an invoice, rounded up."""
    return one.share - one.share * (one.owed - amount) // one.owed
