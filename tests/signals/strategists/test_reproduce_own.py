"""Cards of creators' own models are computed again where their code was sent: hosted, to the last bit, or with the
reason why not; whatever the code tries, the worker and other cards are unhurt."""

import pytest

from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.signals.lab import cards, sources
from arena.signals.lab.own import Source
from arena.signals.strategists import reproduce_next
from arena.signals.strategists.hosting import hosting_works, note_hosting
from tests.signals.lab.own.stage import CROSS, CROSS_PLAN, OS, honest, written
from tests.signals.strategists.hosted_sources import (
    author,
    claimed_card,
    kept_card,
    own_card,
    sent,
)
from tests.signals.strategists.test_reproduce import sample_card


@pytest.fixture
def hosting(settings: Settings) -> Settings:
    return settings.model_copy(update={"host_strategies": True})


async def outcome_of(db: Database, sha: str) -> tuple[str, str]:
    """The label, and what the newest try found, as everybody reads it."""
    async with db.transaction(readonly=True) as tx:
        kept = await cards.card(tx, sha)
    return kept.label, "\n".join(kept.reproductions[-1].differences)


@pytest.mark.slow
@pytest.mark.parametrize("source", [honest(), written(CROSS)], ids=["planned", "bar by bar"])
async def test_the_card_of_an_own_model_is_reproduced_to_the_last_bit(
    db: Database, hosting: Settings, source: Source
) -> None:
    creator = await author(db)
    sha = await kept_card(db, creator, own_card(source))
    assert await reproduce_next(db, hosting) is None  # nobody has sent the code yet
    kept = await sent(db, hosting, creator, source)
    assert await reproduce_next(db, hosting) == "reproduced"
    assert await outcome_of(db, sha) == ("reproduced", "")
    async with db.transaction() as tx:
        report = (await sources.source_by_id(tx, kept.id)).reports[-1]
        assert (report.kind, report.outcome, report.about) == ("card", "reproduced", sha)
        await sources.delete_source(tx, creator, kept.sha)
    assert (await outcome_of(db, sha))[0] == "self_reported"


SECRET = "edge_of_mine = 1 / 0  # buy at seven"
HOSTILE = {
    "loops": (written(plan="while True: pass"), "took longer than 10 s"),
    "allocates": (written(plan="return np.ones(10**11)"), "more than 512 MB"),
    "opens a socket": (written(plan=OS + "statistics.sys.modules['socket'].socket()"), "stopped while it planned"),
    "raises": (written(plan=SECRET), "ZeroDivisionError"),
    "looks ahead": (
        written(CROSS, plan=CROSS_PLAN.replace('table["fast"]', 'np.roll(table["fast"], -1)')),
        "looks ahead: what `plan` decided",
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("way", sorted(HOSTILE))
async def test_hostile_code_fails_its_own_card_in_clear_words_and_no_other(
    db: Database, hosting: Settings, way: str
) -> None:
    source, words = HOSTILE[way]
    creator = await author(db)
    bad = await kept_card(db, creator, claimed_card(source))
    kept = await sent(db, hosting, creator, source)
    assert await reproduce_next(db, hosting) == "failed"
    label, told = await outcome_of(db, bad)
    assert label == "self_reported"
    assert words in told
    assert "buy at seven" not in told  # the code is its author's secret
    async with db.transaction(readonly=True) as tx:
        line = (await sources.source_by_id(tx, kept.id)).reports[-1].lines[0]
        assert (SECRET in line.words) == (way == "raises")
    if way == "loops":  # it has taken all the time it may
        good = await kept_card(db, creator, sample_card())
        assert await reproduce_next(db, hosting) == "reproduced"
        assert (await outcome_of(db, good))[0] == "reproduced"
    assert await reproduce_next(db, hosting) is None


@pytest.mark.slow
async def test_figures_of_other_code_differ_and_are_named(db: Database, hosting: Settings) -> None:
    source = written(
        CROSS.replace("Decimal(1)", "Decimal('0.5')"), plan=CROSS_PLAN.replace("1.0", "0.5")
    )
    creator = await author(db)
    sha = await kept_card(db, creator, claimed_card(source))
    await sent(db, hosting, creator, source)
    assert await reproduce_next(db, hosting) == "different"
    assert "/figures/" in (await outcome_of(db, sha))[1]


async def test_code_runs_for_its_owners_cards_only_and_not_before_it_has_passed(
    db: Database, hosting: Settings
) -> None:
    creator = await author(db)
    await kept_card(db, creator, own_card(honest()))
    await sent(db, hosting, "usr_somebody_else", honest())
    async with db.transaction(readonly=True) as tx:
        assert await sources.next_card(tx, "1") is None
    kept = await sent(db, hosting, creator, honest(), passed=False)
    async with db.transaction() as tx:
        assert await sources.next_card(tx, "1") is None
        await sources.note_report(tx, kept, "checks", "refused", [])
        assert await sources.next_card(tx, "1") is None
        await sources.note_report(tx, kept, "checks", "passed", [])
        found = await sources.next_card(tx, "1")
    assert found is not None
    assert found[1].id == kept.id


async def test_owners_take_turns(db: Database, hosting: Settings) -> None:
    creator = await author(db)
    first = await kept_card(db, creator, own_card(honest()))
    other = claimed_card(written(CROSS))
    theirs = await kept_card(db, "usr_other", other)
    mine = await kept_card(db, creator, claimed_card(written("return None")))
    await sent(db, hosting, creator, honest())
    await sent(db, hosting, creator, written("return None"))
    await sent(db, hosting, "usr_other", written(CROSS))
    order = []
    for _ in range(3):
        async with db.transaction() as tx:
            found = await sources.next_card(tx, "1")
            assert found is not None
            order.append(found[0])
            await cards.note_reproduction(tx, found[0], "failed", engine_version="1")
    assert order == [first, theirs, mine]


async def test_where_hosting_is_off_or_does_not_work_such_cards_wait(
    db: Database, hosting: Settings, settings: Settings
) -> None:
    creator = await author(db)
    await kept_card(db, creator, own_card(honest()))
    await sent(db, hosting, creator, honest())
    assert await reproduce_next(db, settings) is None
    async with db.transaction() as tx:
        await note_hosting(tx, is_on=True, works=False, why="it runs darwin")
        assert not await hosting_works(tx)
    assert await reproduce_next(db, hosting) is None
