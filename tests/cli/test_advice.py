"""What commonly goes wrong on an operator's machine ends the command with a line that says what to do."""

import asyncio
import os
import shutil
import socket
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from arena.cli.up import prepare
from arena.kit.db import connect_options
from arena.kit.settings import Settings
from arena.trading import market
from tests.cli.command import Ended, arena
from tests.conftest import Server

pytestmark = pytest.mark.slow


def said(ended: Ended) -> str:
    """What a command that failed as it should had to say."""
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr + ended.stdout
    words = ended.stderr.strip().splitlines()[-1]
    assert words.startswith("arena: "), ended.stderr
    return words


async def up(home: Path, *words: str, **more: str) -> str:
    return said(await asyncio.to_thread(arena, home, "up", *words, **{"ARENA_PORT": "0"} | more))


async def execute(url: str, sql: str) -> None:
    connection = await asyncpg.connect(**connect_options(url))
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


async def test_a_port_that_is_taken_is_named_with_the_option_that_changes_it(
    tmp_path: Path, database_url: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        words = await up(tmp_path, "--port", port, ARENA_DATABASE_URL=database_url)
    assert f"port {port} of 127.0.0.1 is taken" in words
    assert "--port" in words


async def test_an_address_of_another_machine_cannot_be_listened_at(
    tmp_path: Path, database_url: str
) -> None:
    words = await up(tmp_path, "--host", "192.0.2.7", ARENA_DATABASE_URL=database_url)
    assert "192.0.2.7" in words
    assert "--host" in words


@pytest.mark.slow
async def test_a_folder_without_prices_is_answered_with_what_is_wanted(
    tmp_path: Path, database_url: str
) -> None:
    (tmp_path / "empty").mkdir()
    for folder, why in (("empty", "holds no <SYMBOL>-<interval>"), ("none", "is not a folder")):
        words = await up(
            tmp_path, "--source", "folder", ARENA_DATABASE_URL=database_url,
            ARENA_DATA=str(tmp_path / folder),
        )  # fmt: skip
        assert f"{tmp_path / folder} {why}" in words
        assert "--source sample" in words
    words = await up(tmp_path, "--source", "folder", ARENA_DATABASE_URL=database_url)
    assert "ARENA_DATA names no folder" in words


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("PORT", "x", "valid integer"),
        ("PORT", "99999", "65535"),
        ("SPEED", "fast", "900x"),
        ("SOURCE", "moon", "'sample'"),
        ("DATABASE_URL", "mysql://here", "postgresql://"),
        ("HALF_SPREAD_BPS", "-1", "greater than or equal to 0"),
    ],
)
def test_a_setting_that_is_wrong_is_called_by_its_name(
    tmp_path: Path, name: str, value: str, hint: str
) -> None:
    words = said(arena(tmp_path, "up", **{f"ARENA_{name}": value}))
    assert f"a setting is wrong: ARENA_{name}: " in words
    assert hint in words


async def test_a_database_newer_than_the_program_is_left_alone(
    tmp_path: Path, database_url: str
) -> None:
    await execute(database_url, "update alembic_version set version_num = '9999'")
    words = await up(tmp_path, ARENA_DATABASE_URL=database_url)
    assert "9999" in words
    assert "install the newer version again" in words


@pytest.mark.slow
async def test_a_database_out_of_reach_is_told_from_one_that_refuses(
    tmp_path: Path, database_url: str
) -> None:
    missing = urlunsplit(urlsplit(database_url)._replace(path="/nonesuch"))
    assert "does not exist" in await up(tmp_path, ARENA_DATABASE_URL=missing)
    for nowhere in (
        "postgresql://me@127.0.0.1:1/arena",
        "postgresql://me@nonesuch.invalid/arena",
        f"postgresql://me@/arena?host={tmp_path}",
    ):
        assert "is it running" in await up(tmp_path, ARENA_DATABASE_URL=nowhere)


async def test_a_user_who_may_not_make_tables_is_told_which_right_is_missing(
    tmp_path: Path, server: Server, empty_database_url: str
) -> None:
    await server.administer("create role plain login")
    try:
        parts = urlsplit(empty_database_url)
        url = urlunsplit(parts._replace(netloc="plain@" + parts.netloc.rpartition("@")[2]))
        words = await up(tmp_path, ARENA_DATABASE_URL=url)
        assert 'grant create, usage on schema public to "plain"' in words
    finally:
        await server.administer("drop role plain")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_home_that_is_not_writable_is_named(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    words = said(arena(closed / "home", "up", "--port", "0"))
    assert str(closed / "home") in words
    assert "ARENA_HOME" in words


def test_a_home_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    words = said(arena(tmp_path / "home", "up", "--port", "0"))
    assert f"{tmp_path / 'home'} cannot be made a folder" in words
    assert "ARENA_HOME" in words


async def test_a_tape_of_other_prices_is_refused_with_commands_that_exist(
    tmp_path: Path, database_url: str
) -> None:
    venue = tmp_path / "candles" / "mine-spot"
    venue.mkdir(parents=True)
    shutil.copy(market.SAMPLE_FILE, venue / "BTC-USD-15m.parquet")
    await prepare(Settings(home=tmp_path / "home", source="sample"), database_url)
    offered = {"ARENA_DATABASE_URL": database_url, "ARENA_DATA": str(tmp_path)}
    words = await up(tmp_path / "home", "--source", "folder", **offered)
    assert "plays sample" in words
    assert "arena db reset" in words
    assert "ARENA_HOME" in words
    assert arena(tmp_path, "db", "reset", "--help").returncode == 0


async def test_a_master_key_that_others_can_read_is_refused_with_the_cure(
    tmp_path: Path, database_url: str
) -> None:
    assert arena(tmp_path, "keys", "show").returncode == 0
    key = tmp_path / "master.key"
    key.chmod(0o644)
    words = await up(tmp_path, "--source", "sample", ARENA_DATABASE_URL=database_url)
    assert f"chmod 600 {key}" in words


async def test_other_rules_than_the_records_were_made_with_are_refused(
    tmp_path: Path, database_url: str
) -> None:
    begun = Settings(home=tmp_path, source="sample", half_spread_bps=3)
    await prepare(begun, database_url)
    words = await up(tmp_path, "--source", "sample", ARENA_DATABASE_URL=database_url)
    assert "half_spread_bps = 3" in words
    assert "arena db reset" in words
