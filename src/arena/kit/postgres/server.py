"""The embedded server's life: made once, started, watched, started again when it dies, stopped."""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections import deque
from pathlib import Path
from urllib.parse import quote

import structlog

from arena.kit.clock import monotonic_s
from arena.kit.postgres.binaries import Binaries, find_binaries
from arena.kit.postgres.folder import Folder, PostgresFailed
from arena.kit.postgres.identity import Identity, choose_identity
from arena.kit.postgres.process import dies_with_us, spawn

DATABASE, USER = "arena", "postgres"
START_TIMEOUT_S = 300  # a long crash recovery is no failure
STOP_TIMEOUT_S = 30
LOG_BYTES_MAX = 10_000_000
SETTINGS = {
    "listen_addresses": "", "unix_socket_permissions": "0700", "max_connections": "60", "timezone": "UTC",
    "log_timezone": "UTC", "shared_buffers": "32MB", "huge_pages": "off", "jit": "off",
    "wal_level": "minimal", "max_wal_senders": "0", "max_wal_size": "256MB", "io_method": "sync",
    "max_worker_processes": "0", "max_parallel_workers": "0", "max_logical_replication_workers": "0",
    "autovacuum_max_workers": "1", "autovacuum_worker_slots": "1", "log_checkpoints": "off",
    "log_min_messages": "log",  # refused statements are told to who sent them; they may hold what is private
    "log_line_prefix": "%m [%p] ",
}  # fmt: skip
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
log = structlog.get_logger()


