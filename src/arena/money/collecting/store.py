"""Bills and write-offs <-> model."""

from collections.abc import Sequence
from datetime import datetime

from arena.kit.db import Row, Tx
from arena.kit.money import Money
from arena.money.buyers import Tax
from arena.money.collecting.model import BankReceipt, Bill, State, WriteOff, WriteOffState


async def insert(tx: Tx, new: Bill) -> None:
    await tx.execute(
        """insert into bill (invoice_id, subject, person_id, debt, payee_id, platform_bps, amount, currency,
             settled_by_credit, state, due_at, charge_at, tax, tax_bps, tax_country)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)""",
        new.invoice_id, new.subject, new.person_id, new.debt, new.payee_id, new.platform_bps, new.amount.minor,
        new.amount.currency, new.by_credit.minor, new.state, new.due_at, new.charge_at, new.taxed, new.tax.bps,
        new.tax.country,
    )  # fmt: skip


async def one(tx: Tx, invoice_id: str, *, lock: bool = False) -> Bill | None:
    """To lock it is to hold its debt, too: what is paid too much for it settles others."""
    if lock:
        held = await tx.fetchrow("select subject, debt from bill where invoice_id = $1", invoice_id)
        if held is None:
            return None
        await hold_debt(tx, held["subject"], held["debt"])
    row = await tx.fetchrow(
        "select * from bill where invoice_id = $1" + (" for update" if lock else ""), invoice_id
    )
    return None if row is None else _bill(row)


async def hold_debt(tx: Tx, subject: str, debt: str) -> None:
    """Whoever else opens or credits a bill of this debt waits until the transaction ends."""
    await tx.execute(
        "select pg_advisory_xact_lock(hashtextextended($1, 0))", f"debt:{subject}:{debt}"
    )


async def credit_left(tx: Tx, subject: str, debt: str) -> int:
    """Minor units that were paid or credited beyond what the bills of a debt came to, and that no bill has used."""
    total: int = await tx.fetchval(
        """select coalesce(sum(greatest(0, paid + credited + settled_by_credit - amount)) - sum(settled_by_credit), 0)
             ::bigint from bill where subject = $1 and debt = $2""",
        subject, debt,
    )  # fmt: skip
    return max(total, 0)


async def of_debt(tx: Tx, subject: str, debt: str) -> list[Bill]:
    """Locked, the newest first."""
    rows = await tx.fetch(
        "select * from bill where subject = $1 and debt = $2 order by due_at desc, invoice_id for update",
        subject, debt,
    )  # fmt: skip
    return [_bill(row) for row in rows]


async def owed_of_debt(tx: Tx, bill: Bill) -> list[Bill]:
    """The other bills of its debt that are to be paid yet, the oldest first."""
    rows = await tx.fetch(
        """select * from bill where subject = $1 and debt = $2 and invoice_id <> $3 and state in ('open', 'past_due')
           order by due_at, invoice_id""",
        bill.subject, bill.debt, bill.invoice_id,
    )  # fmt: skip
    return [_bill(row) for row in rows]


async def of_person(tx: Tx, person_id: str, invoice_ids: Sequence[str] | None = None) -> list[Bill]:
    """Those to be paid yet, the oldest first; or those of these invoices, whatever became of them."""
    rows = await tx.fetch(
        """select * from bill where person_id = $1
             and case when $2::text[] is null then state in ('open', 'past_due') else invoice_id = any($2) end
           order by due_at, invoice_id limit 200""",
        person_id, None if invoice_ids is None else list(invoice_ids),
    )  # fmt: skip
    return [_bill(row) for row in rows]


async def unpaid(tx: Tx, *, limit: int = 200) -> list[Bill]:
    """Everybody's, past due first, the oldest first."""
    rows = await tx.fetch(
        """select * from bill where state in ('open', 'past_due')
           order by past_due_since nulls last, due_at, invoice_id limit $1""",
        limit,
    )
    return [_bill(row) for row in rows]


async def due(tx: Tx, *, but: list[str]) -> list[str]:
    """Invoices whose time to be charged has come, the oldest first, without those."""
    rows = await tx.fetch(
        """select invoice_id from bill where state in ('open', 'past_due') and charge_at <= $1
             and invoice_id <> all($2::text[]) order by charge_at, invoice_id limit 200""",
        tx.now, but,
    )  # fmt: skip
    return [row["invoice_id"] for row in rows]


async def claim_due(tx: Tx, only: str | None = None) -> Bill | None:
    """One whose time to be charged, or to be reminded of, has come; locked. Those that others hold are theirs."""
    row = await tx.fetchrow(
        """select * from bill where state in ('open', 'past_due') and ($2::text is null or invoice_id = $2)
             and charge_at <= $1 order by charge_at, invoice_id limit 1 for update skip locked""",
        tx.now, only,
    )  # fmt: skip
    return None if row is None else _bill(row)


async def set_charge_at(tx: Tx, invoice_id: str, at: datetime | None) -> None:
    await tx.execute("update bill set charge_at = $2 where invoice_id = $1", invoice_id, at)


async def set_past_due(tx: Tx, invoice_id: str, reason: str, charge_at: datetime | None) -> None:
    await tx.execute(
        """update bill set state = 'past_due', past_due_since = coalesce(past_due_since, $2), reason = $3,
             charge_at = $4 where invoice_id = $1""",
        invoice_id, tx.now, reason, charge_at,
    )  # fmt: skip


