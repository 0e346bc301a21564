"""What people owe, in the shared house: a month of a plan that was invoiced and is to be paid."""

from datetime import timedelta

from arena.money import billing, collecting, invoices, usage
from arena.people.access import SYSTEM, Actor
from tests.pages.reader import Reader
from tests.stories.house import House


async def billed(house: House, reader: Reader, **terms: int) -> invoices.Invoice:
    """The last month, $1,000 and a set-up of $5,000 unless other terms are given, is on an invoice of the reader's."""
    agreed = {"minimum": 0, "monthly": 100_000, "setup": 500_000} | terms
    async with house.arena.db.transaction() as tx:
        plan = await usage.open_plan(tx, usage.NewPlan(reader.person_id, **agreed), actor=SYSTEM)
        month = usage.month_of(usage.month_of(tx.now - usage.LATE) - timedelta(days=1))
        await tx.execute(
            "update usage_plan set starts_at = $1, invoiced_until = $1 where id = $2",
            month,
            plan.id,
        )
    await usage.invoice_due(house.arena.db)
    await house.settle()
    async with house.arena.db.transaction(readonly=True) as tx:
        [made] = [
            one
            for one in await invoices.invoices_of(tx, reader.person_id)
            if one.source.startswith("uin_")
        ]
    return made


async def collect(house: House) -> None:
    """As the worker does each hour."""
    grace = timedelta(days=house.arena.settings.grace_days)
    await collecting.collect_due(house.arena.db, house.arena.gateway, grace=grace)
    await house.settle()


async def keep_card(house: House, reader: Reader, number: str) -> str:
    async with house.arena.db.transaction() as tx:
        kept = await billing.keep_card(
            tx, gateway=house.arena.gateway, number=number, actor=Actor("person", reader.person_id)
        )
    return kept.id
