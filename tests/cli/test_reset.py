"""`arena db reset` empties the embedded database when it is sure, and never one of somebody else."""

from pathlib import Path

import pytest

from arena.kit.postgres import EmbeddedPostgres
from tests.cli.command import arena

pytestmark = pytest.mark.slow


def migrated(home: Path) -> Path:
    """The data folder of a home whose database has been made and migrated; its master key is made too."""
    assert arena(home, "db", "migrate").returncode == 0
    assert arena(home, "keys", "show").returncode == 0
    return home / "postgres" / "data"


def test_a_reset_removes_the_data_and_keeps_the_master_key(tmp_path: Path) -> None:
    data = migrated(tmp_path)
    key = (tmp_path / "master.key").read_bytes()
    done = arena(tmp_path, "db", "reset", "--yes")
    assert done.returncode == 0, done.stderr
    assert "begins anew" in done.stdout
    assert not data.exists()
    assert (tmp_path / "master.key").read_bytes() == key
    assert "revision none" in arena(tmp_path, "db", "status").stdout
    assert "applied: 0001" in arena(tmp_path, "db", "migrate").stdout


def test_a_reset_asks_first_and_removes_nothing_without_a_yes(tmp_path: Path) -> None:
    data = migrated(tmp_path)
    for words in ("n\n", "\n", ""):
        asked = arena(tmp_path, "db", "reset", says=words)
        assert asked.returncode == 1
        assert "for good" in asked.stdout
        assert "Traceback" not in asked.stderr
        assert data.exists()
    assert arena(tmp_path, "db", "reset", says="y\n").returncode == 0
    assert not data.exists()


def test_a_database_in_use_is_not_reset(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path, durable=False)
    server.start()
    try:
        refused = arena(tmp_path, "db", "reset", "--yes")
        assert refused.returncode == 1
        assert "stop it first" in refused.stderr
        assert (tmp_path / "postgres" / "data" / "PG_VERSION").exists()
    finally:
        server.stop()


def test_where_nothing_is_a_reset_says_so(tmp_path: Path) -> None:
    done = arena(tmp_path, "db", "reset", "--yes")
    assert (done.returncode, done.stdout) == (0, "there was nothing to remove\n")


def test_a_reset_that_was_cut_short_is_finished_by_the_next_start(tmp_path: Path) -> None:
    data = migrated(tmp_path)
    data.rename(data.with_name("data.init"))
    (data.with_name("data.init") / "PG_VERSION").unlink()
    assert "revision none" in arena(tmp_path, "db", "status").stdout


def test_a_database_of_ones_own_is_left_alone_with_advice_that_works(
    tmp_path: Path, database_url: str
) -> None:
    refused = arena(tmp_path, "db", "reset", "--yes", ARENA_DATABASE_URL=database_url)
    assert refused.returncode == 1
    assert "arena db migrate --to base" in refused.stderr
    status = arena(tmp_path, "db", "status", ARENA_DATABASE_URL=database_url)
    assert "as this program wants it" in status.stdout
    arena(tmp_path, "db", "migrate", "--to", "base", ARENA_DATABASE_URL=database_url)
    emptied = arena(tmp_path, "db", "status", ARENA_DATABASE_URL=database_url)
    assert "revision none" in emptied.stdout
