"""A payout from the request to the bank: set aside, released, sent, arrived or given back; once, whatever crashes."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import pytest

from arena.kit.db import Database
from arena.kit.money import Money
from arena.kit.settings import Settings
from arena.money import payouts
from arena.people.access import Actor
from tests.money.creators import (
    PAPERS,
    actor,
    balances,
    matured,
    pass_time,
    take_back,
    with_papers,
)


class Payee:
    """A creator with 1,000 dollars and accepted papers, and two operators."""

    def __init__(self, db: Database, settings: Settings, people: list[Actor]) -> None:
        self.db, self.settings = db, settings.model_copy(update={"payout_reserve_bps": 0})
        self.me, self.first, self.second = people
        self.gateways = payouts.payout_gateways(db)

    async def ask(self, cents: int | None = None) -> payouts.Payout:
        async with self.db.transaction() as tx:
            amount = None if cents is None else Money(cents)
            return await payouts.request_payout(tx, self.settings, actor=self.me, amount=amount)

    async def send(self, gateways: Mapping[str, payouts.PayoutGateway] | None = None) -> int:
        return await payouts.send_due(self.db, self.settings.vault, gateways or self.gateways)

    async def newest(self) -> payouts.Payout:
        async with self.db.transaction() as tx:
            return (await payouts.payouts_of(tx, self.me.id))[0]

    async def has(self) -> dict[str, int]:
        return await balances(self.db, self.me.id)


@pytest.fixture
async def payee(db: Database, settings: Settings) -> Payee:
    people = [await actor(db, *roles) for roles in (("creator",), ("operator",), ("operator",))]
    made = Payee(db, settings, people)
    await with_papers(db, settings, made.me, made.first)
    await matured(db, settings, made.me.id, 100_000)
    return made


async def test_a_small_payout_is_set_aside_sent_and_arrives(payee: Payee) -> None:
    asked = await payee.ask(60_000)
    assert (asked.state, asked.amount) == ("reserved", Money(60_000))
    assert await payee.has() == {"available": 100_000}
    await payee.send()
    sent = await payee.newest()
    assert (sent.state, sent.accepted) == ("in_transit", True)
    assert await payee.has() == {"available": 40_000}
    assert await payee.send() == 1
    paid = await payee.newest()
    assert paid.state == "paid"
    assert paid.bank_reference
    assert await payee.send() == 0
    async with payee.db.transaction() as tx:
        assert await tx.fetchval("select count(*) from fake_payout") == 1
        assert await tx.fetchval("select count(*) from fact where kind = 'PayoutMoved'") == 3


async def test_a_large_payout_needs_two_operators_who_are_not_its_payee(payee: Payee) -> None:
    asked = await payee.ask()
    assert (asked.state, asked.amount) == ("requested", Money(100_000))
    await payee.send()
    assert (await payee.newest()).state == "requested"

    async def decide(verb: object, who: Actor) -> payouts.Payout:
        async with payee.db.transaction() as tx:
            return await verb(tx, asked.id, actor=who)  # type: ignore[operator,no-any-return]  # either verb

    with pytest.raises(payouts.SecondPersonNeeded):
        await decide(payouts.release_payout, payee.first)
    with pytest.raises(payouts.NotYourOwn):
        await decide(payouts.approve_payout, payee.me)
    await decide(payouts.approve_payout, payee.first)
    with pytest.raises(payouts.SecondPersonNeeded):
        await decide(payouts.release_payout, payee.first)
    with pytest.raises(payouts.NotYourOwn):
        await decide(payouts.release_payout, payee.me)
    assert (await decide(payouts.release_payout, payee.second)).state == "reserved"
    with pytest.raises(payouts.PayoutMovedOn):
        await decide(payouts.release_payout, payee.second)


async def test_the_database_too_refuses_one_operator_for_both(payee: Payee) -> None:
    import asyncpg

    asked = await payee.ask()
    with pytest.raises(asyncpg.CheckViolationError):
        async with payee.db.transaction() as tx:
            await tx.execute(
                "update payout set approved_by = $2, released_by = $2 where id = $1",
                asked.id,
                payee.first.id,
            )


@pytest.mark.parametrize(
    ("gate", "state"),
    [
        ("identity", "none"), ("tax_form", "none"), ("account", "none"), ("tax_form", "expired"),
        ("account", "other_name"), ("no_stop", "stopped"), ("reconciled", "unmatched"),
        ("interval", "early"), ("amount", "short"),
    ],
)  # fmt: skip
async def test_each_gate_alone_blocks_a_payout(payee: Payee, gate: str, state: str) -> None:
    await _close(payee, gate, state)
    async with payee.db.transaction() as tx:
        found = await payouts.checklist_of(tx, payee.me.id, payee.settings)
    closed = [(each.name, each.state) for each in found.gates if not each.passed]
    assert closed == [(gate, state)]
    with pytest.raises(payouts.PayoutBlocked, match=gate):
        await payee.ask()


async def _close(payee: Payee, gate: str, state: str) -> None:
    async with payee.db.transaction() as tx:
        if state == "none":
            await tx.execute("delete from payee_paper where kind = $1", gate)
        elif state == "stopped":
            await payouts.stop_payouts(
                tx, payee.me.id, reason="claims are looked into", actor=payee.first
            )
        elif state == "short":
            payee.settings = payee.settings.model_copy(update={"payout_cents_min": 100_001})
    if state == "other_name":
        theirs = payouts.NewPaper(
            "account", "fake", "Bob Thief", "DE", "DE02 1203 0000 9999 9999 99"
        )
        await with_papers(payee.db, payee.settings, payee.me, payee.first, theirs)
    elif state == "expired":
        pass_time(payee.db, timedelta(days=366 * 4))
    elif state == "early":
        await payee.ask(5_000)
        await payee.send()
        await payee.send()
    elif state == "unmatched":
        async with payee.db.transaction() as tx:
            journal_id = await tx.fetchval("select id from journal order by at limit 1")
            await tx.execute(
                "insert into journal_unmatched (journal_id, gateway) values ($1, 'fake')",
                journal_id,
            )


async def test_a_ledger_that_is_off_pays_nobody(payee: Payee) -> None:
    async with (
        payee.db.transaction() as tx
    ):  # as the owner of the tables, who may do what the application cannot
        await tx.execute("alter table ledger_account disable trigger frozen")
        await tx.execute(
            "update ledger_account set debits_posted = debits_posted + 1 where code = 'gateway:fake:balance'"
        )
    with pytest.raises(payouts.PayoutBlocked, match="reconciled"):
        await payee.ask()


async def test_a_day_later_the_next_one_goes(payee: Payee) -> None:
    await payee.ask(5_000)
    with pytest.raises(payouts.PayoutBlocked, match="interval"):
        await payee.ask(5_000)
    await payee.send()
    await payee.send()
    pass_time(payee.db, timedelta(hours=24))
    assert (await payee.ask(5_000)).state == "reserved"


async def test_less_than_the_minimum_and_more_than_there_is_are_refused(payee: Payee) -> None:
    for cents in (2_499, 100_001):
        with pytest.raises(payouts.TooLittle, match=r"25\.00 USD"):
            await payee.ask(cents)


async def test_of_ten_requests_at_once_one_is_made(payee: Payee) -> None:
    told = await asyncio.gather(*(payee.ask(5_000) for _ in range(10)), return_exceptions=True)
    assert sum(isinstance(each, payouts.Payout) for each in told) == 1
    assert all(isinstance(each, payouts.Payout | payouts.PayoutBlocked) for each in told)


async def test_a_payout_that_was_not_sent_can_be_cancelled_and_gives_back(payee: Payee) -> None:
    asked = await payee.ask(5_000)
    async with payee.db.transaction() as tx:
        for _ in range(2):
            assert (await payouts.cancel_payout(tx, asked.id, actor=payee.me)).state == "cancelled"
    assert (await payee.ask(100_000)).state == "requested"
    stranger = await actor(payee.db, "creator")
    with pytest.raises(payouts.NoSuchPayout):
        async with payee.db.transaction() as tx:
            await payouts.cancel_payout(tx, (await payee.newest()).id, actor=stranger)


async def test_what_is_in_transit_cannot_be_cancelled(payee: Payee) -> None:
    asked = await payee.ask(5_000)
    await payee.send()
    with pytest.raises(payouts.PayoutMovedOn, match="in_transit"):
        async with payee.db.transaction() as tx:
            await payouts.cancel_payout(tx, asked.id, actor=payee.me)


@pytest.mark.parametrize(
    ("number", "words"),
    [("DE99 0000 0000 0000", "does not know"), ("DE99 1111 1111 1111", "sent it back")],
)
async def test_a_payout_that_fails_gives_back_all(payee: Payee, number: str, words: str) -> None:
    bad = payouts.NewPaper("account", "fake", "Ada Maker", "DE", number)
    await with_papers(payee.db, payee.settings, payee.me, payee.first, bad)
    await payee.ask(60_000)
    await payee.send()
    await payee.send()
    failed = await payee.newest()
    assert failed.state == "failed"
    assert words in (failed.reason or "")
    assert await payee.has() == {"available": 100_000}
    assert (await payee.ask(60_000)).state == "reserved", "the day between payouts is not spent"


async def test_an_account_swapped_after_the_request_gets_nothing(payee: Payee) -> None:
    await payee.ask(60_000)
    await with_papers(payee.db, payee.settings, payee.me, payee.first, PAPERS[2])
    await payee.send()
    found = await payee.newest()
    assert found.state == "cancelled"
    assert "changed" in (found.reason or "")
    async with payee.db.transaction() as tx:
        assert await tx.fetchval("select count(*) from fake_payout") == 0
    assert (await payee.ask(60_000)).state == "reserved"


async def test_who_is_stopped_meanwhile_waits_until_the_stop_is_lifted(payee: Payee) -> None:
    await payee.ask(60_000)
    async with payee.db.transaction() as tx:
        await payouts.stop_payouts(tx, payee.me.id, reason="looked into", actor=payee.first)
        await payouts.stop_payouts(tx, payee.me.id, reason="again", actor=payee.second)
        [stop] = await payouts.stops(tx)
    await payee.send()
    assert (await payee.newest()).state == "reserved"
    async with payee.db.transaction() as tx:
        await payouts.lift_stop(tx, stop.id, actor=payee.second, reason="all is well")
    await payee.send()
    assert (await payee.newest()).state == "in_transit"


async def test_a_payout_by_hand_arrives_when_an_operator_says_so(payee: Payee) -> None:
    payee.settings = payee.settings.model_copy(update={"payout_gateway": "manual"})
    with pytest.raises(payouts.PayoutBlocked, match="account"):
        await payee.ask(60_000)
    bank = payouts.NewPaper("account", "manual", "Ada Maker", "DE", "DE02120300000000202051")
    await with_papers(payee.db, payee.settings, payee.me, payee.first, bank)
    asked = await payee.ask(60_000)
    await payee.send()
    await payee.send()
    assert (await payee.newest()).state == "in_transit"

    async def say(sent: payouts.Sent) -> payouts.Payout:
        async with payee.db.transaction() as tx:
            return await payouts.record_outcome(tx, asked.id, sent, actor=payee.first)

    with pytest.raises(payouts.BadPaper, match="reference"):
        await say(payouts.Sent("paid"))
    paid = await say(payouts.Sent("paid", "SEPA 4711"))
    assert (paid.state, paid.bank_reference) == ("paid", "SEPA 4711")
    with pytest.raises(payouts.PayoutMovedOn):
        await say(payouts.Sent("failed", None, "no"))


async def test_a_payout_that_came_back_is_available_again_after_debts(payee: Payee) -> None:
    asked = await payee.ask(99_000)
    await payee.send()
    await payee.send()
    await take_back(payee.db, payee.me.id, 3_000, idem="ref_1")
    assert await payee.has() == {"clawback": 2_000}
    async with payee.db.transaction() as tx:
        back = await payouts.reverse_payout(
            tx, asked.id, reason="the account was closed", actor=payee.first
        )
    assert back.state == "reversed"
    assert await payee.has() == {"available": 99_000, "clawback": 2_000}
    with pytest.raises(payouts.PayoutBlocked, match="interval"):
        await payee.ask()
    pass_time(payee.db, timedelta(days=1))
    assert (await payee.ask()).amount == Money(97_000)
    assert await payee.has() == {"available": 97_000}


class Crash(Exception):
    """The process died."""


class Dying:
    """The fake gateway, which dies before or after it has done what it was asked; once."""

    name = "fake"

    def __init__(self, real: payouts.PayoutGateway, *, after: bool, in_: str) -> None:
        self.real, self.after, self.in_, self.dead = real, after, in_, False

    async def _call(self, verb: str, *words: object) -> payouts.Sent | None:
        call = getattr(self.real, verb)
        if verb != self.in_ or self.dead:
            return await call(*words)  # type: ignore[no-any-return]  # one of the two below
        self.dead = True
        if self.after:
            await call(*words)
        raise Crash

    async def send(self, key: str, amount: Money, destination: str) -> payouts.Sent:
        sent = await self._call("send", key, amount, destination)
        assert sent is not None
        return sent

    async def find(self, key: str) -> payouts.Sent | None:
        return await self._call("find", key)


@pytest.mark.parametrize("verb", ["send", "find"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_crash_around_the_gateway_pays_once(payee: Payee, verb: str, after: bool) -> None:
    await payee.ask(60_000)
    dying = Dying(payee.gateways["fake"], after=after, in_=verb)
    with pytest.raises(Crash):
        await payee.send({"fake": dying})
    assert (await payee.newest()).state == "in_transit"
    assert sum((await payee.has()).values()) == 100_000, "nothing has moved yet"
    for _ in range(3):
        await payee.send()
    assert (await payee.newest()).state == "paid"
    async with payee.db.transaction() as tx:
        sums = await tx.fetchval("select sum(amount) from fake_payout")
    assert sums == 60_000
    assert await payee.has() == {"available": 40_000}


async def test_a_crash_in_the_settlement_undoes_all_of_it(payee: Payee) -> None:
    asked = await payee.ask(60_000)
    await payee.send()
    with pytest.raises(Crash):
        async with payee.db.transaction() as tx:
            await payouts.settle(tx, asked.id, payouts.Sent("paid", "fpo_1"))
            raise Crash
    assert (await payee.newest()).state == "in_transit"
    assert await payee.has() == {"available": 40_000}
    await asyncio.gather(*(payee.send() for _ in range(4)))
    assert (await payee.newest()).state == "paid"


async def test_a_silent_gateway_keeps_payouts_waiting(payee: Payee) -> None:
    class Silent(Dying):
        async def _call(self, verb: str, *words: object) -> payouts.Sent | None:
            raise payouts.PayoutGatewayUnavailable

    await payee.ask(60_000)
    silent = Silent(payee.gateways["fake"], after=False, in_="send")
    assert await payee.send({"fake": silent}) == 0
    assert (await payee.newest()).state == "in_transit"
    await payee.send()
    await payee.send()
    assert (await payee.newest()).state == "paid"
