"""The schema goes up, down and up again, one process at a time, and knows where it stands."""

import asyncio
import re

import asyncpg
import pytest

from arena.kit import migrations
from arena.kit.db import connect_options
from arena.kit.migrations import DatabaseNewerThanCode, State, UpgradeFailed
from tests.conftest import Server

OBJECTS = """
    select 'relation ' || relname from pg_class where relnamespace = 'public'::regnamespace
    union all select 'function ' || proname from pg_proc where pronamespace = 'public'::regnamespace
    union all select 'type ' || typname from pg_type where typnamespace = 'public'::regnamespace and typtype = 'e'
    order by 1"""


async def query(url: str, sql: str) -> list[str]:
    connection = await asyncpg.connect(**connect_options(url))
    try:
        return [row[0] for row in await connection.fetch(sql)]
    finally:
        await connection.close()


async def test_an_empty_database_becomes_current(empty_database_url: str) -> None:
    assert await migrations.state(empty_database_url) is State.EMPTY
    assert await migrations.upgrade(empty_database_url) == migrations.revisions()
    assert await migrations.state(empty_database_url) is State.CURRENT
    assert await migrations.upgrade(empty_database_url) == []


async def test_every_revision_undoes_exactly_what_it_did(empty_database_url: str) -> None:
    url = empty_database_url
    await migrations.upgrade(url)
    seen = {}
    for revision in reversed(["base", *migrations.revisions()[:-1]]):
        assert len(await migrations.downgrade(url, revision)) == 1
        seen[revision] = await query(url, OBJECTS)
    left = [name for name in seen["base"] if "alembic_version" not in name]
    assert left == []
    await migrations.upgrade(url)
    for revision in reversed(migrations.revisions()[:-1]):
        await migrations.downgrade(url, revision)
        assert await query(url, OBJECTS) == seen[revision]


async def test_a_database_one_revision_back_is_behind(empty_database_url: str) -> None:
    await migrations.upgrade(empty_database_url)
    last = migrations.revisions()[-1]
    assert await migrations.downgrade(empty_database_url, migrations.revisions()[-2]) == [last]
    assert await migrations.state(empty_database_url) is State.BEHIND
    assert await migrations.upgrade(empty_database_url) == [last]


async def test_a_database_of_a_newer_program_is_left_alone(database_url: str) -> None:
    await query(database_url, "update alembic_version set version_num = '9999'")
    assert await migrations.state(database_url) is State.NEWER
    with pytest.raises(DatabaseNewerThanCode, match=r"9999.*install the newer version"):
        await migrations.upgrade(database_url)
    with pytest.raises(DatabaseNewerThanCode, match="9999"):
        await migrations.upgrade_apart(database_url)
    with pytest.raises(DatabaseNewerThanCode):
        await migrations.downgrade(database_url, "base")
    assert await query(database_url, "select version_num from alembic_version") == ["9999"]


async def test_of_several_upgrades_at_once_one_does_the_work(empty_database_url: str) -> None:
    done = await asyncio.gather(*(migrations.upgrade(empty_database_url) for _ in range(4)))
    assert sorted(done) == [[], [], [], migrations.revisions()]


async def test_a_process_of_its_own_does_the_upgrade_and_says_why_it_cannot(
    empty_database_url: str,
) -> None:
    await query(empty_database_url, "create table listing_tier (wrong text)")
    with pytest.raises(UpgradeFailed, match="listing_tier"):
        await migrations.upgrade_apart(empty_database_url)
    await query(empty_database_url, "drop table listing_tier")
    await migrations.upgrade_apart(empty_database_url)
    assert await migrations.state(empty_database_url) is State.CURRENT
    await migrations.upgrade_apart(empty_database_url)


async def test_a_revision_that_fails_leaves_nothing_behind(empty_database_url: str) -> None:
    await query(empty_database_url, "create table listing_tier (wrong text)")
    with pytest.raises(Exception, match="listing_tier"):
        await migrations.upgrade(empty_database_url)
    assert await migrations.state(empty_database_url) is State.EMPTY
    await query(empty_database_url, "drop table listing_tier")
    assert await migrations.upgrade(empty_database_url) == migrations.revisions()


async def test_an_unknown_revision_is_refused_with_the_known_ones(database_url: str) -> None:
    with pytest.raises(ValueError, match="0001"):
        await migrations.downgrade(database_url, "8888")


async def test_revisions_form_one_line_and_are_named_by_their_files(server: Server) -> None:
    previous = None
    for file in sorted((migrations.FOLDER / "versions").glob("[0-9]*.py")):
        text = file.read_text()
        revision = re.search(r'^revision = "(\d+)"$', text, re.M)
        down = re.search(r'^down_revision = (None|"(\d+)")$', text, re.M)
        assert revision, file
        assert down, file
        assert revision[1] == file.name.split("_")[0]
        assert down[2] == previous
        assert "def downgrade() -> None:\n    run_sql(DOWN)" in text
        previous = revision[1]