class EmbeddedPostgres:
    """One server in `<home>/postgres`, reachable by a unix socket only, gone when this process is gone.

    `durable=False` is for tests: it forgets what it likes when the machine loses power.
    """

    def __init__(self, home: Path, *, durable: bool = True) -> None:
        self._folder = Folder(home.absolute() / "postgres")
        self._durable = durable
        self._binaries: Binaries | None = None
        self._identity: Identity | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = False
        self.restarts = 0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> str:
        """Makes the data on first use, starts the server and returns its URL; blocks until it answers.

        Raises PostgresFailed: FolderInUse, WrongMajor, NoBinaries, CannotRunHere.
        """
        self._binaries = find_binaries()
        root = self._folder.root
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.take_lock()
        try:
            self._identity = choose_identity(root, self._binaries.folder)
            if not self._folder.data.exists():
                self._make()
            self._folder.check_major(self._binaries.major)
            self._stopping = False
            self._await_ready(self._spawn())
        except BaseException:
            self.stop()
            raise
        return self.url

    @property
    def url(self) -> str:
        owner = self._identity.owner if self._identity else os.geteuid()
        return _url(self._folder.socket_folder(owner))

    def stop(self) -> None:
        """A fast shutdown, then a harder one; returns when the server is gone. May be called twice."""
        self._stopping = True
        if self._process is not None:
            for how, patience_s in (
                (signal.SIGINT, STOP_TIMEOUT_S), (signal.SIGQUIT, 10), (signal.SIGKILL, 10),
            ):  # fmt: skip
                with contextlib.suppress(ProcessLookupError):
                    self._process.send_signal(how)
                try:
                    self._process.wait(patience_s)
                    break
                except subprocess.TimeoutExpired:
                    continue
            self._process = None
        self._folder.drop_lock()

    async def watch(self, *, poll_s: float = 0.25) -> None:
        """Starts the server again whenever it ends unasked, with a growing pause. Run it in the main thread:
        the kernel ends the server together with the thread that started it."""
        pause_s, healthy_since = 0.25, monotonic_s()
        while not self._stopping:
            await asyncio.sleep(poll_s)
            if self._process is None or self._process.poll() is None or self._stopping:
                continue
            if monotonic_s() - healthy_since > 60:
                pause_s = 0.25
            log.error("the database ended unasked", exit=self._process.returncode, again_in_s=pause_s,
                      log_tail=self._log_tail())  # fmt: skip
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, 10)
            try:
                process = self._spawn()
                await asyncio.to_thread(self._await_ready, process)
            except PostgresFailed as failed:
                log.error("the database does not start", error=str(failed))
                continue
            self.restarts += 1
            healthy_since = monotonic_s()
            log.info("the database is back", pid=self.pid)

    def _make(self) -> None:
        """initdb is not atomic, so it works beside and the result is renamed into place."""
        assert self._binaries
        making = self._folder.root / "data.init"
        if making.exists():
            shutil.rmtree(making)
        self._run(
            [self._binaries.path("initdb"), "-D", str(making), "-U", USER, "--auth=trust", "--encoding=UTF8",
             "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions",
             *([] if self._durable else ["--no-sync"])]
        )  # fmt: skip
        self._run(
            [
                self._binaries.path("postgres"),
                "--single",
                "-D",
                str(making),
                *_flags({} if self._durable else FORGETFUL),
                "postgres",
            ],
            f"create database {DATABASE};\n",
        )
        making.rename(self._folder.data)

    def _run(self, command: list[str], words: str = "") -> None:
        assert self._identity
        ran = subprocess.run(  # noqa: S603 - PostgreSQL's own programs with our arguments
            [*self._identity.prefix, *command], input=words, text=True, capture_output=True, timeout=300,
            check=False, env=_environment(), cwd=self._folder.root, user=self._identity.user,
            group=self._identity.user, extra_groups=None if self._identity.user is None else [],
            preexec_fn=dies_with_us(),
        )  # fmt: skip
        if ran.returncode:
            raise PostgresFailed(
                f"{Path(command[0]).name} failed: {(ran.stderr or ran.stdout).strip()[-600:]}"
            )

    def _spawn(self) -> "subprocess.Popen[bytes]":
        assert self._binaries
        assert self._identity
        socket_folder = self._folder.make_socket_folder(self._identity.owner)
        self._folder.clear_leftovers(socket_folder, signal.SIGINT)
        if self._folder.log.exists() and self._folder.log.stat().st_size > LOG_BYTES_MAX:
            self._folder.log.replace(self._folder.log.with_suffix(".log.1"))
        settings = SETTINGS | {"unix_socket_directories": _as_list_item(socket_folder)}
        command = [self._binaries.path("postgres"), "-D", str(self._folder.data),
                   *_flags(settings | ({} if self._durable else FORGETFUL))]  # fmt: skip
        with self._folder.log.open("ab") as output:
            self._process = spawn(
                [*self._identity.prefix, *command], output=output, cwd=self._folder.root,
                environment=_environment(), user=self._identity.user,
            )  # fmt: skip
        return self._process

    def _await_ready(self, process: "subprocess.Popen[bytes]") -> None:
        until = monotonic_s() + START_TIMEOUT_S
        while monotonic_s() < until:
            if process.poll() is not None:
                raise PostgresFailed(
                    f"PostgreSQL ended with {process.returncode} at its start; the end of {self._folder.log}:\n"
                    + self._log_tail()
                )
            with contextlib.suppress(OSError):
                lines = (self._folder.data / "postmaster.pid").read_text().split("\n")
                if (
                    lines[0].strip() == str(process.pid)
                    and lines[7:]
                    and lines[7].strip() == "ready"
                ):
                    return
            time.sleep(0.01)
        raise PostgresFailed(
            f"PostgreSQL did not get ready in {START_TIMEOUT_S} s; see {self._folder.log}"
        )

    def _log_tail(self, lines: int = 8) -> str:
        try:
            with self._folder.log.open(errors="replace") as text:
                return "".join(deque(text, lines)).strip()
        except OSError:
            return "(no log)"


def running_url(home: Path) -> str | None:
    """The URL of the server another process runs in this home, or None where none does."""
    folder = Folder(home.absolute() / "postgres")
    if not folder.is_locked() or not folder.data.exists():
        return None
    return _url(folder.socket_folder(folder.data.stat().st_uid))


def forget(home: Path) -> bool:
    """Removes the data of the server in this home for good; False where there were none.

    Raises FolderInUse where a process runs it.
    """
    folder = Folder(home.absolute() / "postgres")
    if not folder.root.exists():
        return False
    folder.take_lock()
    try:
        owner = folder.data.stat().st_uid if folder.data.exists() else os.geteuid()
        return folder.empty(folder.socket_folder(owner))
    finally:
        folder.drop_lock()


def _url(socket_folder: Path) -> str:
    return f"postgresql://{USER}@/{DATABASE}?host={quote(str(socket_folder), safe='/')}"


def _environment() -> dict[str, str]:
    """Nothing of the caller's locale, zone or PG* variables reaches the server."""
    return {"LC_ALL": "C", "TZ": "UTC", "PATH": os.environ.get("PATH", os.defpath)}


def _flags(settings: dict[str, str]) -> list[str]:
    return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]


def _as_list_item(folder: Path) -> str:
    """PostgreSQL reads the setting as a list of file names; quotes keep spaces and quotes in one."""
    return '"' + str(folder).replace('"', '""') + '"'
