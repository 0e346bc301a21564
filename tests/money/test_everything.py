"""One machine over all that money does: paid at Stripe, given back, disputed, released, paid out, in any order.

Against the real database as the application's role, and a Stripe on loopback that is spoken to through its SDK. Money
moves by the product's own verbs only; what must be left is reckoned anew from the payments, in whole cents.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as how
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from arena.kit.clock import TapeClock
from arena.kit.db import Database, open_pool
from arena.kit.facts import Routing
from arena.kit.ids import fresh
from arena.kit.money import Money, allocate
from arena.kit.settings import Settings
from arena.money import billing, earnings, ledger, payouts
from arena.money.billing.model import PaymentMethod, RefundAboveCharge
from arena.money.billing.store import insert_method
from arena.money.billing.stripe import StripeGateway
from arena.people.access import Actor
from tests.conftest import START, Server
from tests.doubles.stripe_server import SECRET_KEY, StripeServer
from tests.money.billing.gateways.tills import ORIGIN
from tests.money.billing.till import CHARGE
from tests.money.creators import actor, with_papers

AMOUNT = st.integers(50, 60_000)
PART = st.integers(1, 100)


class World:
    """A database, a Stripe and people for all runs of the machine; each run has a creator of its own."""

    def __init__(self, url: str, home: Path) -> None:
        self.url, self.home = url, home
        self.loop = asyncio.Runner()
        self.open = AsyncExitStack()

    def do(self, work: Awaitable[Any]) -> Any:
        async def done() -> Any:
            return await work

        return self.loop.run(done())

    async def begin(self) -> None:
        self.server = await self.open.enter_async_context(StripeServer().listening())
        self.gateway = StripeGateway(SECRET_KEY, url=self.server.url, origin=ORIGIN)
        pool = await open_pool(self.url, size_min=1, size_max=3, as_application=True)
        self.open.callback(pool.terminate)
        self.db = Database(pool, TapeClock(START), Routing())
        self.settings = Settings(home=self.home, seed="test").model_copy(
            update={"payout_two_people_cents": 10**9, "payout_cents_min": 100}
        )
        self.operator = await actor(self.db, "operator")
        self.buyer = (await actor(self.db)).id
        kept = await self.gateway.keep("pm_card_visa", await self.gateway.new_customer(self.buyer))
        async with self.db.transaction() as tx:
            self.card = PaymentMethod(
                fresh("pm"), self.buyer, "stripe", kept.token, kept.label, tx.now
            )
            await insert_method(tx, self.card)

    def end(self) -> None:
        self.do(self.open.aclose())
        self.loop.close()


class Everything(RuleBasedStateMachine):
    """`world` is set by the test, in a subclass."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.me: Actor = self.world.do(actor(self.world.db, "creator"))
        self.world.do(with_papers(self.world.db, self.world.settings, self.me, self.world.operator))
        self.paid: list[str] = []
        self.disputes: list[str] = []
        self.count = 0

    def teardown(self) -> None:
        """In the end all that was earned and not taken back can be released."""
        for dispute in self.disputes:
            self.world.server.decide(dispute, won=True)
        self.world.do(self._hear())
        self.world.do(self._days(30))
        self.world.do(self._send())
        self.world.do(self._mature())
        self.books_hold()
        assert self._balances().get("pending", 0) == 0

    @rule(amount=AMOUNT)
    def pay(self, amount: int) -> None:
        """Three charges in four are for a subscription that was paid for before."""
        self.count += 1
        reference = f"sub_{self.me.id[4:]}{self.count % 4}"
        attempt = self.world.do(self._pay(amount, reference))
        assert attempt.state == "succeeded"
        self.paid.append(attempt.id)

    @precondition(lambda self: self.paid)
    @rule(which=st.randoms(use_true_random=False), part=PART)
    def refund(self, which: Any, part: int) -> None:
        self.world.do(self._refund(which.choice(self.paid), part))

    @precondition(lambda self: self.paid)
    @rule(which=st.randoms(use_true_random=False))
    def dispute(self, which: Any) -> None:
        """All that is left of a payment."""
        row = self.world.do(self._attempt(which.choice(self.paid)))
        charge = self.world.server.books.get("payment_intent", row["gateway_charge_id"])
        found = self.world.server.books.get("charge", charge["latest_charge"])
        if found["disputed"] or found["amount_refunded"] == found["amount"]:
            return
        self.disputes.append(self.world.server.dispute(row["gateway_charge_id"])["id"])
        self.world.do(self._hear())

    @precondition(lambda self: self.disputes)
    @rule(won=st.booleans())
    def decide(self, won: bool) -> None:
        self.world.server.decide(self.disputes.pop(), won=won)
        self.world.do(self._hear())

    @rule(days=st.integers(1, 9))
    def release(self, days: int) -> None:
        self.world.do(self._days(days))
        self.world.do(self._mature())

    @rule(part=PART)
    def reserve(self, part: int) -> None:
        self.world.do(self._reserve(part))

    @rule(number=st.sampled_from(["51", "51", "0000", "1111"]))
    def change_account(self, number: str) -> None:
        """To one that is paid, is refused, or sends the money back; what waits for the old one is given back."""
        new = payouts.NewPaper(
            "account", "fake", "Ada Maker", "DE", "DE02 1203 0000 0000 20" + number
        )
        self.world.do(
            with_papers(self.world.db, self.world.settings, self.me, self.world.operator, new)
        )

    @rule()
    def send(self) -> None:
        self.world.do(self._send())

    @rule()
    def cancel(self) -> None:
        self.world.do(self._of_payouts("reserved", self._cancel))

    @rule()
    def reverse(self) -> None:
        self.world.do(self._of_payouts("paid", self._reverse))

    @invariant()
    def books_hold(self) -> None:
        self.world.do(self._hold())

    async def _hold(self) -> None:
        world = self.world
        async with world.db.transaction(readonly=True) as tx:
            assert (await ledger.trial_balance(tx)).sound
            stripe = await ledger.balance(tx, "gateway:stripe:balance")
            assert stripe.minor == world.server.balance
            accounts = await ledger.balances(tx, f"creator:{self.me.id}:")
            mine = await payouts.payouts_of(tx, self.me.id, limit=200)
            sent = await tx.fetchval(
                """select coalesce(sum(f.amount), 0)::bigint from fake_payout f
                   join payout p on p.id = f.idempotency_key where p.person_id = $1""",
                self.me.id,
            )
            shares = await self._shares(tx)
        found = {each.code.rsplit(":", 1)[1]: each for each in accounts}
        for name in ("available", "disputed", "clawback"):
            assert name not in found or found[name].free >= 0, name
        out = [each for each in mine if each.accepted and each.state != "failed"]
        refused = sum(
            each.amount.minor for each in mine if each.state == "failed" and not each.accepted
        )
        taken = sum(each.amount.minor for each in mine if each.accepted) + refused
        assert sent == taken, "the gateway was told of as much as we say"
        gone = sum(each.amount.minor for each in out if each.state != "reversed")
        has = {name: each.balance for name, each in found.items()}
        total = sum(has.values()) - 2 * has.get("clawback", 0)
        assert total == shares - gone, "what was earned and not taken back is here or gone out"

    async def _shares(self, tx: Any) -> int:
        """The creator's part of what customers paid and have not got back, reckoned anew from the payments alone."""
        rows = await tx.fetch(
            """select a.amount, a.platform_bps, a.refunded - coalesce(sum(r.amount) filter
                   (where r.state = 'sending'), 0) + coalesce((select sum(d.amount) from dispute d
                   where d.attempt_id = a.id and d.state = 'lost'), 0) as back
               from payment_attempt a left join refund r on r.attempt_id = a.id
               where a.payee_id = $1 and a.state = 'succeeded' group by a.id""",
            self.me.id,
        )
        weights = [(10_000 - row["platform_bps"], row["platform_bps"]) for row in rows]
        return sum(
            allocate(row["amount"], weight)[0] - allocate(int(row["back"]), weight)[0]
            for row, weight in zip(rows, weights, strict=True)
        )

    async def _pay(self, amount: int, reference: str) -> billing.Attempt:
        world = self.world
        async with world.db.transaction() as tx:
            charge = replace(
                CHARGE, reference=reference, person_id=world.buyer, payee_id=self.me.id, amount=Money(amount),
                payment_method_id=world.card.id, period_start=tx.now + timedelta(seconds=self.count),
            )  # fmt: skip
            attempt = await billing.begin_charge(tx, charge, gateway=world.gateway)
        return await billing.send(world.db, world.gateway, attempt.id)

    async def _refund(self, attempt_id: str, part: int) -> None:
        """A part of all; more than is left, or what is disputed, is refused or fails, and nothing moves."""
        row = await self._attempt(attempt_id)
        self.count += 1
        wish = billing.RefundWish(
            attempt_id, f"{self.me.id}:{self.count}", "asked for", Money(max(row["amount"] * part // 100, 1))
        )  # fmt: skip
        left = row["amount"] - row["refunded"] - row["disputed"]
        try:
            done = await billing.refund(
                self.world.db, self.world.gateway, wish, actor=self.world.operator
            )
            assert wish.amount is not None
            assert wish.amount.minor <= left
            assert done.state in ("succeeded", "failed")
        except RefundAboveCharge:
            assert wish.amount is not None
            assert wish.amount.minor > left

    async def _attempt(self, attempt_id: str) -> Any:
        async with self.world.db.transaction(readonly=True) as tx:
            return await tx.one("select * from payment_attempt where id = $1", attempt_id)

    async def _hear(self) -> None:
        """What Stripe tells by webhook, twice each, the newest first."""
        from arena.money.billing.events import receive
        from arena.money.billing.stripe import Event

        world = self.world
        told = world.server.mailbox.new()
        for event in reversed([*told, *told]):
            found = Event(event["id"], event["type"], event["data"]["object"]["id"])
            async with world.db.transaction() as tx:
                await receive(tx, "stripe", found)
        while await billing.heed(world.db, world.gateway):
            pass

    async def _days(self, days: int) -> None:
        clock = self.world.db.clock
        assert isinstance(clock, TapeClock)
        clock.move_to(clock.now() + timedelta(days=days))

    async def _mature(self) -> None:
        async with self.world.db.transaction() as tx:
            await earnings.mature(tx, self.me.id, earnings.Hold.of(self.world.settings).wait)

    async def _reserve(self, part: int) -> None:
        async with self.world.db.transaction(readonly=True) as tx:
            hold = earnings.Hold.of(self.world.settings)
            has = await earnings.earnings(tx, self.me.id, hold)
        amount = Money(has.payable.minor * part // 100)
        try:
            async with self.world.db.transaction() as tx:
                await payouts.request_payout(tx, self.world.settings, actor=self.me, amount=amount)
        except (payouts.PayoutBlocked, payouts.TooLittle):
            pass

    async def _send(self) -> None:
        """Twice: what was sent is looked at again."""
        world = self.world
        for _ in range(2):
            gateways = payouts.payout_gateways(world.db)
            await payouts.send_due(world.db, world.settings.vault, gateways)

    async def _of_payouts(
        self, state: str, do: Callable[[payouts.Payout], Awaitable[None]]
    ) -> None:
        async with self.world.db.transaction(readonly=True) as tx:
            mine = await payouts.payouts_of(tx, self.me.id, limit=200)
        for each in mine:
            if each.state == state:
                await do(each)
                return

    async def _cancel(self, each: payouts.Payout) -> None:
        async with self.world.db.transaction() as tx:
            await payouts.cancel_payout(tx, each.id, actor=self.me)

    async def _reverse(self, each: payouts.Payout) -> None:
        async with self.world.db.transaction() as tx:
            await payouts.reverse_payout(
                tx, each.id, reason="It came back.", actor=self.world.operator
            )

    def _balances(self) -> dict[str, int]:
        async def read() -> dict[str, int]:
            async with self.world.db.transaction(readonly=True) as tx:
                found = await ledger.balances(tx, f"creator:{self.me.id}:")
            return {each.code.rsplit(":", 1)[1]: each.balance for each in found}

        found: dict[str, int] = self.world.do(read())
        return found


@pytest.fixture
async def url(server: Server) -> Any:
    name = await server.create()
    yield server.url_of(name)
    await server.drop(name)


def play(url: str, home: Path, *, runs: int, steps: int) -> None:
    world = World(url, home)
    world.do(world.begin())
    try:
        machine = type("EverythingHere", (Everything,), {"world": world})
        run_state_machine_as_test(
            machine,
            settings=how(
                max_examples=runs, stateful_step_count=steps, deadline=None, derandomize=True,
                suppress_health_check=list(HealthCheck),
            ),
        )  # fmt: skip
    finally:
        world.end()


def test_a_few_sequences_of_everything_leave_the_books_whole(url: str, tmp_path: Path) -> None:
    play(url, tmp_path, runs=3, steps=8)


@pytest.mark.slow
def test_five_hundred_sequences_of_everything_leave_the_books_whole(
    url: str, tmp_path: Path
) -> None:
    play(url, tmp_path, runs=500, steps=14)
