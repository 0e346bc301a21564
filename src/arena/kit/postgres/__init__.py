"""The embedded PostgreSQL: found, made, started, watched and stopped by a supervisor of our own."""

from arena.kit.postgres.binaries import Binaries, NoBinaries, find_binaries
from arena.kit.postgres.client import run_client
from arena.kit.postgres.folder import Folder, FolderInUse, PostgresFailed, WrongMajor
from arena.kit.postgres.identity import CannotRunHere
from arena.kit.postgres.server import EmbeddedPostgres, forget, running_url

__all__ = [
    "Binaries", "CannotRunHere", "EmbeddedPostgres", "Folder", "FolderInUse", "NoBinaries",
    "PostgresFailed", "WrongMajor", "find_binaries", "forget", "run_client", "running_url",
]  # fmt: skip
