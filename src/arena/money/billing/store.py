"""Billing tables <-> model."""

from collections.abc import Sequence
from datetime import datetime

from arena.kit.db import Row, Tx
from arena.kit.money import Money
from arena.money.billing.model import Attempt, Debt, NewCharge, Outcome, PaymentMethod, State
from arena.money.buyers import Tax

_ATTEMPT = """select a.*, m.token, m.gateway as card_gateway from payment_attempt a
  join payment_method m on m.id = a.payment_method_id"""


async def hold_methods(tx: Tx, person_id: str) -> None:
    """Whoever else holds this person's cards waits until the transaction ends."""
    await tx.execute(
        "select pg_advisory_xact_lock(hashtextextended($1, 0))", f"payment_method:{person_id}"
    )


_CHARGE = """select a.id, a.reference, a.period_start, a.attempt, a.amount, a.currency, a.state, a.decline_code,
    a.at, a.gateway, a.action_url, m.label from payment_attempt a join payment_method m on m.id = a.payment_method_id"""


async def insert_method(tx: Tx, method: PaymentMethod) -> None:
    await tx.execute(
        "insert into payment_method (id, person_id, gateway, token, label, at) values ($1, $2, $3, $4, $5, $6)",
        method.id, method.person_id, method.gateway, method.token, method.label, method.at,
    )  # fmt: skip


async def return_method(tx: Tx, method: PaymentMethod) -> None:
    """One that the gateway has; known before, it is offered again."""
    known = await tx.fetchval(
        """update payment_method set removed_at = null, label = $4 where person_id = $1 and gateway = $2 and token = $3
           returning id""",
        method.person_id, method.gateway, method.token, method.label,
    )  # fmt: skip
    if known is None:
        await insert_method(tx, method)


async def remove_method(tx: Tx, method_id: str) -> None:
    """The gateway has it no more; what was paid with it stays."""
    await tx.execute(
        "update payment_method set removed_at = clock_timestamp() where id = $1", method_id
    )


async def method(tx: Tx, person_id: str, method_id: str) -> PaymentMethod | None:
    row = await tx.fetchrow(
        "select * from payment_method where id = $1 and person_id = $2 and removed_at is null",
        method_id,
        person_id,
    )
    return None if row is None else _method(row)


async def methods(tx: Tx, person_id: str) -> list[PaymentMethod]:
    rows = await tx.fetch(
        "select * from payment_method where person_id = $1 and removed_at is null order by at, id limit 100",
        person_id,
    )
    return [_method(row) for row in rows]


async def insert_attempt(
    tx: Tx, attempt_id: str, charge: NewCharge, *, number: int, gateway: str
) -> bool:
    """False where this attempt, or another live one for the same period, is there already."""
    made = await tx.fetchval(
        """insert into payment_attempt (id, reference, period_start, person_id, payee_id, payment_method_id,
             amount, currency, platform_bps, state, gateway, attempt, at, debtor, debt, tax_bps, tax_country)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'sending', $10, $11, $12, $13, $14, $15, $16)
           on conflict do nothing returning id""",
        attempt_id, charge.reference, charge.period_start, charge.person_id, charge.payee_id,
        charge.payment_method_id, charge.amount.minor, charge.amount.currency, charge.platform_bps,
        gateway, number, tx.now, charge.debt.subject if charge.debt else None,
        charge.debt.reference if charge.debt else None, charge.tax.bps, charge.tax.country,
    )  # fmt: skip
    return made is not None


async def attempts(tx: Tx, reference: str, period_start: datetime) -> list[Attempt]:
    """All attempts at one period's charge, oldest first."""
    rows = await tx.fetch(
        _ATTEMPT + " where a.reference = $1 and a.period_start = $2 order by a.attempt",
        reference, period_start,
    )  # fmt: skip
    return [_attempt(row) for row in rows]


async def first_attempt(tx: Tx, reference: str) -> Attempt:
    return _attempt(
        await tx.one(
            _ATTEMPT + " where a.reference = $1 order by a.period_start, a.attempt limit 1",
            reference,
        )
    )


async def attempt(tx: Tx, attempt_id: str, *, lock: bool = False) -> Attempt | None:
    row = await tx.fetchrow(
        _ATTEMPT + " where a.id = $1" + (" for update of a" if lock else ""), attempt_id
    )
    return None if row is None else _attempt(row)


