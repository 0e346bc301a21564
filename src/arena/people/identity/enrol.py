"""Enrols persons, grants them roles, and changes what they are called and known by."""

from collections.abc import Collection

from arena.evidence import audit
from arena.kit.db import Tx
from arena.kit.ids import fresh
from arena.people.identity import store, waiting
from arena.people.identity.model import (
    PASSWORD_LENGTH_MIN,
    ROLES,
    EmailTaken,
    NoSuchRole,
    PasswordTooShort,
    Person,
)
from arena.people.identity.passwords import hash_password


async def create_person(
    tx: Tx,
    *,
    email: str,
    name: str,
    password: str,
    roles: Collection[str] = (),
    request_id: str | None = None,
) -> Person:
    """Raises EmailTaken, PasswordTooShort, NoSuchRole."""
    if len(password) < PASSWORD_LENGTH_MIN:
        raise PasswordTooShort
    for role in roles:
        if role not in ROLES:
            raise NoSuchRole(role=role)
    made = await store.insert_person(
        tx, person_id=fresh("usr"), email=email.strip(), name=name.strip(),
        password_hash=await hash_password(password), roles=sorted(roles),
    )  # fmt: skip
    if made is None:
        raise EmailTaken
    await audit.record(
        tx, actor=made.id, actor_kind="person", action="people.create_person", object=made.id,
        detail={"roles": sorted(roles)}, request_id=request_id,
    )  # fmt: skip
    return made


async def grant_role(
    tx: Tx,
    person_id: str,
    role: str,
    *,
    by: str = "system",
    reason: str | None = None,
    request_id: str | None = None,
) -> Person:
    """Gives the person a role; one that is held already stays. Raises NoSuchPerson, NoSuchRole."""
    if role not in ROLES:
        raise NoSuchRole(role=role)
    if await store.add_role(tx, person_id, role):
        if role == "creator":
            await waiting.settle(tx, person_id, by=by, reason=reason)
        await audit.record(
            tx, actor=by, actor_kind="system" if by == "system" else "person",
            action="people.grant_role", object=person_id, detail={"role": role}, reason=reason,
            request_id=request_id,
        )  # fmt: skip
        tx.tell(f"person:{person_id}")
    return await store.person(tx, person_id)


async def rename(tx: Tx, person_id: str, name: str, *, request_id: str | None = None) -> Person:
    """By the person. The trail keeps that it was done, not the names. Raises NoSuchPerson."""
    if await store.set_name(tx, person_id, name.strip()):
        await audit.record(
            tx, actor=person_id, actor_kind="person", action="people.rename", object=person_id,
            request_id=request_id,
        )  # fmt: skip
    return await store.person(tx, person_id)


async def set_password(tx: Tx, person_id: str, password: str) -> None:
    """Whoever calls has made sure that the person wants it, and leaves the audit line. Raises PasswordTooShort."""
    if len(password) < PASSWORD_LENGTH_MIN:
        raise PasswordTooShort
    await store.set_password_hash(tx, person_id, await hash_password(password))
