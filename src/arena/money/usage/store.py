"""Tables of usage <-> model. A month's counter moves with its events, in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from arena.kit.clock import iso_ms, wall_now
from arena.kit.db import Row, Tx
from arena.money.usage.model import Counted, Invoice, Line, NewPlan, Plan, month_after

LEASE_LIVES = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Event:
    """Units that were used: `id` names them, so that they are counted once."""

    id: str
    plan_id: str
    key_id: str
    month: datetime
    at: datetime
    units: int
    reason: str | None = None


async def insert_plan(tx: Tx, plan: Plan) -> bool:
    """False where the subject has one."""
    terms = plan.terms
    return bool(
        await tx.execute(
            """insert into usage_plan (id, subject, price_micros, minimum, monthly, setup, cap, starts_at,
                 invoiced_until)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing""",
            plan.id, terms.subject, terms.price_micros, terms.minimum, terms.monthly, terms.setup, terms.cap,
            plan.starts_at, plan.invoiced_until,
        )
    )  # fmt: skip


async def live_plan(tx: Tx, subject: str, *, lock: bool = False) -> Plan | None:
    row = await tx.fetchrow(
        # Events refer to their plan: a stronger lock would wait for those who count, and they for it.
        "select * from usage_plan where subject = $1 and ends_at is null" + (" for no key update" if lock else ""),
        subject,
    )  # fmt: skip
    return None if row is None else _plan(row)


async def newest_plan(tx: Tx, subject: str) -> Plan | None:
    """The one that goes on, or else the last one that ended."""
    row = await tx.fetchrow(
        """select * from usage_plan where subject = $1
           order by (ends_at is null) desc, ends_at desc, id desc limit 1""",
        subject,
    )
    return None if row is None else _plan(row)


async def plans(
    tx: Tx, *, subject: str | None, ended: bool | None, before: str, limit: int
) -> list[Plan]:
    """The newest first; `before` is the last id already seen, or empty."""
    rows = await tx.fetch(
        """select * from usage_plan where ($1::text is null or subject = $1)
             and ($2::bool is null or (ends_at is not null) = $2) and ($3 = '' or id < $3)
           order by id desc limit $4""",
        subject, ended, before, limit,
    )  # fmt: skip
    return [_plan(row) for row in rows]


async def payers(tx: Tx, subjects: Sequence[str]) -> list[str]:
    """Those of these who have, or had, a plan, in their order."""
    rows = await tx.fetch(
        "select distinct subject from usage_plan where subject = any($1)", list(subjects)
    )
    known = {row["subject"] for row in rows}
    return [subject for subject in subjects if subject in known]


async def set_cap(tx: Tx, plan_id: str, cap: int | None) -> None:
    await tx.execute(
        "update usage_plan set cap = $2, cap_number = cap_number + 1 where id = $1", plan_id, cap
    )


async def block(tx: Tx, plan_id: str, at: datetime | None) -> bool:
    """Whether that is news."""
    return bool(
        await tx.execute(
            "update usage_plan set blocked_at = $2 where id = $1 and (blocked_at is null) <> ($2::timestamptz is null)",
            plan_id, at,
        )
    )  # fmt: skip


async def blocked(tx: Tx) -> list[str]:
    """Subjects whose calls are refused, in their order."""
    rows = await tx.fetch(
        "select subject from usage_plan where blocked_at is not null and ends_at is null order by subject"
    )
    return [row["subject"] for row in rows]


async def end_plan(tx: Tx, plan_id: str, ends_at: datetime) -> None:
    await tx.execute("update usage_plan set ends_at = $2 where id = $1", plan_id, ends_at)


async def add(tx: Tx, events: Sequence[Event]) -> list[tuple[str, Counted, int]]:
    """Those that are new, once each: plan, its month as it counts now, and by how much it moved.

    Months are locked in the order of plan and month, so that two who count do not deadlock.
    """
    rows = await tx.fetch(
        """with given as (
             select * from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[],
               $6::bigint[], $7::text[]) given(id, plan_id, key_id, month, at, units, reason)),
           added as (
             insert into usage_event (id, plan_id, key_id, month, at, units, reason)
             select id, plan_id, key_id, month, at, units, reason from given order by plan_id, month, id
             on conflict do nothing returning plan_id, month, units),
           sums as (select plan_id, month, sum(units)::bigint as units from added group by plan_id, month),
           moved as (
             insert into usage_month as m (plan_id, month, units)
             select plan_id, month, units from sums order by plan_id, month
             on conflict (plan_id, month) do update set units = m.units + excluded.units returning m.*)
           select moved.*, sums.units as added from moved join sums using (plan_id, month)""",
        [e.id for e in events], [e.plan_id for e in events], [e.key_id for e in events],
        [e.month for e in events], [e.at for e in events], [e.units for e in events],
        [e.reason for e in events],
    )  # fmt: skip
    return [(row["plan_id"], _counted(row), row["added"]) for row in rows]


async def lock_month(tx: Tx, plan_id: str, month: datetime) -> int:
    """The month's units; it stands still until the transaction ends."""
    await tx.execute(
        "insert into usage_month (plan_id, month) values ($1, $2) on conflict do nothing",
        plan_id,
        month,
    )
    units: int = await tx.fetchval(
        "select units from usage_month where plan_id = $1 and month = $2 for update", plan_id, month
    )
    return units


