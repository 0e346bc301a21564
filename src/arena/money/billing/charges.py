"""A person's charges as he may see them: what for, how much, from which card, and what became of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from arena.kit.db import Row, Tx
from arena.kit.money import Money
from arena.money.billing import book, store
from arena.money.billing.model import AttemptUnknown, Shares, State
from arena.money.buyers import Tax


@dataclass(frozen=True, slots=True)
class Charge:
    """One attempt at a charge; `number` counts those for the same period. `at` is product time."""

    id: str
    reference: str
    period_start: datetime
    number: int
    amount: Money
    state: State
    decline_code: str | None
    gateway: str
    card: str
    at: datetime
    action_url: str | None = None


async def charges(
    tx: Tx,
    person_id: str,
    references: str | Sequence[str],
    *,
    after: tuple[datetime, int, str] | None = None,
    limit: int = 50,
) -> list[Charge]:
    """The person's charges for a subscription and its changes, newest first, failed ones too; `after` is
    (period_start, number, id) of the last one seen."""
    wanted = [references] if isinstance(references, str) else references
    rows = await store.charges(tx, person_id, wanted, after=after, limit=limit)
    return [_charge(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Kept:
    """What of a charge is neither given back nor disputed."""

    attempt_id: str
    reference: str
    amount: Money


async def kept(tx: Tx, references: Sequence[str]) -> list[Kept]:
    """Of the charges for these, oldest first; those of which nothing is left are left out."""
    rows = await store.kept(tx, references)
    return [
        Kept(row["id"], row["reference"], Money(row["amount"], row["currency"])) for row in rows
    ]


async def captured(tx: Tx, references: Sequence[str]) -> list[tuple[str, Money]]:
    """Id and amount of each charge for these that went through, oldest first."""
    rows = await store.captured(tx, references)
    return [(row["id"], Money(row["amount"], row["currency"])) for row in rows]


async def shares_of(tx: Tx, attempt_id: str, amount: int) -> tuple[Shares, Tax]:
    """Whose `amount` (minor units) of a charge is: of all of it, or of the next part beyond what was given back or is
    disputed. Raises AttemptUnknown."""
    found = await store.attempt(tx, attempt_id)
    if found is None:
        raise AttemptUnknown(attempt_id=attempt_id)
    charge, total = found.charge, found.charge.amount.minor
    before = total - await book.left(tx, attempt_id) if amount < total else 0
    return Shares.of(before + amount, charge) - Shares.of(before, charge), charge.tax


async def tax_of_charge(tx: Tx, attempt_id: str) -> Tax:
    """What of a charge is tax. Raises AttemptUnknown."""
    found = await store.attempt(tx, attempt_id)
    if found is None:
        raise AttemptUnknown(attempt_id=attempt_id)
    return found.charge.tax


async def payee_of(tx: Tx, attempt_id: str) -> str:
    """Whose earnings a charge is (usr_… or col_…). Raises AttemptUnknown."""
    found = await store.attempt(tx, attempt_id)
    if found is None:
        raise AttemptUnknown(attempt_id=attempt_id)
    return found.charge.payee_id


async def charge(tx: Tx, person_id: str, attempt_id: str) -> Charge:
    """Raises AttemptUnknown where it is not this person's."""
    row = await store.charge(tx, person_id, attempt_id)
    if row is None:
        raise AttemptUnknown(attempt_id=attempt_id)
    return _charge(row)


def _charge(row: Row) -> Charge:
    return Charge(
        row["id"], row["reference"], row["period_start"], row["attempt"],
        Money(row["amount"], row["currency"]), row["state"], row["decline_code"], row["gateway"],
        row["label"], row["at"], row["action_url"],
    )  # fmt: skip
