"""The last checkpoint this machine has seen of each log, so that a log cannot show it another past."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sigma_sdk.canonical import sha256_hex


@dataclass(frozen=True, slots=True)
class Seen:
    """A log as it was seen last: its verifier key and its signed checkpoint."""

    vkey: str
    note: str


class CheckpointBook:
    """One small file for each arena, in the folder given."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def last(self, origin: str) -> Seen | None:
        """What was seen last of the arena at this address; None where nothing was."""
        try:
            kept = json.loads(self._path(origin).read_text())
            return Seen(str(kept["vkey"]), str(kept["note"]))
        except (OSError, ValueError, KeyError):
            return None

    def keep(self, origin: str, seen: Seen) -> None:
        """Remembers this checkpoint instead of the last one."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(origin)
        fresh = path.with_suffix(".new")
        kept = {"origin": origin, "vkey": seen.vkey, "note": seen.note}
        fresh.write_text(json.dumps(kept, indent=1) + "\n")
        os.replace(fresh, path)

    def _path(self, origin: str) -> Path:
        host = "".join(c if c.isalnum() else "-" for c in urlsplit(origin).netloc)
        return self._folder / f"{host}-{sha256_hex(origin.encode())[:8]}.json"
