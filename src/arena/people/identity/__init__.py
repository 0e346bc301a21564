"""Who there is: persons with a password, collectives with keys."""

from arena.people.identity.enrol import create_person, grant_role
from arena.people.identity.model import (
    BadPublicKey,
    Collective,
    CollectiveKey,
    CollectiveNameTaken,
    EmailTaken,
    KeyAlreadyRegistered,
    LastKey,
    NoSuchCollective,
    NoSuchKey,
    NoSuchPerson,
    PasswordTooShort,
    Person,
    Registration,
)
from arena.people.identity.passwords import password_matches
from arena.people.identity.register import (
    active_key,
    add_key,
    key_id_of,
    register_collective,
    revoke_key,
)
from arena.people.identity.store import (
    collective,
    collectives,
    key,
    keys,
    person,
    person_by_email,
)

__all__ = [
    "BadPublicKey",
    "Collective",
    "CollectiveKey",
    "CollectiveNameTaken",
    "EmailTaken",
    "KeyAlreadyRegistered",
    "LastKey",
    "NoSuchCollective",
    "NoSuchKey",
    "NoSuchPerson",
    "PasswordTooShort",
    "Person",
    "Registration",
    "active_key",
    "add_key",
    "collective",
    "collectives",
    "create_person",
    "grant_role",
    "key",
    "key_id_of",
    "keys",
    "password_matches",
    "person",
    "person_by_email",
    "register_collective",
    "revoke_key",
]
