"""Persons, collectives and the keys collectives sign with, who may create; and how identity refuses."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

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
PASSWORD_LENGTH_MAX = 512
EMAIL_PATTERN = r"^[^@\x00-\x20\x7f]{1,64}@[^@\x00-\x20\x7f]{1,189}$"
EMAIL_LENGTH_MAX = 254

CreatorPolicy = Literal["open", "waitlist", "invitation"]
"""Who becomes a creator: whoever wants to, whom an operator grants it, or whom an operator has invited."""


@dataclass(frozen=True, slots=True)
class CreatorWish:
    """Somebody wants to be a creator: under which policy, in which words, with which code, if any."""

    policy: CreatorPolicy
    words: str = ""
    invitation: str = ""


@dataclass(frozen=True, slots=True)
class Creator:
    """A person who may offer listings, and since when (wall time)."""

    person: Person
    since: datetime


class RequestStatus(StrEnum):
    """Where a wish to be a creator stands."""

    WAITING = "waiting"
    GRANTED = "granted"
    REFUSED = "refused"


REQUEST_MOVES: dict[RequestStatus, frozenset[RequestStatus]] = {
    RequestStatus.WAITING: frozenset({RequestStatus.GRANTED, RequestStatus.REFUSED}),
    RequestStatus.REFUSED: frozenset({RequestStatus.GRANTED}),
    RequestStatus.GRANTED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class CreatorRequest:
    """One turn on the waiting list; a person who was refused may ask again later. Wall times."""

    id: str
    person_id: str
    status: RequestStatus
    words: str
    at: datetime
    decided_at: datetime | None
    decided_by: str | None
    reason: str | None


class InvitationStatus(StrEnum):
    """What has become of an invitation; an open one whose time is over is of no use either."""

    OPEN = "open"
    USED = "used"
    WITHDRAWN = "withdrawn"


INVITATION_MOVES: dict[InvitationStatus, frozenset[InvitationStatus]] = {
    InvitationStatus.OPEN: frozenset({InvitationStatus.USED, InvitationStatus.WITHDRAWN}),
    InvitationStatus.USED: frozenset(),
    InvitationStatus.WITHDRAWN: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Invitation:
    """For one person to become a creator. Of its code only `hint` is known: its last four characters. Wall times."""

    id: str
    hint: str
    note: str
    made_by: str
    at: datetime
    expires_at: datetime
    status: InvitationStatus
    used_by: str | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class CreatorDecided:
    """A request on the creators' waiting list was granted or refused."""

    request_id: str

    @property
    def key(self) -> str:
        return self.request_id


class RecoveryStatus(StrEnum):
    """Where the recovery of a collective's keys stands."""

    WAITING = "waiting"
    BOUND = "bound"
    STOPPED = "stopped"


RECOVERY_MOVES: dict[RecoveryStatus, frozenset[RecoveryStatus]] = {
    RecoveryStatus.WAITING: frozenset({RecoveryStatus.BOUND, RecoveryStatus.STOPPED}),
    RecoveryStatus.BOUND: frozenset(),
    RecoveryStatus.STOPPED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class KeyRecovery:
    """An operator gives a collective a new key because all others were lost. Wall times, but for `bound_at`, which is
    product time as that of keys; `ended_by` is None where it was bound because it was due."""

    id: str
    collective_id: str
    public_key: bytes
    status: RecoveryStatus
    reason: str
    begun_by: str
    begun_at: datetime
    due_at: datetime
    ended_at: datetime | None
    ended_by: str | None
    ended_reason: str | None
    bound_at: datetime | None


@dataclass(frozen=True, slots=True)
class KeyRecoveryBegun:
    """A new key waits to be bound to a collective; its owner may stop that."""

    recovery_id: str

    @property
    def key(self) -> str:
        return self.recovery_id


@dataclass(frozen=True, slots=True)
class KeyRecoveryEnded:
    """The recovery of a collective's keys was stopped, or its new key is bound."""

    recovery_id: str

    @property
    def key(self) -> str:
        return self.recovery_id


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


class KeyEnded(Conflict):
    """The key {key_id} does not sign any more; rotate a key that does."""


class OverlapTooLong(Refused):
    """Both keys may sign for at most {days_max} days; say a shorter overlap."""


class RecoveryUnderWay(Conflict):
    """A key waits to be bound to this collective already ({recovery_id}); stop that recovery first."""


class NoSuchRecovery(NotFound):
    """There is no recovery {recovery_id} of this collective's keys."""


class RecoveryMoved(Conflict):
    """This recovery is {status} already; reload the page to see how it stands."""


class CollectiveClosed(Conflict):
    """The collective {collective_id} is closed; nobody signs for it any more."""


class NoSuchCreatorRequest(NotFound):
    """There is no request {creator_request_id} on the creators' waiting list."""


class CreatorRequestMoved(Conflict):
    """This request was {status} before; reload the page to see how it stands."""


class AskedRecently(Conflict):
    """Your last request was refused less than {days} days ago; you may ask again from {again_at} on."""


class InvitationNeeded(Refused):
    """Creators come by invitation here: send the code you were given as `invitation`, or leave out `creator`."""


class InvitationRefused(Refused):
    """This invitation code is unknown, used, withdrawn or out of date; ask whoever gave it to you for another."""


class NoSuchInvitation(NotFound):
    """There is no invitation {invitation_id}."""


class InvitationMoved(Conflict):
    """This invitation is {status} already; reload the page to see how it stands."""