async def set_disputed(tx: Tx, invoice_id: str, at: datetime | None) -> None:
    """Since when; None: it is no more."""
    await tx.execute(
        """update bill set disputed_at = case when $2::timestamptz is null then null else coalesce(disputed_at, $2) end
           where invoice_id = $1""",
        invoice_id, at,
    )  # fmt: skip


async def set_paid(tx: Tx, invoice_id: str, paid: int) -> None:
    """All that was paid for it so far, minor units."""
    await tx.execute("update bill set paid = $2 where invoice_id = $1", invoice_id, paid)


async def use_credit(tx: Tx, invoice_id: str, amount: int) -> None:
    """What was paid or credited too much for other bills of its debt, minor units."""
    await tx.execute(
        "update bill set settled_by_credit = settled_by_credit + $2 where invoice_id = $1", invoice_id, amount
    )  # fmt: skip


async def add_credit(tx: Tx, invoice_id: str, amount: int) -> None:
    """What a credit note took back of it, minor units."""
    await tx.execute(
        "update bill set credited = credited + $2 where invoice_id = $1", invoice_id, amount
    )


async def finish(tx: Tx, invoice_id: str, state: State) -> None:
    await tx.execute(
        """update bill set state = $2, charge_at = null, ended_at = $3, disputed_at = null
           where invoice_id = $1""",
        invoice_id, state, tx.now,
    )  # fmt: skip


async def late_subjects(tx: Tx, since: datetime) -> list[tuple[str, datetime]]:
    """Who has a bill for usage that has been past due since then or longer, or whose payment is or was disputed; and
    since when."""
    rows = await tx.fetch(
        """select subject, min(coalesce(disputed_at, past_due_since)) as since from bill
           where ((state = 'past_due' and past_due_since <= $1) or disputed_at is not null) and debt like 'upl_%'
           group by subject order by subject""",
        since,
    )
    return [(row["subject"], row["since"]) for row in rows]


async def insert_receipt(tx: Tx, new: BankReceipt) -> bool:
    """False where this transfer is booked already."""
    return bool(
        await tx.execute(
            """insert into bank_receipt (id, invoice_id, amount, bank_reference, by_id, at)
               values ($1, $2, $3, $4, $5, $6) on conflict do nothing""",
            new.id, new.invoice_id, new.amount.minor, new.bank_reference, new.by_id, new.at,
        )
    )  # fmt: skip


async def receipts(tx: Tx, invoice_id: str) -> list[BankReceipt]:
    """Oldest first."""
    rows = await tx.fetch(
        """select r.*, b.currency from bank_receipt r join bill b using (invoice_id) where invoice_id = $1
           order by r.at, r.id""",
        invoice_id,
    )
    return [
        BankReceipt(
            row["id"], row["invoice_id"], Money(row["amount"], row["currency"]), row["bank_reference"],
            row["by_id"], row["at"],
        )
        for row in rows
    ]  # fmt: skip


async def insert_write_off(tx: Tx, new: WriteOff) -> bool:
    """False where one waits already."""
    return bool(
        await tx.execute(
            """insert into write_off (id, invoice_id, amount, reason, state, asked_by, asked_at)
               values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing""",
            new.id, new.invoice_id, new.amount.minor, new.reason, new.state, new.asked_by, new.asked_at,
        )
    )  # fmt: skip


async def write_offs(tx: Tx, invoice_id: str) -> list[WriteOff]:
    """Oldest first."""
    rows = await tx.fetch(
        """select w.*, b.currency from write_off w join bill b using (invoice_id) where w.invoice_id = $1
           order by w.asked_at, w.id""",
        invoice_id,
    )
    return [_write_off(row) for row in rows]


async def asked(tx: Tx) -> list[WriteOff]:
    """Those that wait for a second person, oldest first."""
    rows = await tx.fetch(
        """select w.*, b.currency from write_off w join bill b using (invoice_id) where w.state = 'asked'
           order by w.asked_at, w.id limit 200"""
    )
    return [_write_off(row) for row in rows]


async def move_write_off(
    tx: Tx, write_off_id: str, state: WriteOffState, decided_by: str, amount: int
) -> None:
    await tx.execute(
        "update write_off set state = $2, decided_by = $3, decided_at = $4, amount = $5 where id = $1",
        write_off_id, state, decided_by, tx.now, amount,
    )  # fmt: skip


def _bill(row: Row) -> Bill:
    currency = row["currency"]
    return Bill(
        row["invoice_id"], row["subject"], row["person_id"], row["debt"], row["payee_id"], row["platform_bps"],
        Tax(row["tax_country"], row["tax_bps"]), row["tax"], Money(row["amount"], currency),
        Money(row["paid"], currency), Money(row["credited"], currency),
        Money(row["settled_by_credit"], currency), State(row["state"]), row["due_at"], row["charge_at"],
        row["past_due_since"], row["reason"], row["ended_at"],
    )  # fmt: skip


def _write_off(row: Row) -> WriteOff:
    return WriteOff(
        row["id"], row["invoice_id"], Money(row["amount"], row["currency"]), row["reason"], row["state"],
        row["asked_by"], row["asked_at"], row["decided_by"], row["decided_at"],
    )  # fmt: skip
