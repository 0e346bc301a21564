"""Papers of a payee: what is on them is checked, their secrets are sealed, a look at them leaves a line."""

from datetime import UTC, datetime

import pytest

from arena.evidence import audit
from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.money import payouts
from tests.money.creators import PAPERS, actor, with_papers


@pytest.mark.parametrize(
    ("paper", "words"),
    [
        (payouts.NewPaper("tax_form", "w9", "Ada", "DE", "123456789"), "W-9 is for"),
        (payouts.NewPaper("tax_form", "w8ben", "Ada", "US", "123456789"), "W-9 is for"),
        (payouts.NewPaper("tax_form", "w9", "Ada", "US", "1234"), "nine digits"),
        (payouts.NewPaper("tax_form", "w8ben", "Ada", "DE", ""), "tax number"),
        (payouts.NewPaper("account", "fake", "Ada", "DE", "DE;DROP"), "account number"),
        (payouts.NewPaper("account", "cash", "Ada", "DE", "DE123456"), "none of"),
        (payouts.NewPaper("identity", "person", "  ", "DE"), "legal name"),
        (payouts.NewPaper("identity", "person", "Ada", "Germany"), "two letters"),
    ],
)
async def test_a_form_that_cannot_hold_is_refused_in_words(
    db: Database, settings: Settings, paper: payouts.NewPaper, words: str
) -> None:
    me = await actor(db, "creator")
    with pytest.raises(payouts.BadPaper, match=words):
        async with db.transaction() as tx:
            await payouts.hand_in(tx, settings.vault, paper, actor=me)


async def test_a_tax_number_is_sealed_its_end_is_shown_and_every_look_is_kept(
    db: Database, settings: Settings
) -> None:
    me, operator = await actor(db, "creator"), await actor(db, "operator")
    form = payouts.NewPaper("tax_form", "w9", "Ada Maker", "US", "123-45-6789")
    async with db.transaction() as tx:
        paper = await payouts.hand_in(tx, settings.vault, form, actor=me)
        assert (paper.state, paper.hint, paper.expires_at) == ("waiting", "6789", None)
        everything = await tx.fetchval(
            "select string_agg(p::text, '') || (select string_agg(a::text, '') from audit_event a) from payee_paper p"
        )
        assert "45-678" not in everything
        assert (
            await payouts.reveal(tx, settings.vault, paper.id, actor=operator, reason="form 1099")
            == "123-45-6789"
        )
        [seen] = await audit.search(tx, object=paper.id, action="payouts.reveal", limit=5)
    assert (seen.actor, seen.reason) == (operator.id, "form 1099")


async def test_a_form_w8_holds_to_the_end_of_the_third_year(
    db: Database, settings: Settings
) -> None:
    me = await actor(db, "creator")
    async with db.transaction() as tx:
        paper = await payouts.hand_in(tx, settings.vault, PAPERS[1], actor=me)
    assert paper.expires_at == datetime(db.clock.now().year + 4, 1, 1, tzinfo=UTC)


async def test_a_newer_paper_replaces_the_one_before_and_waits_again(
    db: Database, settings: Settings
) -> None:
    me, operator = await actor(db, "creator"), await actor(db, "operator")
    await with_papers(db, settings, me, operator)
    async with db.transaction() as tx:
        newer = await payouts.hand_in(tx, settings.vault, PAPERS[0], actor=me)
        found = await payouts.papers_of(tx, me.id)
        waiting = await payouts.papers_waiting(tx)
    assert found["identity"].id == newer.id
    assert {kind: paper.state for kind, paper in found.items()} == {
        "identity": "waiting", "tax_form": "accepted", "account": "accepted",
    }  # fmt: skip
    assert [paper.id for paper in waiting] == [newer.id]


async def test_a_paper_is_decided_once_by_somebody_else_and_a_refusal_says_why(
    db: Database, settings: Settings
) -> None:
    me, operator = await actor(db, "creator", "operator"), await actor(db, "operator")
    async with db.transaction() as tx:
        paper = await payouts.hand_in(tx, settings.vault, PAPERS[0], actor=me)
        with pytest.raises(payouts.NotYourOwn):
            await payouts.decide_paper(tx, paper.id, accept=True, actor=me, reason=None)
        with pytest.raises(payouts.BadPaper, match="why"):
            await payouts.decide_paper(tx, paper.id, accept=False, actor=operator, reason=None)
        refused = await payouts.decide_paper(
            tx, paper.id, accept=False, actor=operator, reason="the name is cut off"
        )
        with pytest.raises(payouts.PaperDecided):
            await payouts.decide_paper(tx, paper.id, accept=True, actor=operator, reason=None)
        with pytest.raises(payouts.NoSuchPaper):
            await payouts.decide_paper(tx, "ppr_none", accept=True, actor=operator, reason=None)
    assert (refused.state, refused.reason) == ("refused", "the name is cut off")
