"""A pack written down: the manifest of what a folder plays, in a file named by the manifest's own digest."""

from pathlib import Path

from arena.kit.canonical import canonical_json
from arena.trading.market.model import Pack

FOLDER = "packs"


def write_manifest(folder: Path, pack: Pack) -> Path:
    """`packs/<pack_sha>.json` below the folder: the very bytes whose SHA-256 is the pack's."""
    target = folder / FOLDER / f"{pack.sha}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(canonical_json(pack.manifest()))
    return target
