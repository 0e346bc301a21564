"""Each gate alone keeps a payout from being asked for, and says which it is; two people are two people."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

import asyncpg
import pytest

from arena.kit.db import Database
from arena.kit.facts import Reaction, Routing
from arena.kit.money import Money
from arena.kit.outbox import drain
from arena.kit.settings import Settings
from arena.money import due_diligence, earnings, payouts
from arena.people.access import Actor
from tests.money.creators import PAPERS, actor, earn, matured, pass_time, with_papers

SCREENS = {
    fact: [Reaction(fact.__name__, partial(screen, score_min=80))]
    for fact, screen in (
        (due_diligence.PartyNamed, due_diligence.screen_named),
        (due_diligence.SanctionsListLoaded, due_diligence.screen_all),
    )
}


class Payee:
    """A creator with 1,000 dollars and accepted papers, and two operators."""

    def __init__(self, db: Database, settings: Settings, people: list[Actor]) -> None:
        self.db = Database(db.pool, db.clock, Routing(SCREENS))
        self.settings = settings.model_copy(update={"payout_reserve_bps": 0})
        self.me, self.first, self.second = people

    async def ask(self, cents: int | None = None) -> payouts.Payout:
        async with self.db.transaction() as tx:
            amount = None if cents is None else Money(cents)
            return await payouts.request_payout(tx, self.settings, actor=self.me, amount=amount)

    async def hand_in(self, paper: payouts.NewPaper) -> None:
        async with self.db.transaction() as tx:
            await payouts.hand_in(tx, self.settings.vault, paper, actor=self.me)

    async def load(self, name: str) -> None:
        async with self.db.transaction() as tx:
            content = f"name\n{name}\n".encode()
            await due_diligence.load_list(tx, "OFAC", content, actor=self.first)


@pytest.fixture
async def payee(db: Database, settings: Settings) -> Payee:
    people = [await actor(db, *roles) for roles in (("creator",), ("operator",), ("operator",))]
    made = Payee(db, settings, people)
    await with_papers(db, settings, made.me, made.first)
    await matured(db, settings, made.me.id, 100_000)
    return made


async def identity(payee: Payee) -> None:
    await payee.hand_in(PAPERS[0])


async def tax_form(payee: Payee) -> None:
    pass_time(payee.db, timedelta(days=4 * 366))


async def account(payee: Payee) -> None:
    await payee.hand_in(PAPERS[2])


async def account_of_another_name(payee: Payee) -> None:
    other = payouts.NewPaper("account", "fake", "Bob Taker", "DE", "DE02120300000000202051")
    await with_papers(payee.db, payee.settings, payee.me, payee.first, other)


async def sanctions(payee: Payee) -> None:
    await payee.load("Maker Ada")
    await drain(payee.db)


async def sanctions_not_compared_yet(payee: Payee) -> None:
    await payee.load("Somebody Else")


async def no_stop(payee: Payee) -> None:
    async with payee.db.transaction() as tx:
        await payouts.stop_payouts(tx, payee.me.id, reason="looked into", actor=payee.first)


async def reconciled(payee: Payee) -> None:
    async with payee.db.transaction() as tx:
        await tx.execute(
            """insert into journal_unmatched (journal_id, gateway)
               select id, 'fake' from journal where kind = 'payment.captured' limit 1"""
        )


async def interval(payee: Payee) -> None:
    await payee.ask(3_000)


async def amount(payee: Payee) -> None:
    payee.settings = payee.settings.model_copy(update={"payout_cents_min": 100_001})


BROKEN: dict[Callable[[Payee], Awaitable[None]], str] = {
    identity: "identity", tax_form: "tax_form", account: "account", account_of_another_name: "account",
    sanctions: "sanctions", sanctions_not_compared_yet: "sanctions", no_stop: "no_stop",
    reconciled: "reconciled", interval: "interval", amount: "amount",
}  # fmt: skip


@pytest.mark.parametrize("breaks", BROKEN, ids=lambda one: one.__name__)
async def test_each_gate_alone_keeps_a_payout_back(
    payee: Payee, breaks: Callable[[Payee], Awaitable[None]]
) -> None:
    async with payee.db.transaction() as tx:
        assert (await payouts.checklist_of(tx, payee.me.id, payee.settings)).passed
    await breaks(payee)
    with pytest.raises(payouts.PayoutBlocked) as refused:
        await payee.ask()
    assert refused.value.facts["gates"] == BROKEN[breaks]
    async with payee.db.transaction() as tx:
        found = await payouts.checklist_of(tx, payee.me.id, payee.settings)
    assert [gate.name for gate in found.gates if not gate.passed] == [BROKEN[breaks]]


async def test_every_gate_there_is_has_its_case(payee: Payee) -> None:
    async with payee.db.transaction() as tx:
        found = await payouts.checklist_of(tx, payee.me.id, payee.settings)
    assert {gate.name for gate in found.gates} == set(BROKEN.values())


async def test_who_comes_under_suspicion_after_the_request_is_not_sent_the_money(
    payee: Payee,
) -> None:
    asked = await payee.ask(50_000)
    await sanctions(payee)
    gateways = payouts.payout_gateways(payee.db)
    await payouts.send_due(payee.db, payee.settings.vault, gateways)
    async with payee.db.transaction() as tx:
        [found] = await payouts.payouts_of(tx, payee.me.id)
        [case] = await due_diligence.open_cases(tx)
        assert (found.id, found.state) == (asked.id, "reserved")
        await due_diligence.decide_case(
            tx, case.id, same=False, reason="born elsewhere", actor=payee.first
        )
    await payouts.send_due(payee.db, payee.settings.vault, gateways)
    async with payee.db.transaction() as tx:
        assert (await payouts.payouts_of(tx, payee.me.id))[0].state == "in_transit"


async def test_one_operator_is_one_person_however_he_tries(payee: Payee) -> None:
    await earn(payee.db, payee.me.id, 200_000, idem="pay_2", reference="sub_2")
    pass_time(payee.db, timedelta(days=8))
    await earnings.mature_due(payee.db, earnings.Hold.of(payee.settings).wait)
    asked = await payee.ask(150_000)
    assert asked.state == "requested"

    async def refused(who: Actor, verb: Callable[..., Awaitable[payouts.Payout]]) -> str:
        with pytest.raises((payouts.SecondPersonNeeded, payouts.NotYourOwn)) as found:
            async with payee.db.transaction() as tx:
                await verb(tx, asked.id, actor=who)
        return type(found.value).__name__

    payee_too = Actor("person", payee.me.id, payee.first.scopes)
    assert await refused(payee.first, payouts.release_payout) == "SecondPersonNeeded"
    assert await refused(payee_too, payouts.approve_payout) == "NotYourOwn"
    async with payee.db.transaction() as tx:
        await payouts.approve_payout(tx, asked.id, actor=payee.first)
        await payouts.approve_payout(tx, asked.id, actor=payee.second)  # the first yes stands
    assert await refused(payee.first, payouts.release_payout) == "SecondPersonNeeded"
    assert await refused(payee_too, payouts.release_payout) == "NotYourOwn"
    for by in (payee.first.id, payee.me.id):
        with pytest.raises(asyncpg.CheckViolationError):
            async with payee.db.transaction() as tx:
                await tx.execute("update payout set released_by = $2 where id = $1", asked.id, by)
    async with payee.db.transaction() as tx:
        released = await payouts.release_payout(tx, asked.id, actor=payee.second)
    assert released.state == "reserved"


async def test_an_identity_needs_a_document_where_the_operator_asks_for_one(payee: Payee) -> None:
    await payee.hand_in(PAPERS[0])
    async with payee.db.transaction() as tx:
        paper = (await payouts.papers_of(tx, payee.me.id))["identity"]

    async def accept() -> payouts.Paper:
        async with payee.db.transaction() as tx:
            return await payouts.decide_paper(
                tx, paper.id, accept=True, actor=payee.first, reason=None, documents_required=True
            )

    async def keep(kind: due_diligence.DocumentKind, content: bytes) -> None:
        async with payee.db.transaction() as tx:
            await due_diligence.keep_document(
                tx, payee.settings.vault, kind, content, keep_days=100, actor=payee.me
            )

    await keep("address", b"%PDF-1.7 a bill")
    with pytest.raises(payouts.DocumentMissing):
        await accept()
    await keep("passport", b"\xff\xd8\xff a photograph")
    assert (await accept()).state == "accepted"
    async with payee.db.transaction() as tx:
        [document, *_] = await due_diligence.documents_of(tx, payee.me.id)
    with pytest.raises(payouts.DocumentNeeded):
        async with payee.db.transaction() as tx:
            await payouts.withdraw_document(tx, document.id, actor=payee.me)


async def test_documents_are_erased_when_their_time_is_over_and_soon_after_a_refusal(
    payee: Payee,
) -> None:
    await payee.hand_in(PAPERS[0])
    async with payee.db.transaction() as tx:
        paper = (await payouts.papers_of(tx, payee.me.id))["identity"]
        kept = await due_diligence.keep_document(
            tx, payee.settings.vault, "passport", b"%PDF-1.7", keep_days=1_826, actor=payee.me
        )
        await payouts.decide_paper(tx, paper.id, accept=False, actor=payee.first, reason="cut off")
    assert await due_diligence.erase_due(payee.db) == 0
    pass_time(payee.db, timedelta(days=31))
    assert await due_diligence.erase_due(payee.db) == 1
    assert await due_diligence.erase_due(payee.db) == 0
    async with payee.db.transaction() as tx:
        row = await tx.one("select sealed, sha from payee_document where id = $1", kept.id)
        assert (row["sealed"], row["sha"]) == (None, kept.sha)
        with pytest.raises(due_diligence.NoSuchDocument):
            await due_diligence.look_at(tx, kept.id, actor=payee.first, reason="too late")


@pytest.mark.parametrize(
    ("standing", "state"),
    [
        ("null", "closed_there"),
        ("(true, true, '{}', 'ba_1', null)", "passed"),
        ("(true, true, '{individual.id_number}', 'ba_1', null)", "due_there"),
        ("(false, false, '{}', null, null)", "unfinished"),
        ("(false, true, '{}', null, null)", "checked_there"),
        ("(false, true, '{}', null, 'rejected.fraud')", "closed_there"),
    ],
)
async def test_where_stripe_finds_out_who_a_payee_is_its_word_is_the_gate(
    payee: Payee, standing: str, state: str
) -> None:
    payee.settings = payee.settings.model_copy(update={"identity_check": "stripe"})
    await payee.hand_in(PAPERS[0])  # nobody has looked at it, and nobody has to
    if standing != "null":
        async with payee.db.transaction() as tx:
            await tx.execute(
                f"""insert into connected_account (id, person_id, gateway, country, form, account_id, at,
                      payouts_enabled, details_submitted, due, bank_id, problem)
                    select 'cac_1', $1, 'stripe', 'DE', 'person', 'acct_1', $2,
                      v.a, v.b, v.c::text[], v.d, v.e from (values {standing}) v(a, b, c, d, e)""",
                payee.me.id, tx.now,
            )  # fmt: skip
    async with payee.db.transaction() as tx:
        found = await payouts.checklist_of(tx, payee.me.id, payee.settings)
    assert [gate.state for gate in found.gates if gate.name == "identity"] == [state]
