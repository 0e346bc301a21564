"""The supervisor of the embedded PostgreSQL against what happens to processes and folders in real life."""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from arena.kit.clock import monotonic_s
from arena.kit.db import connect_options
from arena.kit.postgres import (
    EmbeddedPostgres,
    FolderInUse,
    PostgresFailed,
    WrongMajor,
    running_url,
)
from arena.kit.postgres import identity as identities
from arena.kit.postgres.folder import Folder

OWNER = """
import sys
from pathlib import Path
from threading import Thread
from arena.kit.postgres import EmbeddedPostgres, PostgresFailed
server = EmbeddedPostgres(Path(sys.argv[1]), durable=False)
try:
    if sys.argv[2:]:
        starter = Thread(target=server.start)
        starter.start()
        starter.join()
    else:
        server.start()
    print(server.url, server.pid, flush=True)
except PostgresFailed as failed:
    sys.exit(f"{type(failed).__name__}: {failed}")
sys.stdin.read()
server.stop()
"""
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc and user namespaces")


class Owner:
    """Another process that owns a server, as `arena up` does."""

    def __init__(self, home: Path, prefix: tuple[str, ...] = (), *how: str) -> None:
        self.process = subprocess.Popen(
            [*prefix, sys.executable, "-c", OWNER, str(home), *how], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert self.process.stdout
        words = self.process.stdout.readline().rsplit(" ", 1)
        if len(words) != 2:
            self.process.wait(30)
            assert self.process.stderr
            raise PostgresFailed(self.process.stderr.read())
        self.url, self.postmaster = words[0], int(words[1])

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def leave(self) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired, ValueError):
            self.process.communicate("", timeout=30)
        self.process.kill()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "h"
    yield path
    for pid in Folder(path / "postgres")._servers():
        os.kill(pid, signal.SIGKILL)


async def answer(url: str, sql: str = "select 42") -> Any:
    connection = await asyncpg.connect(**connect_options(url), timeout=5)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close(timeout=5)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


async def until(condition: Any, *, within_s: float = 15) -> None:
    end = monotonic_s() + within_s
    while not condition():
        assert monotonic_s() < end, "it did not happen in time"
        await asyncio.sleep(0.02)


async def test_it_starts_answers_stops_and_starts_again_with_the_data(home: Path) -> None:
    server = EmbeddedPostgres(home, durable=False)
    url = server.start()
    await answer(url, "create table kept (n int)")
    assert await answer(url, "show fsync") == "off"
    pid = server.pid
    server.stop()
    server.stop()
    assert pid is not None
    assert not is_alive(pid)
    again = EmbeddedPostgres(home)
    assert again.start() == url
    assert await answer(url, "select count(*) from kept") == 0
    assert await answer(url, "show fsync") == "on"
    again.stop()


async def test_text_sorts_and_folds_the_same_on_every_machine(postgres_url: str) -> None:
    assert (
        await answer(
            postgres_url, "select upper('é') || (select min(x) from unnest('{a,B}'::text[]) x)"
        )
        == "ÉB"
    )
    assert await answer(postgres_url, "show timezone") == "UTC"
    assert await answer(postgres_url, "show server_encoding") == "UTF8"
    assert await answer(postgres_url, "show listen_addresses") == ""


@linux_only
async def test_when_its_owner_is_killed_the_server_shuts_down_cleanly(home: Path) -> None:
    owner = Owner(home)
    await answer(owner.url, "create table kept (n int)")
    owner.kill()
    await until(lambda: not is_alive(owner.postmaster))
    assert "database system is shut down" in (home / "postgres/postgres.log").read_text()
    heir = EmbeddedPostgres(home, durable=False)
    assert await answer(heir.start(), "select count(*) from kept") == 0
    heir.stop()


@linux_only
async def test_a_start_right_after_the_owner_was_killed_waits_for_the_old_server(
    home: Path,
) -> None:
    owner = Owner(home)
    await answer(owner.url, "create table kept (n int)")
    owner.kill()
    heir = EmbeddedPostgres(home, durable=False)
    assert await answer(heir.start(), "select count(*) from kept") == 0
    heir.stop()


@linux_only
async def test_a_killed_server_comes_back_by_itself_with_the_data(home: Path) -> None:
    server = EmbeddedPostgres(home)
    url = server.start()
    await answer(url, "create table kept (n int)")
    watching = asyncio.create_task(server.watch(poll_s=0.02))
    for round_number in (1, 2):
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        await until(lambda n=round_number: server.restarts == n)
        assert await answer(url, "select count(*) from kept") == 0
    server.stop()
    await asyncio.wait_for(watching, 5)
    assert server.restarts == 2


@linux_only
async def test_when_owner_and_server_are_killed_the_next_start_recovers(home: Path) -> None:
    owner = Owner(home)
    await answer(owner.url, "create table kept (n int)")
    os.kill(owner.postmaster, signal.SIGKILL)
    owner.kill()
    heir = EmbeddedPostgres(home, durable=False)
    assert await answer(heir.start(), "select 1") == 1
    heir.stop()


