"""A sanctions list from a CSV file: read whole or refused with the line that is wrong; then all payees are compared."""

import csv
import io
import re

from arena.evidence import audit
from arena.kit.canonical import sha256_hex
from arena.kit.db import Tx
from arena.kit.ids import derived
from arena.money.due_diligence import store
from arena.money.due_diligence.model import (
    ENTRIES_MAX,
    Entry,
    ListRefused,
    SanctionsList,
    SanctionsListLoaded,
)
from arena.money.due_diligence.names import words_of
from arena.people.access import Actor

COLUMNS = ("name", "aliases", "birth_date", "country")
"""Several aliases, dates or countries are separated by semicolons; only a name is a must."""
_YEAR = re.compile(r"(?<!\d)(1[89]\d\d|20\d\d)(?!\d)")
_LONG = 500


async def load_list(
    tx: Tx, name: str, content: bytes, *, actor: Actor, request_id: str | None = None
) -> SanctionsList:
    """The list, which replaces the one of the same name; the same file again changes nothing. Raises ListRefused."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,59}", name):
        raise ListRefused(
            reason="give it a short name of letters, digits, dots and dashes, like OFAC-SDN."
        )
    entries = read_list(content)
    sha = sha256_hex(content)
    await tx.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"sanctions {name}")
    before = await store.newest_of(tx, name)
    if before is not None and before.sha == sha:
        return before
    version = 1 if before is None else before.version + 1
    made = SanctionsList(
        derived("scl", name, version), name, version, sha, len(entries), actor.id, tx.now
    )
    await store.insert_list(tx, made, entries)
    await tx.record(SanctionsListLoaded(made.id))
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="due_diligence.load_list", object=made.id,
        detail={"name": name, "version": version, "entries": len(entries), "sha": sha},
        request_id=request_id,
    )  # fmt: skip
    return made


def read_list(content: bytes) -> list[Entry]:
    """Raises ListRefused, naming the line."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        line = content[: broken.start].count(b"\n") + 1
        raise ListRefused(reason=f"line {line} is not UTF-8; save the file as UTF-8.") from broken
    if "\x00" in text:
        raise ListRefused(reason="it is no text; save it as CSV.")
    rows = csv.DictReader(io.StringIO(text, newline=""))
    try:
        columns = [str(column).strip().lower() for column in rows.fieldnames or ()]
        if "name" not in columns:
            raise ListRefused(
                reason=f"its first line has to name the columns: {', '.join(COLUMNS)}."
            )
        rows.fieldnames = columns
        entries = [_entry(row, rows.line_num) for row in rows if any(row.values())]
    except csv.Error as broken:
        raise ListRefused(reason=f"line {rows.line_num} cannot be read: {broken}.") from broken
    if not entries:
        raise ListRefused(reason="there is no entry in it.")
    if len(entries) > ENTRIES_MAX:
        raise ListRefused(reason=f"it has {len(entries)} entries; {ENTRIES_MAX} are the most.")
    return entries


def _entry(row: dict[str, str | None], line: int) -> Entry:
    name = (row.get("name") or "").strip()
    if not words_of(name):
        raise ListRefused(reason=f"line {line} has no name.")
    if len(name) > _LONG:
        raise ListRefused(reason=f"the name in line {line} has more than {_LONG} characters.")
    born = row.get("birth_date") or ""
    years = tuple(sorted({int(year) for year in _YEAR.findall(born)}))
    if born.strip() and not years:
        raise ListRefused(
            reason=f"{born.strip()[:40]!r} in line {line} has no year of birth like 1964 in it."
        )
    aliases = tuple(alias for alias in _several(row.get("aliases")) if words_of(alias))
    return Entry(name, aliases, years, _several(row.get("country")))


def _several(text: str | None) -> tuple[str, ...]:
    parts = [part.strip()[:_LONG] for part in (text or "").split(";")]
    return tuple(dict.fromkeys(part for part in parts if part))
