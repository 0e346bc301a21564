"""A creator who is paid through an account of his own at the local Stripe, and who has sold something there."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from arena.kit.db import Database
from arena.kit.money import Money
from arena.kit.settings import Settings
from arena.money import billing, earnings, ledger, payouts
from arena.money.billing.stripe import StripeConnect, StripeGateway
from arena.people.access import Actor
from tests.doubles.stripe_server import SECRET_KEY, StripeServer
from tests.money.billing.gateways.stage import begin, buyer
from tests.money.billing.gateways.tills import ORIGIN
from tests.money.creators import PAPERS, actor, pass_time, with_papers


class Seller:
    """With papers, an account at Stripe that is filled in, and 168.30 dollars that can be paid out."""

    def __init__(
        self, db: Database, settings: Settings, server: StripeServer, people: list[Actor]
    ) -> None:
        self.db, self.server = db, server
        self.settings = settings.model_copy(
            update={
                "payout_gateway": "stripe", "stripe_key": Settings(
                    home=settings.home, seed="test", stripe_key=SECRET_KEY
                ).stripe_key, "stripe_url": server.url, "payout_reserve_bps": 0,
            }
        )  # fmt: skip
        self.me, self.operator = people
        self.account_id = ""

    @property
    def gateway(self) -> StripeGateway:
        return StripeGateway(SECRET_KEY, url=self.server.url, origin=ORIGIN)

    def connect(self, after_answer: Callable[[], None] | None = None) -> StripeConnect:
        return StripeConnect(
            SECRET_KEY, url=self.server.url, origin=ORIGIN, after_answer=after_answer
        )

    def ways(
        self, after_answer: Callable[[], None] | None = None
    ) -> dict[str, payouts.PayoutGateway]:
        return {"stripe": payouts.StripePayouts(self.db, self.connect(after_answer))}

    async def open(self, country: str = "US") -> str:
        """Stripe's page where he goes on."""
        return await payouts.open_payout_account(
            self.db, self.settings, country=country, form="person", actor=self.me
        )

    async def sell(self, times: int = 2) -> None:
        """Each is 99 dollars, of which 84.15 are his; the hold is over."""
        for _ in range(times):
            charge = replace(await buyer(self.db, self.gateway), payee_id=self.me.id)
            await billing.send(
                self.db, self.gateway, (await begin(self.db, self.gateway, charge)).id
            )
        pass_time(self.db, timedelta(days=self.settings.payout_hold_days, seconds=1))
        await earnings.mature_due(self.db, earnings.Hold.of(self.settings).wait)

    async def ask(self, cents: int = 10_000) -> payouts.Payout:
        async with self.db.transaction() as tx:
            return await payouts.request_payout(
                tx, self.settings, actor=self.me, amount=Money(cents)
            )

    async def send(self, after_answer: Callable[[], None] | None = None) -> int:
        return await payouts.send_due(self.db, self.settings.vault, self.ways(after_answer))

    async def heal(self, after_answer: Callable[[], None] | None = None) -> int:
        return await payouts.heal_payouts(
            self.db, self.settings.vault, self.ways(after_answer), quick_s=0, slow_s=0
        )

    async def newest(self) -> payouts.Payout:
        async with self.db.transaction() as tx:
            return (await payouts.payouts_of(tx, self.me.id))[0]

    async def step(self) -> str:
        async with self.db.transaction() as tx:
            found = await payouts.steps_of(tx, (await self.newest()).id)
        return "" if found is None else found.state

    async def gate(self) -> str:
        """What the checklist says of his account."""
        async with self.db.transaction() as tx:
            found = await payouts.checklist_of(tx, self.me.id, self.settings)
        return next(gate.state for gate in found.gates if gate.name == "account")

    async def has(self) -> dict[str, int]:
        """Accounts a payout touches that are not at zero; the ledger is sound, and Stripe holds what we say it does."""
        async with self.db.transaction() as tx:
            trial = await ledger.trial_balance(tx)
        assert trial.sound
        found = {one.code: one.balance for one in trial.accounts if one.balance}
        assert found.get("gateway:stripe:balance", 0) == self.server.balance
        mine = {"payout:in_transit": "in_transit", "payout:connected": "connected",
                f"creator:{self.me.id}:available": "available"}  # fmt: skip
        return {mine[code]: balance for code, balance in found.items() if code in mine}

    @property
    def bank_payout(self) -> str:
        name: str = self.server.of(self.account_id).all("payout")[0]["id"]
        return name

    def bank(self, *, fails: str | None = None) -> None:
        """What his bank does with the newest payout."""
        self.server.end_payout(self.account_id, self.bank_payout, fails=fails)

    async def compare(self) -> tuple[int, int]:
        """Lines that are in one of the two books only: ours, theirs."""
        compared = await billing.reconcile(self.db, self.gateway)
        return compared.ours_only, compared.theirs_only


async def seller(
    db: Database, settings: Settings, server: StripeServer, *, sells: bool = True
) -> Seller:
    made = Seller(db, settings, server, [await actor(db, "creator"), await actor(db, "operator")])
    await with_papers(db, settings, made.me, made.operator, *PAPERS[:2])
    await made.open()
    made.account_id = server.books.all("account")[0]["id"]
    server.onboard(made.account_id)
    await payouts.look_at_account(db, made.settings, actor=made.me)
    if sells:
        await made.sell()
    return made
