"""Whatever happens in whatever order, no cent appears or vanishes and nobody is paid twice."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from arena.kit.db import Database
from arena.kit.money import Money
from arena.kit.settings import Settings
from arena.money import earnings, ledger, payouts
from arena.people.access import Actor
from tests.money.creators import actor, earn, pass_time, take_back, with_papers

AMOUNT = st.integers(1, 200_000)
STEP = st.one_of(
    st.tuples(st.sampled_from(["pay", "refund", "refund_blindly", "reserve"]), AMOUNT),
    st.tuples(st.sampled_from(["dispute", "win", "lose", "send", "cancel", "reverse", "days", "release"]), st.just(0)),
)  # fmt: skip


class Machine:
    """A creator, what was done to his money, and what must be left of it."""

    def __init__(self, db: Database, settings: Settings, people: tuple[Actor, Actor]) -> None:
        self.db, self.settings = db, settings
        self.me, self.operator = people
        self.earned = self.taken = self.number = 0
        self.disputed: list[tuple[str, int]] = []

    def next(self) -> str:
        self.number += 1
        return f"{self.me.id}:{self.number}"

    @property
    def reference(self) -> str:
        """One of three subscriptions."""
        return f"sub_{self.me.id[4:]}{self.number % 3}"

    async def do(self, what: str, amount: int) -> None:
        await getattr(self, what)(amount)

    async def pay(self, amount: int) -> None:
        await earn(self.db, self.me.id, amount, idem=self.next(), reference=self.reference)
        self.earned += amount

    async def refund(self, amount: int) -> None:
        await take_back(self.db, self.me.id, amount, idem=self.next(), reference=self.reference)
        self.taken += amount

    async def refund_blindly(self, amount: int) -> None:
        """From what is on hold, whether or not there is anything."""
        await self._move(
            ledger.Kind.REFUND_ISSUED, "pending", amount, "gateway:fake:balance", self.reference
        )
        self.taken += amount

    async def dispute(self, _: int) -> None:
        amount, reference = 1_000 + self.number, self.reference
        await self._move(
            ledger.Kind.DISPUTE_OPENED,
            "pending",
            amount,
            f"creator:{self.me.id}:disputed",
            reference,
        )
        self.disputed.append((reference, amount))

    async def win(self, _: int) -> None:
        if self.disputed:
            reference, amount = self.disputed.pop()
            await self._move(
                ledger.Kind.DISPUTE_WON,
                "disputed",
                amount,
                f"creator:{self.me.id}:pending",
                reference,
            )

    async def lose(self, _: int) -> None:
        if self.disputed:
            reference, amount = self.disputed.pop()
            await self._move(
                ledger.Kind.DISPUTE_LOST, "disputed", amount, "dispute:held", reference
            )
            self.taken += amount

    async def release(self, _: int) -> None:
        async with self.db.transaction() as tx:
            await earnings.mature(tx, self.me.id, earnings.Hold.of(self.settings).wait)

    async def reserve(self, amount: int) -> None:
        try:
            async with self.db.transaction() as tx:
                await payouts.request_payout(tx, self.settings, actor=self.me, amount=Money(amount))
        except (payouts.PayoutBlocked, payouts.TooLittle):
            pass

    async def cancel(self, _: int) -> None:
        for each in await self.mine():
            if each.state == "reserved":
                async with self.db.transaction() as tx:
                    await payouts.cancel_payout(tx, each.id, actor=self.me)

    async def send(self, _: int) -> None:
        gateways = payouts.payout_gateways(self.db)
        await payouts.send_due(self.db, self.settings.vault, gateways)

    async def reverse(self, _: int) -> None:
        for each in await self.mine():
            if each.state == "paid":
                async with self.db.transaction() as tx:
                    await payouts.reverse_payout(
                        tx, each.id, reason="came back", actor=self.operator
                    )

    async def days(self, _: int) -> None:
        pass_time(self.db, timedelta(days=4))

    async def mine(self) -> list[payouts.Payout]:
        async with self.db.transaction() as tx:
            return await payouts.payouts_of(tx, self.me.id, limit=200)

    async def holds(self) -> None:
        """What must be true after each step."""
        async with self.db.transaction() as tx:
            assert (await ledger.trial_balance(tx)).sound
            found = {
                each.code.rsplit(":", 1)[1]: each
                for each in await ledger.balances(tx, f"creator:{self.me.id}:")
            }
            sent = await tx.fetchval(
                "select coalesce(sum(f.amount), 0) from fake_payout f join payout p on p.id = f.idempotency_key"
                " where p.person_id = $1", self.me.id,
            )  # fmt: skip
        own = {name: each.balance for name, each in found.items()}
        assert "available" not in found or found["available"].free >= 0
        assert own.get("clawback", 0) >= 0
        out = [each for each in await self.mine() if each.accepted and each.state != "failed"]
        assert sent == sum(each.amount.minor for each in out), (
            "the gateway was told as much as the ledger says"
        )
        gone = sum(each.amount.minor for each in out if each.state != "reversed")
        total = sum(own.values()) - 2 * own.get("clawback", 0)
        assert total == self.earned - self.taken - gone

    async def _move(
        self, kind: ledger.Kind, debit: str, amount: int, credit: str, reference: str
    ) -> None:
        idem = self.next()
        legs = [ledger.Leg(f"creator:{self.me.id}:{debit}", amount), ledger.Leg(credit, -amount)]
        async with self.db.transaction() as tx:
            await ledger.post(tx, kind=kind, idem=idem, reference=reference, legs=legs)


async def run(db: Database, settings: Settings, steps: list[tuple[str, int]]) -> None:
    people = await actor(db, "creator"), await actor(db, "operator")
    settings = settings.model_copy(update={"payout_two_people_cents": 10**9})
    await with_papers(db, settings, *people)
    machine = Machine(db, settings, people)
    for what, amount in steps:
        await machine.do(what, amount)
        await machine.holds()
    # In the end nothing is left on its way, and what could be released has been.
    pass_time(db, timedelta(days=30))
    for _ in range(2):
        await machine.send(0)
    await machine.release(0)
    await machine.holds()
    async with db.transaction() as tx:
        assert (await ledger.balance(tx, f"creator:{people[0].id}:pending")).minor == 0


_CHECKS = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@how(max_examples=5, deadline=None, suppress_health_check=_CHECKS)
@given(steps=st.lists(STEP, min_size=5, max_size=15))
async def test_any_sequence_leaves_the_books_whole(
    db: Database, settings: Settings, steps: list[tuple[str, int]]
) -> None:
    await run(db, settings, steps)


@pytest.mark.slow
@how(max_examples=500, deadline=None, suppress_health_check=_CHECKS)
@given(steps=st.lists(STEP, min_size=10, max_size=60))
async def test_five_hundred_long_sequences_leave_the_books_whole(
    db: Database, settings: Settings, steps: list[tuple[str, int]]
) -> None:
    await run(db, settings, steps)