async def open_attempt_of(tx: Tx, reference: str, *, lock: bool = True) -> Attempt | None:
    """The attempt for this reference that is not settled yet."""
    row = await tx.fetchrow(
        _ATTEMPT + " where a.reference = $1 and a.state in ('sending', 'requires_action')"
        " order by a.at desc, a.id limit 1" + (" for update of a" if lock else ""),
        reference,
    )
    return None if row is None else _attempt(row)


async def no_longer_wanted(tx: Tx, reference: str) -> bool:
    """Marks what is open for a reference; whether anything is."""
    marked = await tx.fetch(
        """update payment_attempt set unwanted_at = coalesce(unwanted_at, clock_timestamp())
           where reference = $1 and state in ('sending', 'requires_action') returning id""",
        reference,
    )
    return bool(marked)


async def charges(
    tx: Tx,
    person_id: str,
    references: Sequence[str],
    *,
    after: tuple[datetime, int, str] | None,
    limit: int,
) -> list[Row]:
    """A person's attempts for these references with the label of the card, newest first."""
    period_start, number, attempt_id = after or (None, 0, "")
    return await tx.fetch(
        _CHARGE + """ where a.reference = any($1::text[]) and a.person_id = $2
             and ($3::timestamptz is null or (a.period_start, a.attempt, a.id) < ($3, $4, $5))
           order by a.period_start desc, a.attempt desc, a.id desc limit $6""",
        list(references), person_id, period_start, number, attempt_id, limit,
    )  # fmt: skip


async def captured(tx: Tx, references: Sequence[str]) -> list[Row]:
    return await tx.fetch(
        """select id, amount, currency from payment_attempt where reference = any($1::text[])
           and state = 'succeeded' order by at, id""",
        list(references),
    )


async def kept(tx: Tx, references: Sequence[str]) -> list[Row]:
    """Charges for these of which something is neither given back nor disputed, oldest first."""
    return await tx.fetch(
        """select id, reference, amount - refunded - disputed as amount, currency from payment_attempt
           where reference = any($1::text[]) and state = 'succeeded' and amount > refunded + disputed
           order by at, id""",
        list(references),
    )


async def charge(tx: Tx, person_id: str, attempt_id: str) -> Row | None:
    return await tx.fetchrow(
        _CHARGE + " where a.id = $1 and a.person_id = $2", attempt_id, person_id
    )


async def unsettled(tx: Tx, state: State, *, older_than_s: float, limit: int) -> list[Attempt]:
    """Attempts that have been in `state` for long by the wall clock."""
    rows = await tx.fetch(
        _ATTEMPT + """ where a.state = $1 and a.sent_at <= clock_timestamp() - make_interval(secs => $2)
           order by a.sent_at, a.id limit $3""",
        state, older_than_s, limit,
    )  # fmt: skip
    return [_attempt(row) for row in rows]


async def move(tx: Tx, attempt_id: str, state: State, outcome: Outcome) -> None:
    await tx.execute(
        """update payment_attempt set state = $2,
             gateway_charge_id = coalesce(nullif($3, ''), gateway_charge_id), decline_code = $4, action_url = $5,
             settled_at = case when $2 in ('succeeded', 'failed') then clock_timestamp() end where id = $1""",
        attempt_id, state, outcome.charge_id, outcome.decline_code, outcome.action_url,
    )  # fmt: skip


def _method(row: Row) -> PaymentMethod:
    return PaymentMethod(
        row["id"], row["person_id"], row["gateway"], row["token"], row["label"], row["at"]
    )


def _attempt(row: Row) -> Attempt:
    charge = NewCharge(
        reference=row["reference"], period_start=row["period_start"], person_id=row["person_id"],
        payee_id=row["payee_id"], payment_method_id=row["payment_method_id"],
        amount=Money(row["amount"], row["currency"]), platform_bps=row["platform_bps"],
        debt=None if row["debt"] is None else Debt(row["debtor"], row["debt"]),
        tax=Tax(
            row["tax_country"], row["tax_bps"], bool(row["tax_country"]) and not row["tax_bps"]
        ),
    )  # fmt: skip
    return Attempt(
        row["id"], charge, row["attempt"], row["state"], row["gateway"], row["token"], row["at"],
        row["decline_code"], row["action_url"], row["gateway_charge_id"], row["sent_at"], row["card_gateway"],
        row["unwanted_at"] is not None,
    )  # fmt: skip
