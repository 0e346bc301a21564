"""Tables of due diligence <-> model."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from arena.kit.db import Row, Tx
from arena.money.due_diligence.model import (
    Case,
    CaseState,
    Document,
    DocumentKind,
    Entry,
    Hit,
    Look,
    Party,
    SanctionsList,
)

_DOCUMENT = "id, person_id, kind, media_type, size, sha, at, erase_at, erased_at"


async def insert_document(tx: Tx, new: Document, sealed: bytes) -> None:
    await tx.execute(
        """insert into payee_document (id, person_id, kind, media_type, size, sha, sealed, at, erase_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
        new.id, new.person_id, new.kind, new.media_type, new.size, new.sha, sealed, new.at, new.erase_at,
    )  # fmt: skip


async def documents(tx: Tx, person_id: str) -> list[Document]:
    """Those that are still here, newest first."""
    rows = await tx.fetch(
        f"""select {_DOCUMENT} from payee_document where person_id = $1 and erased_at is null
            order by at desc, id desc""",
        person_id,
    )
    return [_document(row) for row in rows]


async def documents_ever(tx: Tx, person_id: str) -> int:
    number: int = await tx.fetchval(
        "select count(*) from payee_document where person_id = $1", person_id
    )
    return number


async def document(tx: Tx, document_id: str, *, lock: bool = False) -> Document | None:
    row = await tx.fetchrow(
        f"select {_DOCUMENT} from payee_document where id = $1" + (" for update" if lock else ""),
        document_id,
    )
    return None if row is None else _document(row)


async def sealed(tx: Tx, document_id: str) -> bytes | None:
    found: bytes | None = await tx.fetchval(
        "select sealed from payee_document where id = $1", document_id
    )
    return found


async def set_erase_at(tx: Tx, person_id: str, at: datetime) -> None:
    """Never later than it was."""
    await tx.execute(
        """update payee_document set erase_at = least(erase_at, $2)
           where person_id = $1 and erased_at is null""",
        person_id, at,
    )  # fmt: skip


async def erase(tx: Tx, document_id: str) -> None:
    await tx.execute(
        "update payee_document set sealed = null, erased_at = $2 where id = $1 and erased_at is null",
        document_id, tx.now,
    )  # fmt: skip


async def to_erase(tx: Tx, limit: int) -> list[Document]:
    rows = await tx.fetch(
        f"""select {_DOCUMENT} from payee_document where erased_at is null and erase_at <= $1
            order by erase_at limit $2 for update skip locked""",
        tx.now, limit,
    )  # fmt: skip
    return [_document(row) for row in rows]


async def insert_look(tx: Tx, new: Look) -> None:
    await tx.execute(
        "insert into payee_document_look values ($1, $2, $3, $4, $5, $6)",
        new.id, new.document_id, new.by_id, new.reason, new.at, new.seen_until,
    )  # fmt: skip


async def look(tx: Tx, look_id: str) -> Look | None:
    row = await tx.fetchrow("select * from payee_document_look where id = $1", look_id)
    return None if row is None else Look(*row.values())


async def looks(tx: Tx, document_ids: Sequence[str]) -> Mapping[str, int]:
    """How often each was looked at."""
    rows = await tx.fetch(
        """select document_id, count(*) as looks from payee_document_look where document_id = any($1)
           group by document_id""",
        list(document_ids),
    )
    return {row["document_id"]: row["looks"] for row in rows}


async def insert_list(tx: Tx, new: SanctionsList, entries: Sequence[Entry]) -> None:
    await tx.execute(
        "insert into sanctions_list values ($1, $2, $3, $4, $5, $6, $7)",
        new.id, new.name, new.version, new.sha, new.entries, new.loaded_by, new.at,
    )  # fmt: skip
    await tx.copy(
        "sanctions_entry",
        ["list_id", "number", "name", "aliases", "born", "countries"],
        [
            (new.id, number, e.name, list(e.aliases), list(e.born), list(e.countries))
            for number, e in enumerate(entries, 1)
        ],
    )


async def newest_of(tx: Tx, name: str) -> SanctionsList | None:
    row = await tx.fetchrow(
        "select * from sanctions_list where name = $1 order by version desc limit 1", name
    )
    return None if row is None else SanctionsList(*row.values())


async def lists(tx: Tx) -> list[SanctionsList]:
    """Those that hold, by name."""
    rows = await tx.fetch(
        "select distinct on (name) * from sanctions_list order by name, version desc"
    )
    return [SanctionsList(*row.values()) for row in rows]


async def entries(tx: Tx, list_id: str) -> list[Entry]:
    rows = await tx.fetch(
        "select name, aliases, born, countries from sanctions_entry where list_id = $1 order by number",
        list_id,
    )
    return [Entry(row["name"], row["aliases"], row["born"], row["countries"]) for row in rows]


