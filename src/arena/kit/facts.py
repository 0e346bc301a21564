"""What a fact is, and the table of who reacts to which kind of fact; `kit.outbox` runs the reactions."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class Fact(Protocol):
    """Something that happened: a frozen dataclass named in the past tense, with a `key` it is ordered by."""

    @property
    def key(self) -> str: ...


Handler = Callable[[Any, Any], Awaitable[None]]
"""Takes the transaction (kit.db.Tx) and the fact."""


@dataclass(frozen=True, slots=True)
class Reaction:
    """An `outward` one waits for somebody who is not of this arena, e.g. a mail server: it runs beside the others,
    holds up neither them nor the tape, and is patient where it fails."""

    name: str
    handle: Handler
    outward: bool = False


class Routing:
    """Which reactions follow from which kind of fact, in their order."""

    def __init__(self, table: Mapping[type[Any], Sequence[Reaction]] | None = None) -> None:
        table = table or {}
        self._names = {kind: [r.name for r in reactions] for kind, reactions in table.items()}
        self.kinds = {kind.__name__: kind for kind in table}
        self.handlers = {r.name: r.handle for reactions in table.values() for r in reactions}
        self.outward = sorted(
            {r.name for reactions in table.values() for r in reactions if r.outward}
        )

    def names_for(self, kind: type[Any]) -> list[str]:
        return self._names.get(kind, [])
