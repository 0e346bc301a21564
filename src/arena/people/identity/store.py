"""Persons, collectives and keys in the database."""

from collections.abc import Sequence
from datetime import datetime

from arena.kit.db import Row, Tx
from arena.people.identity.model import (
    Collective,
    CollectiveKey,
    Creator,
    NoSuchCollective,
    NoSuchPerson,
    Person,
)

_PERSON = "id, email, name, roles, at"
_COLLECTIVE = "id, name, about, owner_id, status, at"
_KEY = "id, collective_id, public_key, not_before, not_after, revoked_at"


async def person(tx: Tx, person_id: str) -> Person:
    """Raises NoSuchPerson."""
    row = await tx.fetchrow(f"select {_PERSON} from person where id = $1", person_id)
    if row is None:
        raise NoSuchPerson(person_id=person_id)
    return _person(row)


async def person_by_email(tx: Tx, email: str) -> tuple[Person, str] | None:
    """The person with this e-mail address, whatever its case, and the password's hash."""
    row = await tx.fetchrow(
        f"select {_PERSON}, password_hash from person where lower(email) = lower($1)", email
    )
    return None if row is None else (_person(row), row["password_hash"])


async def insert_person(
    tx: Tx, *, person_id: str, email: str, name: str, password_hash: str, roles: list[str]
) -> Person | None:
    """None where the e-mail address is taken."""
    row = await tx.fetchrow(
        f"""insert into person (id, email, name, password_hash, roles, creator_since)
            values ($1, $2, $3, $4, $5, case when 'creator' = any($5) then clock_timestamp() end)
            on conflict do nothing returning {_PERSON}""",
        person_id, email, name, password_hash, roles,
    )  # fmt: skip
    return None if row is None else _person(row)


async def add_role(tx: Tx, person_id: str, role: str) -> bool:
    """False where the person has the role already, or there is no such person."""
    return bool(
        await tx.execute(
            """update person set roles = array_append(roles, $2),
                 creator_since = case when $2 = 'creator' then clock_timestamp() else creator_since end
               where id = $1 and not roles @> array[$2]""",
            person_id,
            role,
        )
    )


async def set_name(tx: Tx, person_id: str, name: str) -> bool:
    """False where that is the name already, or there is no such person."""
    return bool(
        await tx.execute(
            "update person set name = $2 where id = $1 and name <> $2", person_id, name
        )
    )


async def set_password_hash(tx: Tx, person_id: str, password_hash: str) -> None:
    await tx.execute("update person set password_hash = $2 where id = $1", person_id, password_hash)


async def persons(tx: Tx, person_ids: Sequence[str]) -> dict[str, Person]:
    """By id; those there are not are left out."""
    rows = await tx.fetch(
        f"select {_PERSON} from person where id = any($1::text[])", list(person_ids)
    )
    return {row["id"]: _person(row) for row in rows}


async def creators(
    tx: Tx, *, after: tuple[datetime, str] | None = None, limit: int = 50
) -> list[Creator]:
    """The newest first; `after` is since when and who the last one seen is."""
    since, person_id = after or (None, "")
    rows = await tx.fetch(
        f"""select {_PERSON}, creator_since from person
            where creator_since is not null and ($1::timestamptz is null or (creator_since, id) < ($1, $2))
            order by creator_since desc, id desc limit $3""",
        since, person_id, limit,
    )  # fmt: skip
    return [Creator(_person(row), row["creator_since"]) for row in rows]


async def collective(tx: Tx, collective_id: str) -> Collective:
    """Raises NoSuchCollective."""
    row = await tx.fetchrow(f"select {_COLLECTIVE} from collective where id = $1", collective_id)
    if row is None:
        raise NoSuchCollective(collective_id=collective_id)
    return Collective(**dict(row))


async def collectives(
    tx: Tx, *, owner_id: str | None = None, after: str | None = None, limit: int = 50
) -> list[Collective]:
    """By id; `after` is the last id already seen."""
    rows = await tx.fetch(
        f"""select {_COLLECTIVE} from collective
            where ($1::text is null or owner_id = $1) and ($2::text is null or id > $2)
            order by id limit $3""",
        owner_id, after, limit,
    )  # fmt: skip
    return [Collective(**dict(row)) for row in rows]


async def insert_collective(tx: Tx, made: Collective) -> bool:
    """False where the name is taken."""
    return bool(
        await tx.execute(
            """insert into collective (id, name, about, owner_id, at) values ($1, $2, $3, $4, $5)
               on conflict do nothing""",
            made.id,
            made.name,
            made.about,
            made.owner_id,
            made.at,
        )
    )


async def key(tx: Tx, key_id: str) -> CollectiveKey | None:
    """The key, active or not."""
    row = await tx.fetchrow(f"select {_KEY} from collective_key where id = $1", key_id)
    return None if row is None else CollectiveKey(**dict(row))


async def key_of_active(tx: Tx, key_id: str) -> CollectiveKey | None:
    """The key, active or not, of a collective that is neither suspended nor closed."""
    row = await tx.fetchrow(
        f"""select {_KEY} from collective_key k where id = $1 and exists
              (select 1 from collective c where c.id = k.collective_id and c.status = 'active')""",
        key_id,
    )
    return None if row is None else CollectiveKey(**dict(row))


async def keys(tx: Tx, collective_id: str) -> list[CollectiveKey]:
    """All keys the collective ever had, oldest first."""
    rows = await tx.fetch(
        f"select {_KEY} from collective_key where collective_id = $1 order by not_before, added_at, id",
        collective_id,
    )
    return [CollectiveKey(**dict(row)) for row in rows]


async def keys_of(tx: Tx, collective_ids: Sequence[str]) -> dict[str, list[CollectiveKey]]:
    """As `keys`, for several collectives at once; those without any are left out."""
    rows = await tx.fetch(
        f"""select {_KEY} from collective_key where collective_id = any($1::text[])
            order by not_before, added_at, id""",
        list(collective_ids),
    )
    found: dict[str, list[CollectiveKey]] = {}
    for row in rows:
        found.setdefault(row["collective_id"], []).append(CollectiveKey(**dict(row)))
    return found


async def lock_collective(tx: Tx, collective_id: str) -> Collective:
    """The collective, with its row locked until the transaction ends. Raises NoSuchCollective."""
    row = await tx.fetchrow(
        f"select {_COLLECTIVE} from collective where id = $1 for update", collective_id
    )
    if row is None:
        raise NoSuchCollective(collective_id=collective_id)
    return Collective(**dict(row))


async def insert_key(tx: Tx, made: CollectiveKey) -> bool:
    """False where the key is registered already."""
    return bool(
        await tx.execute(
            """insert into collective_key (id, collective_id, public_key, not_before, not_after)
               values ($1, $2, $3, $4, $5) on conflict do nothing""",
            made.id,
            made.collective_id,
            made.public_key,
            made.not_before,
            made.not_after,
        )
    )


async def end_key(tx: Tx, key_id: str) -> None:
    await tx.execute(
        "update collective_key set revoked_at = $2 where id = $1 and revoked_at is null",
        key_id,
        tx.now,
    )


async def end_key_after(tx: Tx, key_id: str, not_after: datetime) -> None:
    """It signs until then, and no more."""
    await tx.execute("update collective_key set not_after = $2 where id = $1", key_id, not_after)


def _person(row: Row) -> Person:
    return Person(row["id"], row["email"], row["name"], frozenset(row["roles"]), row["at"])
