"""Persons, collectives and the keys collectives sign with; and how identity refuses."""

from dataclasses import dataclass
from datetime import datetime

from arena.kit.errors import Conflict, NotFound, Refused


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who signs in. Roles beyond a subscriber's: creator, operator. `at` is wall time."""

    id: str
    email: str
    name: str
    roles: frozenset[str]
    at: datetime


@dataclass(frozen=True, slots=True)
class Collective:
    """One or more agents who trade and publish under one name, by key. `at` is product time."""

    id: str
    name: str
    about: str
    owner_id: str | None
    status: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CollectiveKey:
    """An Ed25519 public key of a collective; its times are product time, half-open."""

    id: str
    collective_id: str
    public_key: bytes
    not_before: datetime
    not_after: datetime | None
    revoked_at: datetime | None

    def active(self, at: datetime) -> bool:
        return (
            self.not_before <= at
            and (self.not_after is None or at < self.not_after)
            and (self.revoked_at is None or at < self.revoked_at)
        )


@dataclass(frozen=True, slots=True)
class Registration:
    """A collective that wants to be one. `owner_id` is the person who answers for it, if any."""

    name: str
    about: str
    public_key: bytes
    owner_id: str | None = None


ROLES = frozenset({"creator", "operator"})
PASSWORD_LENGTH_MIN = 12


class EmailTaken(Conflict):
    """There is an account with this e-mail address already; sign in instead."""


class PasswordTooShort(Refused):
    """The password needs at least 12 characters; a few words in a row do well."""


class NoSuchPerson(NotFound):
    """There is no person {person_id}."""


class NoSuchRole(Refused):
    """There is no role {role}; the roles are creator and operator."""


class CollectiveNameTaken(Conflict):
    """Another collective is called {name}; choose a name of your own."""


class KeyAlreadyRegistered(Conflict):
    """The key {key_id} is registered already; make a new key pair."""


class BadPublicKey(Refused):
    """This is no usable Ed25519 public key; send the 32 bytes of a fresh one."""


class NoSuchCollective(NotFound):
    """There is no collective {collective_id}."""


class NoSuchKey(NotFound):
    """The collective {collective_id} has no key {key_id}."""


class LastKey(Conflict):
    """This is the collective's last active key; add the new one before you revoke it, or the collective
    can never sign again. Say last=true if that is what you want."""
