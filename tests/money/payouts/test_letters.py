"""Letters to who is paid: each move of the money once, in words that say what is next."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest

from arena.kit.clock import TapeClock
from arena.kit.db import Database
from arena.kit.facts import Routing
from arena.kit.mail import choose_mail
from arena.kit.money import Money
from arena.kit.outbox import drain, react_once
from arena.kit.settings import Settings
from arena.money import due_diligence, payouts, statements
from arena.money.billing import DisputeClosed, DisputeOpened, FakeGateway, send
from arena.money.billing.dispute import Told, dispute_stands
from arena.people.access import Actor, Post
from arena.reactions import table
from arena.trading.venues.bars import BarVenue
from tests.money.billing.till import begin, buyer
from tests.money.creators import PAPERS, actor, matured, with_papers


class Mailbox:
    """What was written to a creator, by its subject; all reactions of an arena run."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self.settings = settings.model_copy(
            update={"payout_reserve_bps": 0, "payout_two_people_cents": 50_000}
        )
        post = Post(choose_mail(settings.home, None, None), self.settings)
        self.db = Database(db.pool, db.clock, table(BarVenue({}), post))

    async def letters(self) -> dict[str, str]:
        while await drain(self.db) or await react_once(self.db, impatient=True, outward=True):
            pass
        found = {}
        for path in sorted((self.settings.home / "mail").rglob("*.eml")):
            letter = message_from_bytes(path.read_bytes(), policy=default)
            body = letter.get_body(("plain",))
            assert body is not None
            found[str(letter["subject"])] = re.sub(r"\s+", " ", body.get_content())
        return found


@pytest.fixture
async def people(db: Database) -> tuple[Actor, Actor, Actor]:
    first, second = await actor(db, "operator"), await actor(db, "operator")
    return await actor(db, "creator"), first, second


@pytest.fixture
def box(db: Database, settings: Settings) -> Mailbox:
    return Mailbox(db, settings)


async def test_a_payout_writes_at_each_step_until_it_has_arrived(
    box: Mailbox, people: tuple[Actor, Actor, Actor]
) -> None:
    me, first, second = people
    await with_papers(box.db, box.settings, me, first)
    await matured(box.db, box.settings, me.id, 100_000)
    async with box.db.transaction() as tx:
        asked = await payouts.request_payout(tx, box.settings, actor=me, amount=Money(60_000))
        await payouts.approve_payout(tx, asked.id, actor=first)
        await payouts.release_payout(tx, asked.id, actor=second)
    for _ in range(2):
        await payouts.send_due(box.db, box.settings.vault, payouts.payout_gateways(box.db))
    found = await box.letters()
    for subject, words in (
        ("You asked for a payout", "600.00 USD. It is set aside and two operators look at it"),
        ("Your payout was approved", "A second one has to release it"),
        ("Your payout was released", "It is sent within the hour"),
        ("Your payout is on its way", "up to three working days"),
        ("Your payout has arrived", "Its reference is fpo_"),
    ):
        assert words in found[subject], subject
        assert "/studio/payouts" in found[subject]
    async with box.db.transaction() as tx:
        for each in (first, second):
            await payouts.reverse_payout(tx, asked.id, reason="the account was closed", actor=each)
    assert (
        "the account was closed. The money is available"
        in (await box.letters())["Your payout came back"]
    )


async def test_a_payout_that_fails_says_why(
    box: Mailbox, people: tuple[Actor, Actor, Actor]
) -> None:
    me, first, _ = people
    bad = payouts.NewPaper("account", "fake", "Ada Maker", "DE", "DE02120300000000201111")
    await with_papers(box.db, box.settings, me, first, *PAPERS[:2], bad)
    await matured(box.db, box.settings, me.id, 10_000)
    async with box.db.transaction() as tx:
        await payouts.request_payout(tx, box.settings, actor=me)
    for _ in range(2):
        await payouts.send_due(box.db, box.settings.vault, payouts.payout_gateways(box.db))
    found = await box.letters()
    assert "sent within the hour" in found["You asked for a payout"]
    assert "The bank sent it back." in found["Your payout did not arrive"]


