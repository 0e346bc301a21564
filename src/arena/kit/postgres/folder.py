"""The folder of an embedded PostgreSQL: its lock, its socket, what a dead server left behind."""

import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from arena.kit.clock import monotonic_s

PORT = 5432
SOCKET = f".s.PGSQL.{PORT}"
SOCKET_PATH_MAX = 107 if sys.platform == "linux" else 103  # bytes, the NUL not counted


class PostgresFailed(Exception):
    """The embedded PostgreSQL cannot work; the message says what to do."""


class FolderInUse(PostgresFailed):
    """Another process runs the database of this folder."""


class WrongMajor(PostgresFailed):
    """The data were made by another major version of PostgreSQL."""


@dataclass(slots=True)
class Folder:
    """`<home>/postgres`: `data`, `data.lock`, `postgres.log`, and `run` with the socket where it fits."""

    root: Path
    _lock: int | None = field(default=None, init=False)

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def log(self) -> Path:
        return self.root / "postgres.log"

    def socket_folder(self, uid: int) -> Path:
        """Where the socket stands: beside the data, or in the temporary folder where that path is too long
        or has a comma (PostgreSQL reads the setting as a list)."""
        near = self.root / "run"
        fits = len(os.fsencode(near / SOCKET)) <= SOCKET_PATH_MAX
        if fits and "," not in str(near):
            return near
        name = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:16]
        for base in dict.fromkeys((tempfile.gettempdir(), "/tmp")):  # noqa: S108 - made 0700 and checked
            far = Path(base) / f"arena-{uid}" / name
            if "," not in str(far) and len(os.fsencode(far / SOCKET)) <= SOCKET_PATH_MAX:
                return far
        raise PostgresFailed(
            f"no room for a socket: {near} is too long; set ARENA_HOME to a shorter path"
        )

    def make_socket_folder(self, uid: int) -> Path:
        """Makes it private to `uid`. Raises PostgresFailed where somebody else owns it or it is a link."""
        folder = self.socket_folder(uid)
        ours = [folder] if folder.parent == self.root else [folder.parent, folder]
        for each in ours:
            with contextlib.suppress(FileExistsError):
                each.mkdir(mode=0o700)
            found = each.lstat()
            if os.geteuid() == 0 and uid != 0 and found.st_uid == 0:
                os.chown(each, uid, -1)
                found = each.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid:
                raise PostgresFailed(
                    f"{each} belongs to somebody else; remove it or set ARENA_HOME"
                )
            each.chmod(0o700)
        return folder

    def take_lock(self) -> None:
        """Raises FolderInUse where another living process holds it. The lock dies with its process."""
        path = self.root / "data.lock"
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as held:
            holder = os.pread(lock, 20, 0).decode(errors="replace").strip() or "unknown"
            os.close(lock)
            if held.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                raise PostgresFailed(
                    f"{path} cannot be locked ({held.strerror}); set ARENA_HOME to a local disk"
                ) from held
            raise FolderInUse(
                f"process {holder} already runs the database in {self.root}; stop it first, or give this"
                " one a folder of its own with ARENA_HOME"
            ) from None
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        self._lock = lock

    def drop_lock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def is_locked(self) -> bool:
        """Whether a living process, perhaps this one, runs the database of this folder."""
        try:
            lock = os.open(self.root / "data.lock", os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(lock)
        return False

    def check_major(self, major: int) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        if made_by != str(major):
            raise WrongMajor(
                f"the data in {self.data} were made by PostgreSQL {made_by}, the programs here are version {major}:"
                f" run `arena db dump --file arena.sql` with PGBIN set to the programs of version {made_by}, move"
                f" {self.root} away, then run `arena db restore arena.sql` without PGBIN"
            )

    def clear_leftovers(
        self, socket_folder: Path, signal_stop: int, *, timeout_s: float = 90
    ) -> None:
        """Waits for a server whose owner died, then removes its stale locks: a zombie or a reused pid
        in them would block the start for ever. Call with the lock held."""
        until = monotonic_s() + timeout_s
        asked: set[int] = set()
        while living := self._servers():
            if monotonic_s() > until:
                raise PostgresFailed(
                    f"process {living[0]} still works on {self.data} and does not stop; end it and start again"
                )
            for pid in set(living) - asked:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    if self._is_postmaster(pid):
                        os.kill(pid, signal_stop)
                asked.add(pid)
            time.sleep(0.05)
        for stale in (
            self.data / "postmaster.pid", socket_folder / f"{SOCKET}.lock", socket_folder / SOCKET,
        ):  # fmt: skip
            stale.unlink(missing_ok=True)

    def empty(self, socket_folder: Path) -> bool:
        """Removes the data for good; the next start makes new ones. False where there were none.

        Call with the lock held. The data move first to where an interrupted initdb would have left its own,
        so that a removal that is cut short is finished by the next start.
        """
        self.clear_leftovers(socket_folder, signal.SIGINT)
        doomed = self.root / "data.init"
        if doomed.exists():
            shutil.rmtree(doomed)
        if not self.data.exists():
            return False
        self.data.rename(doomed)
        shutil.rmtree(doomed)
        return True

    def _is_postmaster(self, pid: int) -> bool:
        try:
            return (self.data / "postmaster.pid").read_text().split("\n", 1)[0].strip() == str(pid)
        except OSError:
            return False

    def _servers(self) -> list[int]:
        """Living processes whose working folder is the data folder; zombies have none."""
        if sys.platform != "linux":
            return self._servers_by_ps()
        data, found = self.data.resolve(), []
        for entry in os.scandir("/proc"):
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    if os.readlink(f"/proc/{entry.name}/cwd") == str(data):
                        found.append(int(entry.name))
        return found

    def _servers_by_ps(self) -> list[int]:
        try:
            pid = (self.data / "postmaster.pid").read_text().split("\n", 1)[0].strip()
        except OSError:
            return []
        answer = subprocess.run(  # noqa: S603 - fixed program, the pid is checked to be digits
            ["/bin/ps", "-o", "stat=,command=", "-p", pid if pid.isdigit() else "0"],
            capture_output=True, text=True, timeout=10, check=False,
        )  # fmt: skip
        state, _, command = answer.stdout.strip().partition(" ")
        return [int(pid)] if str(self.data) in command and not state.startswith("Z") else []
