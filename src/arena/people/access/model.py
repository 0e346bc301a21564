"""Who calls (Actor), what a route demands (Gate), and the ways of being refused."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from arena.kit.errors import Forbidden, Unauthenticated

ActorKind = Literal["anonymous", "collective", "person", "system"]

SCOPES = {
    "signals:publish": "open feeds and publish signals",
    "signals:read": "receive signals one is entitled to",
    "orders:write": "place and cancel orders",
    "portfolio:read": "see one's own accounts, orders and fills",
    "listings:write": "draft, update and submit listings",
    "subscriptions:write": "subscribe, cancel, keep payment methods",
    "subscriptions:read": "see one's own subscriptions",
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
    "creator": frozenset({"listings:write"}),
    "operator": frozenset({"operate", "listings:write"}),
}


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
    """What a route demands. `scope=None` means public, and `why` must then say why that is right."""

    scope: str | None
    kinds: frozenset[str] = frozenset({"collective", "person"})
    why: str = ""

    def admit(self, actor: Actor) -> None:
        """Raises Unauthenticated, WrongKindOfCaller or ScopeMissing."""
        if self.scope is None:
            return
        if actor.kind == "anonymous":
            raise Unauthenticated
        if actor.kind not in self.kinds and actor.kind != "system":
            raise WrongKindOfCaller(kinds=" and ".join(sorted(self.kinds)))
        if not actor.may(self.scope):
            raise ScopeMissing(scope=self.scope)


def public(why: str) -> Gate:
    return Gate(None, why=why)


def needs(scope: str, *, kinds: Collection[str] = ("collective", "person")) -> Gate:
    assert scope in SCOPES, scope
    return Gate(scope, frozenset(kinds))
