"""Who calls (Actor), what a route demands (Gate), and the ways of being refused."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from arena.kit.errors import Conflict, Forbidden, NotFound, Refused, Unauthenticated, Unavailable

ActorKind = Literal["anonymous", "collective", "person", "system"]

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
SCOPES = {
    "signals:publish": "open feeds and publish signals",
    "signals:read": "receive signals one is entitled to",
    "orders:write": "place and cancel orders",
    "portfolio:read": "see one's own accounts, orders and fills",
    "listings:write": "draft, update and submit listings",
    "subscriptions:write": "subscribe, cancel, keep payment methods",
    "subscriptions:read": "see one's own subscriptions",
    "payouts:write": "see one's own earnings and statements, ask for payouts",
    "keys:write": "add, rotate and revoke keys",
    "operate": "review listings, read the audit trail, replay dead letters, drive the tape",
}
COLLECTIVE_SCOPES = frozenset(
    {
        "signals:publish",
        "signals:read",
        "orders:write",
        "portfolio:read",
        "listings:write",
        "keys:write",
    }
)
PERSON_SCOPES = frozenset(
    {"signals:read", "portfolio:read", "subscriptions:write", "subscriptions:read", "keys:write"}
)
ROLE_SCOPES = {
    "creator": frozenset({"listings:write", "payouts:write"}),
    "operator": frozenset({"operate", "listings:write", "payouts:write"}),
}


def scopes_of(roles: Collection[str]) -> frozenset[str]:
    """What a person with these roles may do."""
    return PERSON_SCOPES.union(*(ROLE_SCOPES.get(role, frozenset()) for role in roles))


@dataclass(frozen=True, slots=True)
class Actor:
    """A caller. `id` is usr_…, col_…, `system` or `anonymous`; `key_id` names the key that proved it."""

    kind: ActorKind
    id: str
    scopes: frozenset[str] = frozenset()
    key_id: str | None = None

    def may(self, scope: str) -> bool:
        return scope in self.scopes


ANONYMOUS = Actor("anonymous", "anonymous")
SYSTEM = Actor("system", "system", frozenset(SCOPES))


class ScopeMissing(Forbidden):
    """This needs the scope {scope}, which the caller does not have."""


class WrongKindOfCaller(Forbidden):
    """This is for {kinds} only."""


@dataclass(frozen=True, slots=True)
class Gate:
    """What a route demands. No scope: any known caller; no kinds either: anyone, and `why` says why."""

    scope: str | None
    kinds: frozenset[str] = frozenset({"collective", "person"})
    why: str = ""

    @property
    def public(self) -> bool:
        return not self.kinds

    def admit(self, actor: Actor) -> None:
        """Raises Unauthenticated, WrongKindOfCaller or ScopeMissing."""
        if self.public:
            return
        if actor.kind == "anonymous":
            raise Unauthenticated
        if actor.kind not in self.kinds and actor.kind != "system":
            raise WrongKindOfCaller(kinds=" and ".join(sorted(self.kinds)))
        if self.scope is not None and not actor.may(self.scope):
            raise ScopeMissing(scope=self.scope)


def public(why: str) -> Gate:
    return Gate(None, frozenset(), why)


def known(why: str) -> Gate:
    """Any caller who says who they are, whatever their scopes."""
    return Gate(None, why=why)


def needs(scope: str, *, kinds: Collection[str] = ("collective", "person")) -> Gate:
    assert scope in SCOPES, scope
    return Gate(scope, frozenset(kinds))


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A person's API key as its owner may see it: `hint` are the last four characters. Wall times."""

    id: str
    person_id: str
    name: str
    hint: str
    scopes: frozenset[str]
    at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class PasswordResetRequested:
    """Somebody who may or may not have an account has asked for a new password. The link follows from the id."""

    reset_id: str

    @property
    def key(self) -> str:
        return self.reset_id


@dataclass(frozen=True, slots=True)
class PasswordChanged:
    """A person has a new password, by the link of a mail (`reset`) or by the old one (`account`)."""

    change_id: str
    person_id: str
    how: str

    @property
    def key(self) -> str:
        return self.person_id


class SignatureRefused(Unauthenticated):
    """The request's signature does not hold: {reason}."""


class SignatureReplayed(Conflict):
    """A request with this nonce was here before; sign again with a fresh nonce."""


class ApiKeyRefused(Unauthenticated):
    """This API key is unknown, revoked or expired; send `Authorization: Bearer ak_…` with a current one."""


class CrossSite(Forbidden):
    """A changing call with a session must come from the arena's own pages; use an API key elsewhere."""


class WrongPassword(Unauthenticated):
    """E-mail address and password do not fit together."""


class ResetLinkOver(NotFound):
    """This link has been used, is older than an hour, or was never one of ours; ask for a new one."""

    status, title = 410, "Gone"


class TooManyRequests(Unavailable):
    """Too many calls: {limit} in {window_s} seconds are allowed. Wait {retry_after_s} seconds."""

    status, title = 429, "Too many requests"


class NoSuchApiKey(NotFound):
    """You have no API key {api_key_id}."""


class ScopeUnknown(Refused):
    """These scopes do not exist or are not yours to give: {scopes}."""


class TooManyApiKeys(Conflict):
    """You have {limit} API keys already; revoke one you do not use."""


class BadProof(Refused):
    """The proof that the key is held does not hold: {reason}."""
