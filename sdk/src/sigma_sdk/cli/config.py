"""Where the command keeps what it knows: address and API key, in a file only its owner can read."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from sigma_sdk.client import DEFAULT_ORIGIN


@dataclass(frozen=True, slots=True)
class Config:
    """Which arena, and who one is there. `SIGMA_URL` and `SIGMA_KEY` go before what is stored."""

    origin: str
    key: str | None
    name: str | None = None


def folder() -> Path:
    """The command's folder: $SIGMA_HOME, else sigma in the user's configuration folder."""
    own = os.environ.get("SIGMA_HOME")
    if own:
        return Path(own)
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "sigma"


def load() -> Config:
    """What is stored, overridden by the environment."""
    stored: dict[str, str | None] = {}
    path = folder() / "config.json"
    if path.exists():
        stored = json.loads(path.read_text())
    origin = os.environ.get("SIGMA_URL") or stored.get("origin") or DEFAULT_ORIGIN
    same = stored.get("origin") == origin.rstrip("/")
    key = os.environ.get("SIGMA_KEY") or (stored.get("key") if same else None)
    return Config(origin.rstrip("/"), key, stored.get("name") if same else None)


def store(config: Config) -> Path:
    """Writes the file, mode 0600; returns where."""
    path = folder() / "config.json"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump({"origin": config.origin, "key": config.key, "name": config.name}, file, indent=1)
        file.write("\n")
    os.replace(fresh, path)
    return path
