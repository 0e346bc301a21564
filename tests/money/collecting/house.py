"""A customer who pays by the call, the months of his bills, and the two gateways' books beside the ledger's."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from arena.kit.clock import TapeClock
from arena.kit.db import Database
from arena.kit.money import Money
from arena.money import billing, buyers, collecting, invoices, ledger, usage
from arena.money.billing import ChargeFailed, ChargeSucceeded, DisputeClosed, DisputeOpened
from arena.money.buyers import BillingDetails, TaxRate
from arena.money.performance_fees import FeeCrystallised
from arena.money.usage import UsageInvoiced
from arena.people.access import SYSTEM, Actor
from tests.http import person
from tests.money.invoices.sales import SELLER

GRACE = timedelta(days=3)
PAYS, DECLINED, ASKS = "4242424242424242", "4000000000000341", "4000002500003155"
JANUARY = datetime(2022, 1, 1, tzinfo=UTC)
QUARTER = datetime(2022, 4, 1, tzinfo=UTC)


class Customer:
    """With a plan of $1,000 a month and a set-up of $5,000, unless other terms are given."""

    def __init__(self, db: Database, *, after_commit: Callable[[], None] | None = None) -> None:
        self.db = db
        self.gateway = billing.FakeGateway(db, after_commit=after_commit)
        self.operators: list[Actor] = []

    async def arrive(self, card: str | None = PAYS, **terms: int) -> "Customer":
        self.id, self.headers = await person(self.db)
        self.actor = Actor("person", self.id)
        for _ in range(2):
            operator_id, _ = await person(self.db, "operator")
            self.operators.append(Actor("person", operator_id))
        if card:
            await self.keep(card)
        self.move_to(JANUARY)
        async with self.db.transaction() as tx:
            new = usage.NewPlan(
                self.id, **(terms or {"minimum": 0, "monthly": 100_000, "setup": 500_000})
            )
            self.plan = await usage.open_plan(tx, new, actor=SYSTEM)
        return self

    async def taxed(self, rate_bps: int) -> None:
        """He is in Germany, where this rate holds from now on."""
        async with self.db.transaction() as tx:
            await buyers.set_rate(tx, TaxRate("DE", tx.now, rate_bps), actor=SYSTEM)
            details = BillingDetails("individual", "Ada", "Example Street 1", "DE")
            await buyers.set_details(tx, details, actor=self.actor)

    def move_to(self, at: datetime) -> None:
        assert isinstance(self.db.clock, TapeClock)
        self.db.clock.move_to(at)

    def days_on(self, days: float) -> None:
        self.move_to(self.db.clock.now() + timedelta(days=days))

    async def keep(self, card: str) -> str:
        async with self.db.transaction() as tx:
            kept = await billing.keep_card(
                tx, gateway=billing.FakeGateway(self.db), number=card, actor=self.actor
            )
        return kept.id

    async def month_over(self) -> collecting.Bill | None:
        """The open month is invoiced, and what follows from it has followed; the newest bill."""
        month = usage.month_of(self.db.clock.now())
        self.move_to(usage.month_after(month) + timedelta(days=1))
        await usage.invoice_due(self.db)
        await self.react()
        bills = await self.bills()
        return bills[-1] if bills else None

    async def call(self, units: int) -> None:
        """So many calls in the open month; below zero corrects the month before."""
        async with self.db.transaction() as tx:
            month = (
                usage.month_of(tx.now) if units > 0 else usage.month_of(tx.now - timedelta(days=31))
            )
            event = usage.Event("", self.plan.id, "api_1", month, tx.now, units, "as counted")
            name = str(await tx.fetchval("select count(*) from usage_event"))
            await usage.correct(tx, name, self.plan.id, event, actor=SYSTEM)

    async def react(self) -> None:
        """Tells all facts that are there to whom they concern, again and again: handlers are harmless to repeat."""
        async with self.db.transaction() as tx:
            rows = await tx.fetch("select kind, body from fact order by id")
        for row in rows:
            async with self.db.transaction() as tx:
                body = row["body"]
                for name in ("month", "period_start", "period_end"):
                    if isinstance(body.get(name), str):
                        body[name] = datetime.fromisoformat(body[name])
                if row["kind"] == "UsageInvoiced":
                    await collecting.bill_usage(tx, UsageInvoiced(**body), seller=SELLER)
                elif row["kind"] == "FeeCrystallised":
                    await collecting.bill_fee(tx, FeeCrystallised(**body), seller=SELLER)
                elif row["kind"] == "ChargeSucceeded":
                    await collecting.charge_paid(tx, ChargeSucceeded(**body))
                elif row["kind"] == "ChargeFailed":
                    await collecting.charge_failed(tx, ChargeFailed(**body), grace=GRACE)
                elif row["kind"] == "DisputeOpened":
                    await collecting.payment_disputed(tx, DisputeOpened(**body))
                elif row["kind"] == "DisputeClosed":
                    closed = DisputeClosed(**body)
                    await invoices.credit_dispute(tx, closed)
                    await collecting.dispute_decided(tx, closed, seller=SELLER, grace=GRACE)
                elif row["kind"] == "BillSettled":
                    await collecting.let_through(tx, collecting.BillSettled(**body), grace=GRACE)

    async def collect(self) -> int:
        return await collecting.collect_due(self.db, self.gateway, grace=GRACE)

    async def bills(self) -> list[collecting.Bill]:
        """Oldest first."""
        async with self.db.transaction(readonly=True) as tx:
            rows = await tx.fetch(
                "select invoice_id from bill where subject = $1 order by due_at", self.id
            )
            found = [await collecting.bill_of(tx, row["invoice_id"]) for row in rows]
        return [bill for bill in found if bill is not None]

    async def receivable(self) -> int:
        async with self.db.transaction(readonly=True) as tx:
            return (await ledger.balance(tx, f"receivable:{self.id}")).minor

    async def charged(self) -> list[int]:
        """What the fake gateway's own books say went through."""
        async with self.db.transaction(readonly=True) as tx:
            rows = await tx.fetch(
                "select amount from fake_charge where state = 'succeeded' order by at"
            )
        return [row["amount"] for row in rows]

    async def facts(self, kind: str) -> int:
        async with self.db.transaction(readonly=True) as tx:
            count: int = await tx.fetchval("select count(*) from fact where kind = $1", kind)
        return count

    async def check(self) -> None:
        """The ledger is sound; what is receivable is what bills have left, less what was paid too much; no invoice is
        credited above its total."""
        async with self.db.transaction(readonly=True) as tx:
            assert (await ledger.trial_balance(tx)).sound
            above = await tx.fetchval(
                """select count(*) from invoice i where kind = 'invoice'
                   and total < (select coalesce(sum(total), 0) from invoice c where c.credits = i.id)"""
            )
        assert above == 0
        standing = sum(
            bill.amount.minor - bill.paid.minor - bill.credited.minor for bill in await self.bills()
        )
        assert await self.receivable() == standing


def dollars(amount: int) -> Money:
    return Money(amount * 100)