async def leased(tx: Tx, plan_id: str, month: datetime) -> int:
    """What processes hold and have not counted yet; a process that died holds it for a quarter of an hour."""
    units: int = await tx.fetchval(
        """select coalesce(sum(units), 0)::bigint from usage_lease
           where plan_id = $1 and month = $2 and expires_at > $3""",
        plan_id, month, wall_now(),
    )  # fmt: skip
    return units


async def lease(tx: Tx, new: tuple[str, int], plan_id: str, month: datetime, units: int) -> None:
    """Adds to what the lease holds. A slot keeps one, so that calls under way stay in it. `new` is its id and the
    number of the process's newest batch, which held nothing of it."""
    lease_id, batch = new
    await tx.execute(
        """insert into usage_lease as l (id, plan_id, month, units, expires_at, batch) values ($1, $2, $3, $4, $5, $6)
           on conflict (id) do update set units = l.units + excluded.units, expires_at = excluded.expires_at""",
        lease_id, plan_id, month, units, wall_now() + LEASE_LIVES, batch,
    )  # fmt: skip


async def shrink_leases(tx: Tx, spent: dict[str, int], batch: int) -> None:
    """What was counted, or is given back, is no longer held; once a batch, however often it is sent."""
    await tx.execute(
        """update usage_lease l set units = greatest(0, l.units - s.units), batch = $3
           from unnest($1::text[], $2::bigint[]) s(id, units) where l.id = s.id and l.batch < $3""",
        list(spent), list(spent.values()), batch,
    )  # fmt: skip
    await tx.execute("delete from usage_lease where units = 0 or expires_at < $1", wall_now())


async def insert_alert(tx: Tx, plan: Plan, month: datetime, percent: int) -> bool:
    """False where it was told of this cap in this month."""
    return bool(
        await tx.execute(
            """insert into usage_alert (plan_id, month, cap_number, percent, at) values ($1, $2, $3, $4, $5)
               on conflict do nothing""",
            plan.id, month, plan.cap_number, percent, tx.now,
        )
    )  # fmt: skip


async def plans_by_id(tx: Tx, plan_ids: Sequence[str]) -> dict[str, Plan]:
    rows = await tx.fetch("select * from usage_plan where id = any($1)", list(plan_ids))
    return {row["id"]: _plan(row) for row in rows}


async def due(tx: Tx, before: datetime, limit: int, *, lock: bool = True) -> list[Plan]:
    """Locked: those with a month to be invoiced that ended at `before` or earlier; one each."""
    rows = await tx.fetch(
        """select * from usage_plan p where invoiced_until + interval '1 month' <= $1
             and (ends_at is null or invoiced_until < ends_at or exists (
               select from usage_month m where m.plan_id = p.id and m.units <> m.invoiced))
           order by invoiced_until, id limit $2"""
        + (" for no key update skip locked" if lock else ""),
        before, limit,
    )  # fmt: skip
    return [_plan(row) for row in rows]


async def open_months(tx: Tx, plan_id: str, until: datetime) -> list[Counted]:
    """Locked, oldest first: months up to `until` (included) with units that no invoice has."""
    rows = await tx.fetch(
        """select month, units, invoiced from usage_month
           where plan_id = $1 and month <= $2 and units <> invoiced order by month for update""",
        plan_id, until,
    )  # fmt: skip
    return [_counted(row) for row in rows]


async def months(tx: Tx, plan_id: str, limit: int = 24) -> list[Counted]:
    """The newest first."""
    rows = await tx.fetch(
        "select month, units, invoiced from usage_month where plan_id = $1 order by month desc limit $2",
        plan_id, limit,
    )  # fmt: skip
    return [_counted(row) for row in rows]


