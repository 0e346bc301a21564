"""As whom PostgreSQL runs. It refuses root, and initdb refuses a user without a name.

As root, and as a user without a passwd entry (as in some containers), it runs in a user namespace in
which we are called nobody: no user is made, nothing changes owner, folders of mode 0700 stay shut.
Where namespaces are denied, root becomes nobody in earnest, and the data change owner.
"""

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from arena.kit.postgres.folder import PostgresFailed

NOBODY = 65534


class CannotRunHere(PostgresFailed):
    """PostgreSQL cannot run as this user in this place."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Words to put before a command, the user to become first (None: stay), and whose files result."""

    prefix: tuple[str, ...]
    user: int | None
    owner: int


def choose_identity(root: Path, programs: Path) -> Identity:
    """How to run the server of `root`. Raises CannotRunHere with what to do instead."""
    uid = os.geteuid()
    if uid != 0 and _has_name(uid):
        return Identity((), None, uid)
    data_owner = _owner(root / "data")
    if uid == 0 and data_owner not in (None, 0):
        assert data_owner is not None
        return _become(data_owner, root, programs)  # a run without namespaces made them
    if prefix := _namespace():
        return Identity(prefix, None, uid)
    if uid != 0:
        if (root / "data").exists():
            return Identity((), None, uid)  # only initdb asks for a name
        raise CannotRunHere(
            f"user {uid} has no entry in /etc/passwd and this machine denies user namespaces: run as a named"
            " user, or use a server of your own with ARENA_DATABASE_URL"
        )
    return _become(NOBODY, root, programs)


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _owner(path: Path) -> int | None:
    try:
        return path.stat().st_uid
    except FileNotFoundError:
        return None


def _namespace() -> tuple[str, ...]:
    """The command that enters a user namespace as nobody, or nothing where that is denied."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return ()
    prefix = (unshare, "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}")
    try:
        tried = subprocess.run(  # noqa: S603 - util-linux, fixed arguments
            [*prefix, "true"], capture_output=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return prefix if tried.returncode == 0 else ()


def _become(user: int, root: Path, programs: Path) -> Identity:
    for place in (root, programs):
        if closed := _first_closed(place.resolve(), user, ours=root.resolve()):
            raise CannotRunHere(
                f"PostgreSQL does not run as root, this machine denies user namespaces, and user {user} cannot"
                f" enter {closed}: set ARENA_HOME to a folder others may enter (such as /var/lib/arena), run as"
                " an ordinary user, or use a server of your own with ARENA_DATABASE_URL"
            )
    _give(root, user)
    return Identity((), user, user)


def _first_closed(place: Path, user: int, *, ours: Path) -> Path | None:
    """The outermost folder on the way that `user` may not enter; `ours` is about to be given to him."""
    for folder in [*reversed(place.parents), place]:
        if folder == ours:
            return None
        try:
            found = folder.stat()
        except FileNotFoundError:
            return None
        entered = stat.S_IXUSR if found.st_uid == user else stat.S_IXOTH
        if not found.st_mode & entered:
            return folder
    return None


def _give(root: Path, user: int) -> None:
    """The server's folder changes owner; the lock stays ours (it is opened by us alone)."""
    os.chown(root, user, -1)
    for folder, _folders, files in os.walk(root):
        for name in [".", *files]:
            path = os.path.join(folder, name)
            if os.lstat(path).st_uid != user:
                os.chown(path, user, -1, follow_symlinks=False)
