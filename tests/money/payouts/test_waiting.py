"""Payouts that wait keep no others waiting; what came to light since the request counts; two people bring one back."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import asyncpg
import pytest

from arena.kit.db import Database
from arena.kit.money import Money
from arena.kit.settings import Settings
from arena.money import payouts
from arena.money.payouts import send
from arena.people.access import Actor
from tests.money.creators import PAPERS, actor, balances, matured, pass_time, with_papers
from tests.money.payouts.test_gates import BROKEN, Payee

LARGE = 150_000


class Office:
    """Creators who have 2,000 dollars each, and two operators."""

    def __init__(self, db: Database, settings: Settings, operators: Sequence[Actor]) -> None:
        self.db = db
        self.settings = settings.model_copy(
            update={"payout_reserve_bps": 0, "payout_gateway": "manual"}
        )
        self.first, self.second = operators

    async def creator(self) -> Actor:
        me = await actor(self.db, "creator")
        account = payouts.NewPaper("account", "manual", "Ada Maker", "DE", "DE02120300000000202051")
        await with_papers(self.db, self.settings, me, self.first, *PAPERS[:2], account)
        await matured(
            self.db, self.settings, me.id, 200_000, idem=me.id, reference=f"sub_{me.id[4:]}"
        )
        return me

    async def ask(self, me: Actor, cents: int) -> payouts.Payout:
        async with self.db.transaction() as tx:
            return await payouts.request_payout(tx, self.settings, actor=me, amount=Money(cents))

    async def send(self) -> int:
        return await payouts.send_due(
            self.db, self.settings.vault, payouts.payout_gateways(self.db)
        )

    async def queue(
        self, *, after: tuple[datetime, str] | None = None, limit: int = 100
    ) -> payouts.Queue:
        async with self.db.transaction(readonly=True) as tx:
            return await payouts.queue(tx, identity_check="manual", after=after, limit=limit)

    async def do(
        self, verb: Callable[..., Awaitable[payouts.Payout]], who: Actor, one: payouts.Payout, **words: str
    ) -> payouts.Payout:  # fmt: skip
        async with self.db.transaction() as tx:
            return await verb(tx, one.id, actor=who, **words)

    async def arrived(self, me: Actor, cents: int) -> payouts.Payout:
        one = await self.ask(me, cents)
        if one.state == "requested":
            await self.do(payouts.approve_payout, self.first, one)
            await self.do(payouts.release_payout, self.second, one)
        await self.send()
        async with self.db.transaction() as tx:
            return await payouts.record_outcome(
                tx, one.id, payouts.Sent("paid", "SEPA 1"), actor=self.first
            )


@pytest.fixture
async def office(db: Database, settings: Settings) -> Office:
    return Office(db, settings, [await actor(db, "operator") for _ in range(2)])


async def test_payouts_in_transit_keep_none_that_are_reserved_waiting(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(send, "BATCH", 1)
    made = [await office.ask(await office.creator(), 3_000) for _ in range(3)]
    assert await office.send() == 3
    later = await office.ask(await office.creator(), 3_000)
    assert await office.send() == 1, "those before wait for somebody who pays by hand"
    found = await office.queue()
    assert [one.id for one in found.to_do] == [one.id for one in (*made, later)]
    assert {one.state for one in found.to_do} == {"in_transit"}


async def test_one_that_is_stopped_keeps_none_behind_it_waiting(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(send, "BATCH", 1)
    stopped, free = await office.creator(), await office.creator()
    for each in (stopped, free):
        await office.ask(each, 3_000)
    async with office.db.transaction() as tx:
        await payouts.stop_payouts(tx, stopped.id, reason="looked into", actor=office.first)
    assert await office.send() == 1
    found = await office.queue()
    [held] = found.on_the_way
    assert (held.person_id, [gate.name for gate in found.closed[held.id]]) == (stopped.id, ["no_stop"])  # fmt: skip


async def test_the_queue_goes_on_behind_its_first_page_and_counts_all_of_it(office: Office) -> None:
    large = [await office.ask(await office.creator(), LARGE) for _ in range(3)]
    small = await office.ask(await office.creator(), 3_000)
    first = await office.queue(limit=2)
    assert ([one.id for one in first.to_do], first.more) == ([one.id for one in large[:2]], True)
    assert (first.to_decide, first.on_the_way_count) == (3, 1)
    assert [one.id for one in first.on_the_way] == [small.id]
    last = first.to_do[-1]
    second = await office.queue(limit=2, after=(last.asked_at, last.id))
    assert ([one.id for one in second.to_do], second.more) == ([large[2].id], False)


async def test_what_ended_last_is_what_ended_last(office: Office) -> None:
    me = await office.creator()
    for _ in range(22):
        newest = await office.arrived(me, 3_000)
        pass_time(office.db, timedelta(days=1, seconds=1))
    found = await office.queue()
    assert len(found.settled) == 20
    assert found.settled[0].id == newest.id


@pytest.fixture
async def payee(db: Database, settings: Settings) -> Payee:
    people = [await actor(db, *roles) for roles in (("creator",), ("operator",), ("operator",))]
    made = Payee(db, settings, people)
    await with_papers(db, settings, made.me, made.first)
    await matured(db, settings, made.me.id, 200_000)
    return made


SINCE = [breaks for breaks, gate in BROKEN.items() if gate not in ("interval", "amount", "account")]


@pytest.mark.parametrize("breaks", SINCE, ids=lambda one: one.__name__)
async def test_a_gate_that_closed_since_the_request_keeps_it_back_at_every_step(
    payee: Payee, breaks: Callable[[Payee], Awaitable[None]]
) -> None:
    large = await payee.ask(LARGE)
    await breaks(payee)
    for again in (False, True):
        with pytest.raises(payouts.GatesClosed) as refused:
            async with payee.db.transaction() as tx:
                if again:  # as if it had closed between the two
                    await tx.execute(
                        "update payout set approved_by = $2 where id = $1", large.id, payee.first.id
                    )
                verb = payouts.release_payout if again else payouts.approve_payout
                await verb(tx, large.id, actor=payee.second)
        assert refused.value.facts["gates"].startswith(BROKEN[breaks])
    async with payee.db.transaction() as tx:
        await tx.execute("update payout set state = 'reserved' where id = $1", large.id)
    await payouts.send_due(payee.db, payee.settings.vault, payouts.payout_gateways(payee.db))
    async with payee.db.transaction() as tx:
        assert (await payouts.payouts_of(tx, payee.me.id))[0].state == "reserved", "it waits"


async def test_a_payout_whose_account_changed_since_is_not_approved(payee: Payee) -> None:
    large = await payee.ask(LARGE)
    await with_papers(payee.db, payee.settings, payee.me, payee.first, PAPERS[2])
    with pytest.raises(payouts.AccountSwapped):
        async with payee.db.transaction() as tx:
            await payouts.approve_payout(tx, large.id, actor=payee.first)


async def test_a_large_payout_comes_back_on_two_peoples_word(office: Office) -> None:
    me = await office.creator()
    one = await office.arrived(me, LARGE)
    why = {"reason": "the account was closed"}
    own = Actor("person", me.id, office.first.scopes)
    with pytest.raises(payouts.NotYourOwn):
        await office.do(payouts.reverse_payout, own, one, **why)
    with pytest.raises(payouts.NoReversal):
        await office.do(payouts.drop_reversal, office.second, one, **why)
    asked = await office.do(payouts.reverse_payout, office.first, one, **why)
    assert (asked.state, asked.reversal_asked_by) == ("paid", office.first.id)
    assert await balances(office.db, me.id) == {"available": 50_000}, "nothing has moved"
    with pytest.raises(payouts.ReversalAsked):
        await office.do(payouts.reverse_payout, office.first, one, **why)
    found = await office.queue()
    assert ([each.id for each in found.come_back], found.to_decide) == ([one.id], 1)
    for by in (office.first.id, me.id):
        with pytest.raises(asyncpg.CheckViolationError):
            async with office.db.transaction() as tx:
                await tx.execute("update payout set reversed_by = $2 where id = $1", one.id, by)
    await office.do(payouts.drop_reversal, office.second, one, **why)
    assert (await office.queue()).come_back == []
    await office.do(payouts.reverse_payout, office.second, one, **why)
    back = await office.do(payouts.reverse_payout, office.first, one, reason="found at the bank")
    assert (back.state, back.reversed_by) == ("reversed", office.first.id)
    assert (back.reason, await balances(office.db, me.id)) == (
        "found at the bank", {"available": 200_000}
    )  # fmt: skip
    with pytest.raises(payouts.PayoutMovedOn):
        await office.do(payouts.reverse_payout, office.second, one, **why)


async def test_a_small_payout_comes_back_on_one_persons_word_who_is_not_its_payee(
    office: Office,
) -> None:
    me = await office.creator()
    one = await office.arrived(me, 3_000)
    with pytest.raises(payouts.NotYourOwn):
        await office.do(payouts.reverse_payout, Actor("person", me.id), one, reason="mine")
    back = await office.do(payouts.reverse_payout, office.first, one, reason="closed")
    assert back.state == "reversed"