async def test_a_tax_form_that_expires_is_told_of_once_and_in_time(
    box: Mailbox, people: tuple[Actor, Actor, Actor]
) -> None:
    me, first, _ = people
    await with_papers(box.db, box.settings, me, first)
    assert await payouts.warn_expiring(box.db) == 0
    ends = datetime(box.db.clock.now().year + 4, 1, 1, tzinfo=UTC)
    assert isinstance(box.db.clock, TapeClock)
    box.db.clock.move_to(ends - timedelta(days=40))
    assert await payouts.warn_expiring(box.db) == 1
    assert await payouts.warn_expiring(box.db) == 0
    told = (await box.letters())["Your tax form is about to expire"]
    assert f"holds until 1 January {ends.year}" in told
    assert "/studio/payouts/papers/tax_form" in told


async def test_who_is_looked_into_is_told_and_told_what_came_of_it(
    box: Mailbox, people: tuple[Actor, Actor, Actor]
) -> None:
    me, first, _ = people
    await with_papers(box.db, box.settings, me, first)
    async with box.db.transaction() as tx:
        await due_diligence.load_list(tx, "OFAC", b"name\nMaker Ada\n", actor=first)
    assert "An operator looks at it" in (await box.letters())["Your name is looked into"]
    async with box.db.transaction() as tx:
        [case] = await due_diligence.open_cases(tx)
        await due_diligence.decide_case(tx, case.id, same=False, reason="born later", actor=first)
    assert "it is somebody else" in (await box.letters())["Your name was looked into"]


async def test_a_closed_month_is_written_about_once(
    box: Mailbox, people: tuple[Actor, Actor, Actor]
) -> None:
    me, _, _ = people
    await matured(box.db, box.settings, me.id, 12_345)
    now = box.db.clock.now()
    assert isinstance(box.db.clock, TapeClock)
    month = (now.replace(day=1) + timedelta(days=32)).replace(day=2)
    box.db.clock.move_to(month)
    await statements.close_due(box.db)
    found = await box.letters()
    about = {
        subject: said for subject, said in found.items() if subject.startswith("Your statement")
    }
    assert sorted(about) == ["Your statement for 2021-09", "Your statement for 2021-10"]
    assert all("closed with 123.45 USD" in said for said in about.values())
    assert "/studio/statements/2021-10" in about["Your statement for 2021-10"]


async def test_a_paper_that_was_decided_is_told_of_with_its_reason(
    box: Mailbox, people: tuple[Actor, Actor, Actor]
) -> None:
    me, first, _ = people
    async with box.db.transaction() as tx:
        papers = [
            await payouts.hand_in(tx, box.settings.vault, each, actor=me) for each in PAPERS[:2]
        ]
        for paper, accept in zip(papers, (True, False), strict=True):
            await payouts.decide_paper(
                tx, paper.id, accept=accept, actor=first, reason=None if accept else "cut off"
            )
    found = await box.letters()
    assert "an operator has accepted who you are." in found["Accepted for your payouts"]
    refused = found["Refused for your payouts"]
    assert "has refused your tax form: cut off." in refused
    assert "/studio/payouts/papers/tax_form" in refused


async def test_a_creator_is_told_that_a_charge_is_disputed_and_how_it_ended(
    box: Mailbox, people: tuple[Actor, Actor, Actor]
) -> None:
    plain = Database(box.db.pool, box.db.clock, Routing())  # there is no subscription to it
    charge = replace(await buyer(plain), payee_id=people[0].id)
    attempt = await send(plain, FakeGateway(plain), (await begin(plain, charge)).id)
    told = Told("dp_1", Money(9_900), 1_500)
    async with plain.transaction() as tx:
        dispute = await dispute_stands(tx, attempt.id, told, "open")
    post = Post(choose_mail(box.settings.home, None, None), box.settings)
    opened = DisputeOpened("sub_1", attempt.id, dispute.id, charge.person_id, 9_900, "USD")
    closed = DisputeClosed("sub_1", attempt.id, dispute.id, charge.person_id, won=True)
    async with plain.transaction() as tx:
        for _ in range(2):  # delivered at least once
            await payouts.send_dispute_opened(tx, opened, post=post)
            await payouts.send_dispute_closed(tx, closed, post=post)
    found = await box.letters()
    assert "a charge of 99.00 USD" in found["A charge is disputed"]
    assert "your part of it is yours again" in found["A dispute was won"]
    assert len(list((box.settings.home / "mail").rglob("*.eml"))) == 2