async def name_party(tx: Tx, new: Party) -> None:
    """Whoever has another name than before is compared anew."""
    await tx.execute(
        """insert into screened_party (person_id, name, country, born) values ($1, $2, $3, $4)
           on conflict (person_id) do update set name = $2, country = $3, born = $4, screened_lists = null""",
        new.person_id, new.name, new.country, new.born,
    )  # fmt: skip


async def parties(tx: Tx) -> list[Party]:
    """All, by id."""
    rows = await tx.fetch(
        "select person_id, name, country, born from screened_party order by person_id"
    )
    return [Party(*row.values()) for row in rows]


async def party(tx: Tx, person_id: str, *, lock: bool = False) -> Party | None:
    row = await tx.fetchrow(
        "select person_id, name, country, born from screened_party where person_id = $1"
        + (" for update" if lock else ""),
        person_id,
    )
    return None if row is None else Party(*row.values())


async def screened_lists(tx: Tx, person_id: str) -> list[str] | None:
    """None where the name was not compared yet, or is not known at all."""
    found: list[str] | None = await tx.fetchval(
        "select screened_lists from screened_party where person_id = $1", person_id
    )
    return found


async def set_screened(tx: Tx, person_id: str, list_ids: Sequence[str]) -> None:
    await tx.execute(
        "update screened_party set screened_lists = $2 where person_id = $1",
        person_id,
        list(list_ids),
    )


async def insert_case(tx: Tx, new: Case, fingerprint: str) -> bool:
    """False where there is one of that fingerprint."""
    party, hit = new.party, new.hit
    made = await tx.fetchval(
        """insert into sanctions_case (id, person_id, name, country, born, list_name, entry, matched, score,
             fingerprint, state, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
           on conflict (person_id, fingerprint) do nothing returning id""",
        new.id, party.person_id, party.name, party.country, party.born, hit.list_name, entry_json(hit.entry),
        hit.matched, hit.score, fingerprint, new.state, new.at,
    )  # fmt: skip
    return made is not None


async def move_case(
    tx: Tx, case_id: str, state: CaseState, *, by: str | None, reason: str | None
) -> None:
    await tx.execute(
        "update sanctions_case set state = $2, decided_by = $3, decided_at = $4, reason = $5 where id = $1",
        case_id, state, by, tx.now, reason,
    )  # fmt: skip


async def case(tx: Tx, case_id: str, *, lock: bool = False) -> Case | None:
    row = await tx.fetchrow(
        "select * from sanctions_case where id = $1" + (" for update" if lock else ""), case_id
    )
    return None if row is None else _case(row)


async def cases(
    tx: Tx, states: Sequence[CaseState], *, person_id: str | None = None, limit: int = 100
) -> list[Case]:
    """The oldest first; of all persons where none is named."""
    rows = await tx.fetch(
        """select * from sanctions_case where state = any($1) and ($2::text is null or person_id = $2)
           order by at, id limit $3""",
        list(states), person_id, limit,
    )  # fmt: skip
    return [_case(row) for row in rows]


async def decided(tx: Tx, limit: int) -> list[Case]:
    """The newest decisions first."""
    rows = await tx.fetch(
        """select * from sanctions_case where state <> 'open' order by decided_at desc, id desc limit $1""",
        limit,
    )
    return [_case(row) for row in rows]


async def fingerprints(tx: Tx, person_id: str) -> dict[str, tuple[str, CaseState]]:
    """Id and state of each case of a person, by fingerprint."""
    rows = await tx.fetch(
        "select fingerprint, id, state from sanctions_case where person_id = $1 for update",
        person_id,
    )
    return {row["fingerprint"]: (row["id"], row["state"]) for row in rows}


def entry_json(entry: Entry) -> dict[str, object]:
    return {
        "name": entry.name, "aliases": list(entry.aliases), "born": list(entry.born),
        "countries": list(entry.countries),
    }  # fmt: skip


def _document(row: Row) -> Document:
    kind: DocumentKind = row["kind"]
    return Document(
        row["id"], row["person_id"], kind, row["media_type"], row["size"], row["sha"], row["at"],
        row["erase_at"], row["erased_at"],
    )  # fmt: skip


def _case(row: Row) -> Case:
    kept = row["entry"]
    entry = Entry(kept["name"], kept["aliases"], kept["born"], kept["countries"])
    return Case(
        row["id"], Party(row["person_id"], row["name"], row["country"], row["born"]),
        Hit(row["list_name"], entry, row["matched"], row["score"]), row["state"], row["at"], row["decided_by"],
        row["decided_at"], row["reason"],
    )  # fmt: skip
