"""Where evidence comes from: the arena, or a folder it was saved in earlier. Same questions, same bytes."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from sigma_sdk.canonical import sha256_hex
from sigma_sdk.client import Client
from sigma_sdk.exchange import Request, deliver, query_of

_INDEX = "index.json"


class NotSaved(LookupError):
    """The folder lacks an answer this check needs; save the evidence again."""


class Source(Protocol):
    """Answers GET requests with the bytes the arena answered."""

    @property
    def origin(self) -> str: ...

    def raw(self, path: str, query: Mapping[str, object] | None = None) -> bytes:
        """The body. Raises ArenaProblem or NotSaved."""
        ...


class ArenaSource:
    """Asks the arena, and keeps every answer so that it can be saved."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.origin = client.origin
        self.answers: dict[str, bytes] = {}

    def raw(self, path: str, query: Mapping[str, object] | None = None) -> bytes:
        request = Request("GET", path, query_of(query or {}))
        if request.target not in self.answers:
            self.answers[request.target] = self._client.run(deliver(request)).body
        return self.answers[request.target]

    def save(self, folder: Path, listing_id: str) -> None:
        """Writes every answer into a file of its own, and an index over them."""
        folder.mkdir(parents=True, exist_ok=True)
        index: dict[str, Any] = {"origin": self.origin, "listing": listing_id, "answers": {}}
        for number, (target, body) in enumerate(self.answers.items(), start=1):
            name = f"{number:04d}-{_file_name(target)}"
            (folder / name).write_bytes(body)
            index["answers"][target] = {"file": name, "sha256": sha256_hex(body)}
        (folder / _INDEX).write_text(json.dumps(index, indent=1) + "\n")


class SavedSource:
    """Reads what `ArenaSource.save` wrote."""

    def __init__(self, folder: Path) -> None:
        """Raises NotSaved where the folder holds no saved evidence."""
        try:
            index = json.loads((folder / _INDEX).read_text())
        except (OSError, ValueError) as missing:
            raise NotSaved(f"{folder} holds no saved evidence ({_INDEX} is missing)") from missing
        self._folder: Path = folder
        self._answers = index["answers"]
        self.origin = str(index["origin"])
        self.listing_id = str(index["listing"])

    def raw(self, path: str, query: Mapping[str, object] | None = None) -> bytes:
        target = Request("GET", path, query_of(query or {})).target
        try:
            name = str(self._answers[target]["file"])
            return (self._folder / name).read_bytes()
        except (KeyError, OSError) as missing:
            raise NotSaved(f"the saved evidence lacks {target}") from missing


def read_json(source: Source, path: str, query: Mapping[str, object] | None = None) -> Any:
    """The body as JSON."""
    return json.loads(source.raw(path, query))


def read_all(source: Source, path: str, query: Mapping[str, object]) -> list[Any]:
    """All items of a list, page after page."""
    items: list[Any] = []
    after: object = None
    while True:
        page = read_json(source, path, {**query, "after": after})
        items += page["data"]
        if not page.get("has_more"):
            return items
        after = page["next"]


def _file_name(target: str) -> str:
    plain = "".join(c if c.isalnum() or c in "-." else "_" for c in target.strip("/"))
    return plain[:80].rstrip("_.") + ".body"