@pytest.mark.parametrize("pid", ["self", "zombie", "999999999", "nonsense"])
async def test_stale_locks_do_not_block_a_start(home: Path, pid: str) -> None:
    server = EmbeddedPostgres(home, durable=False)
    server.start()
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    server.stop()
    zombie = subprocess.Popen(["true"])
    time.sleep(0.05)
    word = {"self": str(os.getpid()), "zombie": str(zombie.pid)}.get(pid, pid)
    root = home / "postgres"
    for lock in (root / "data/postmaster.pid", root / "run/.s.PGSQL.5432.lock"):
        lock.write_text(f"{word}\n" + "\n".join(lock.read_text().split("\n")[1:]))
    again = EmbeddedPostgres(home, durable=False)
    assert await answer(again.start()) == 42
    again.stop()
    zombie.wait()


async def test_a_second_process_is_told_who_runs_the_database_and_may_attach(home: Path) -> None:
    assert running_url(home) is None
    owner = Owner(home)
    try:
        with pytest.raises(
            FolderInUse, match=rf"process {owner.process.pid} already runs .*ARENA_HOME"
        ):
            EmbeddedPostgres(home, durable=False).start()
        assert running_url(home) == owner.url
        assert await answer(owner.url) == 42
    finally:
        owner.leave()
    assert running_url(home) is None


@pytest.mark.parametrize(
    "name", ["a b", 'it\'s "quoted"', "é", "comma,comma", "d" * 120, "%41?x=1&y#z"]
)
async def test_it_works_in_folders_with_strange_names(tmp_path: Path, name: str) -> None:
    server = EmbeddedPostgres(tmp_path / name, durable=False)
    try:
        assert await answer(server.start()) == 42
    finally:
        server.stop()


async def test_a_far_socket_folder_that_is_a_link_or_not_ours_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as short:
        monkeypatch.setattr("tempfile.tempdir", short)
        folder = Folder(Path(short) / ("d" * 120))
        (Path(short) / "elsewhere").mkdir()
        (Path(short) / f"arena-{os.geteuid()}").symlink_to(Path(short) / "elsewhere")
        with pytest.raises(PostgresFailed, match="belongs to somebody else"):
            folder.make_socket_folder(os.geteuid())


async def test_data_of_another_major_version_are_left_alone(home: Path) -> None:
    server = EmbeddedPostgres(home, durable=False)
    server.start()
    server.stop()
    (home / "postgres/data/PG_VERSION").write_text("15\n")
    with pytest.raises(WrongMajor, match=r"made by PostgreSQL 15.*dump"):
        EmbeddedPostgres(home).start()
    assert not Folder(home / "postgres").is_locked()


async def test_a_half_made_data_folder_is_made_anew(home: Path) -> None:
    half = home / "postgres/data.init"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    server = EmbeddedPostgres(home, durable=False)
    assert await answer(server.start()) == 42
    server.stop()
    assert not half.exists()


async def test_a_server_that_cannot_start_shows_the_end_of_its_log(home: Path) -> None:
    server = EmbeddedPostgres(home, durable=False)
    server.start()
    server.stop()
    (home / "postgres/data/postgresql.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(PostgresFailed, match="no_such_setting"):
        EmbeddedPostgres(home).start()


@linux_only
async def test_started_off_the_main_thread_it_outlives_the_thread_but_not_the_process(
    home: Path,
) -> None:
    server = EmbeddedPostgres(home, durable=False)
    thread = threading.Thread(target=server.start)
    thread.start()
    thread.join()
    await asyncio.sleep(0.3)
    assert await answer(server.url) == 42
    server.stop()
    owner = Owner(home, (), "in a thread")
    owner.kill()
    await until(lambda: not is_alive(owner.postmaster))


def _namespace(uid: int) -> tuple[str, ...]:
    prefix = ("unshare", "--user", f"--map-user={uid}", f"--map-group={uid}")
    if (
        not shutil.which("unshare")
        or subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode
    ):
        pytest.skip("this machine denies user namespaces")
    return prefix


@linux_only
@pytest.mark.parametrize("uid", [0, 65534, 12345])
async def test_it_runs_as_root_as_an_ordinary_user_and_as_one_without_a_name(
    home: Path, uid: int
) -> None:
    owner = Owner(home, _namespace(uid))
    try:
        assert await answer(owner.url) == 42
    finally:
        owner.kill()
    await until(lambda: not is_alive(owner.postmaster))


@linux_only
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.skipif(
    not all(folder.stat().st_mode & 0o001 for folder in Path(sys.prefix).resolve().parents),
    reason="others may not enter the folder of this environment, so nobody cannot run its PostgreSQL",
)
async def test_root_without_namespaces_becomes_nobody_and_stays_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place = Path("/var/tmp") / f"arena-nobody-{os.getpid()}"
    monkeypatch.setattr(identities, "_namespace", tuple)
    try:
        server = EmbeddedPostgres(place, durable=False)
        assert await answer(server.start()) == 42
        assert Path(f"/proc/{server.pid}").stat().st_uid == identities.NOBODY
        server.stop()
        monkeypatch.undo()
        again = EmbeddedPostgres(place, durable=False)
        assert await answer(again.start()) == 42
        assert Path(f"/proc/{again.pid}").stat().st_uid == identities.NOBODY
        assert running_url(place) == again.url
        again.stop()
    finally:
        shutil.rmtree(place, ignore_errors=True)


@linux_only
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
async def test_root_below_a_closed_folder_without_namespaces_is_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identities, "_namespace", tuple)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(PostgresFailed, match=r"denies user namespaces.*cannot enter .*ARENA_HOME"):
        EmbeddedPostgres(closed / "home").start()
