"""Strategies' files are kept sealed, for their owner and the arena alone, and go when their owner says so."""

import pytest

from arena.evidence import audit
from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.kit.vault import VaultError
from arena.people.identity import Registration, register_collective
from arena.signals.lab import sources
from arena.signals.lab.code import SOURCE_BYTES_MAX, code_sha_of
from tests.http import person

TEXT = "class Secret:\n    edge = 'buy at seven'\n"
PERSON, OTHER = "usr_ada", "usr_bea"


@pytest.fixture
def hosting(settings: Settings) -> Settings:
    return settings.model_copy(update={"host_strategies": True})


async def test_a_file_is_kept_under_the_name_its_model_has_for_it(
    db: Database, hosting: Settings
) -> None:
    async with db.transaction() as tx:
        kept = await sources.keep_source(tx, hosting, PERSON, TEXT, "Secret")
        assert kept.sha == code_sha_of(TEXT, "Secret")
        assert kept.state == "waiting"
        assert await sources.keep_source(tx, hosting, PERSON, TEXT, "Secret") == kept
        assert await sources.text_of(tx, hosting, kept) == TEXT
        assert (await sources.next_unchecked(tx)) == kept


async def test_nothing_in_the_database_says_what_the_file_says(
    db: Database, hosting: Settings
) -> None:
    async with db.transaction() as tx:
        kept = await sources.keep_source(tx, hosting, PERSON, TEXT, "Secret")
        sealed = await tx.fetchval("select sealed from strategy_text")
        assert b"seven" not in sealed
        assert "seven" not in str(await audit.search(tx, object=kept.sha))
    other = hosting.model_copy(update={"seed": "another"})
    other.__dict__.pop("vault", None)
    async with db.transaction() as tx:
        with pytest.raises(VaultError):
            await sources.text_of(tx, other, kept)


async def test_what_is_anothers_is_not_there(db: Database, hosting: Settings) -> None:
    async with db.transaction() as tx:
        kept = await sources.keep_source(tx, hosting, PERSON, TEXT, "Secret")
        with pytest.raises(sources.NoSuchSource):
            await sources.source(tx, OTHER, kept.sha)
        with pytest.raises(sources.NoSuchSource):
            await sources.delete_source(tx, OTHER, kept.sha)
        twin = await sources.keep_source(tx, hosting, OTHER, TEXT, "Secret")
        assert twin.id != kept.id
        assert [one.id for one in await sources.sources_of(tx, OTHER)] == [twin.id]


async def test_collectives_of_one_person_share_what_he_sends(
    db: Database, hosting: Settings
) -> None:
    owner_id, _ = await person(db, "creator")
    async with db.transaction() as tx:
        first, second = [
            await register_collective(tx, Registration(name, "", bytes([n]) * 32, owner_id))
            for n, name in ((7, "Northwind"), (9, "Southwind"))
        ]
        kept = await sources.keep_source(tx, hosting, first.id, TEXT, "Secret")
        assert await sources.source(tx, second.id, kept.sha) == kept
        assert await sources.source(tx, owner_id, kept.sha) == kept


async def test_a_deleted_text_is_gone_and_may_come_back(db: Database, hosting: Settings) -> None:
    async with db.transaction() as tx:
        kept = await sources.keep_source(tx, hosting, PERSON, TEXT, "Secret")
        gone = await sources.delete_source(tx, PERSON, kept.sha)
        assert gone.state == "deleted"
        assert await tx.fetchval("select count(*) from strategy_text") == 0
        with pytest.raises(sources.SourceDeleted):
            await sources.text_of(tx, hosting, gone)
        assert await sources.next_unchecked(tx) is None
        assert await sources.delete_source(tx, PERSON, kept.sha) == gone
        again = await sources.keep_source(tx, hosting, PERSON, TEXT, "Secret")
        assert (again.id, again.state) == (kept.id, "waiting")
        acts = [event.action for event in await audit.search(tx, object=kept.sha)]
    assert sorted(acts) == ["sources.delete", "sources.keep", "sources.keep"]


async def test_where_nothing_is_hosted_nothing_is_taken_in(
    db: Database, settings: Settings
) -> None:
    async with db.transaction() as tx:
        with pytest.raises(sources.HostingOff, match="ARENA_HOST_STRATEGIES"):
            await sources.keep_source(tx, settings, PERSON, TEXT, "Secret")


async def test_what_is_no_page_of_python_is_refused(db: Database, hosting: Settings) -> None:
    async with db.transaction() as tx:
        with pytest.raises(sources.SourceTooLong, match="at most 200000"):
            await sources.keep_source(tx, hosting, PERSON, "#" * (SOURCE_BYTES_MAX + 1), "A")
        with pytest.raises(sources.SourceEmpty):
            await sources.keep_source(tx, hosting, PERSON, " \n", "A")


async def test_reports_decide_whether_it_is_run(db: Database, hosting: Settings) -> None:
    async with db.transaction() as tx:
        kept = await sources.keep_source(tx, hosting, PERSON, TEXT, "Secret")
        line = sources.Line("look-ahead", False, "It knew at bar 7.\0" + "x" * 9_000)
        await sources.note_report(tx, kept, "checks", "refused", [line])
        found = await sources.source(tx, PERSON, kept.sha)
        assert found.state == "refused"
        assert found.checked is not None
        assert found.checked.lines[0].words.startswith("It knew at bar 7.x")
        assert len(found.checked.lines[0].words) == 4_000
        await sources.note_report(tx, kept, "checks", "passed", [])
        assert (await sources.source(tx, PERSON, kept.sha)).state == "passed"
        assert await sources.next_unchecked(tx) is None
