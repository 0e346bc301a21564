"""Lines of the audit trail as people read them: names beside ids, details as pairs, links to what they are of."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from arena.evidence import audit
from arena.kit.db import Tx
from arena.web.page import _
from arena.web.views.desk import names_of

# Where an object can be looked at, by the prefix of its id.
PLACES = {"lst": "/operator/listings/", "mod": "/operator/review/"}


@dataclass(frozen=True, slots=True)
class TrailLine:
    """An event with the actor's name, the object's, where to see the object, and its details as texts."""

    event: audit.AuditEvent
    actor: str | None
    object: str | None
    path: str | None
    details: Sequence[tuple[str, str]]


async def lines_of(tx: Tx, events: Sequence[audit.AuditEvent]) -> list[TrailLine]:
    """In the order they come."""
    names = await names_of(tx, {id for event in events for id in (event.actor, event.object)})
    return [
        TrailLine(
            event, names.get(event.actor), names.get(event.object), _place(event.object),
            pairs_of(event.detail),
        )
        for event in events
    ]  # fmt: skip


def _place(object_id: str) -> str | None:
    prefix, _between, rest = object_id.partition("_")
    return f"{PLACES[prefix]}{object_id}" if prefix in PLACES and rest.isalnum() else None


def plain(value: object) -> str:
    """A value of JSON as text: strings as they are, nothing as a dash, lists by commas, the rest as JSON."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return ", ".join(value) or "–"
    return json.dumps(value, ensure_ascii=False)


def pairs_of(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A document's fields as names and texts, those of a document inside it beside its own."""
    pairs: list[tuple[str, str]] = []
    for name, value in body.items():
        inner = value.items() if isinstance(value, Mapping) and value else ()
        pairs += [(f"{name} {part}".replace("_", " "), plain(each)) for part, each in inner]
        if not inner:
            pairs.append((name.replace("_", " "), plain(value)))
    return pairs