async def uninvoiced(tx: Tx, plan_ids: Sequence[str]) -> dict[str, list[Counted]]:
    """By plan, oldest first: months with units that no invoice has."""
    rows = await tx.fetch(
        """select plan_id, month, units, invoiced from usage_month
           where plan_id = any($1) and units <> invoiced order by plan_id, month""",
        list(plan_ids),
    )  # fmt: skip
    found: dict[str, list[Counted]] = {plan_id: [] for plan_id in plan_ids}
    for row in rows:
        found[row["plan_id"]].append(_counted(row))
    return found


async def units_of(tx: Tx, months: dict[str, datetime]) -> dict[str, int]:
    """Units by plan, each of the month that is given for it; plans without any left out."""
    rows = await tx.fetch(
        """select plan_id, units from usage_month
           join unnest($1::text[], $2::timestamptz[]) wanted(plan_id, month) using (plan_id, month)""",
        list(months), list(months.values()),
    )  # fmt: skip
    return {row["plan_id"]: row["units"] for row in rows}


async def days(tx: Tx, plan_id: str, month: datetime) -> list[tuple[datetime, int]]:
    """Calls of a month by day, UTC, oldest first; days without any left out. What came in the second after its end is
    of its last day."""
    rows = await tx.fetch(
        """select date_trunc('day', least(at, $3), 'UTC') as day, sum(units)::bigint as units from usage_event
           where plan_id = $1 and month = $2 and at >= $2 and reason is null group by 1 order by 1""",
        plan_id, month, month_after(month) - timedelta(seconds=1),
    )  # fmt: skip
    return [(row["day"], row["units"]) for row in rows]


async def keys(tx: Tx, plan_id: str, month: datetime) -> list[tuple[str, int]]:
    """Calls by key in a month, the most first."""
    rows = await tx.fetch(
        """select key_id, sum(units)::bigint as units from usage_event
           where plan_id = $1 and month = $2 and at >= $2 and reason is null
           group by 1 order by 2 desc, 1 limit 100""",
        plan_id, month,
    )  # fmt: skip
    return [(row["key_id"], row["units"]) for row in rows]


async def corrections(tx: Tx, plan_id: str, limit: int = 24) -> list[Event]:
    """The newest first."""
    rows = await tx.fetch(
        """select id, plan_id, key_id, month, at, units, reason from usage_event
           where plan_id = $1 and reason is not null order by at desc, id desc limit $2""",
        plan_id, limit,
    )  # fmt: skip
    return [Event(**dict(row)) for row in rows]


async def insert_invoice(tx: Tx, made: Invoice) -> None:
    lines = [
        {"kind": e.kind, "month": iso_ms(e.month), "units": str(e.units), "amount": str(e.amount)}
        for e in made.lines
    ]
    await tx.execute(
        "insert into usage_invoice (id, plan_id, month, total, lines, at) values ($1, $2, $3, $4, $5, $6)",
        made.id, made.plan_id, made.month, made.total, lines, made.at,
    )  # fmt: skip
    await tx.execute(
        "update usage_month set invoiced = units where plan_id = $1 and month <= $2",
        made.plan_id,
        made.month,
    )


async def invoiced_until(tx: Tx, plan_id: str, month: datetime) -> None:
    await tx.execute("update usage_plan set invoiced_until = $2 where id = $1", plan_id, month)


async def invoice(tx: Tx, invoice_id: str) -> Invoice | None:
    row = await tx.fetchrow("select * from usage_invoice where id = $1", invoice_id)
    return None if row is None else _invoice(row)


async def invoices(tx: Tx, plan_id: str, limit: int = 24) -> list[Invoice]:
    """The newest first."""
    rows = await tx.fetch(
        "select * from usage_invoice where plan_id = $1 order by month desc limit $2",
        plan_id,
        limit,
    )
    return [_invoice(row) for row in rows]


def _invoice(row: Row) -> Invoice:
    return Invoice(
        row["id"], row["plan_id"], row["month"], row["total"], tuple(_line(e) for e in row["lines"]),
        row["at"],
    )  # fmt: skip


def _line(kept: dict[str, Any]) -> Line:
    month = datetime.fromisoformat(kept["month"])
    return Line(kept["kind"], month, int(kept["units"]), int(kept["amount"]))


def _plan(row: Row) -> Plan:
    terms = NewPlan(
        row["subject"], row["price_micros"], row["minimum"], row["monthly"], row["setup"], row["cap"]
    )  # fmt: skip
    return Plan(
        row["id"], terms, row["starts_at"], row["ends_at"], row["invoiced_until"], row["blocked_at"],
        row["cap_number"],
    )  # fmt: skip


def _counted(row: Row) -> Counted:
    return Counted(row["month"], row["units"], row["invoiced"])
