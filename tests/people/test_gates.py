"""Nothing is open by oversight: every route of the product names its gate, and says why where it is public."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import APIRouter

from arena.app import ROUTERS
from arena.kit.errors import Forbidden, Unauthenticated
from arena.people.access import (
    ANONYMOUS,
    COLLECTIVE_SCOPES,
    PERSON_SCOPES,
    SYSTEM,
    Actor,
    Gate,
    known,
    needs,
    public,
    scopes_of,
)

SAFE = {"GET", "HEAD", "OPTIONS"}
# Whoever calls these twice changes nothing that the first call has not.
KEYLESS = {("POST", "/sessions"), ("DELETE", "/sessions"), ("POST", "/billing/webhooks/stripe")}


def routes() -> Iterator[tuple[str, str, tuple[Gate, bool, bool]]]:
    for router in ROUTERS:
        assert isinstance(router, APIRouter)
        for route in router.routes:
            named: Any = route
            gated = getattr(getattr(named, "endpoint", None), "__arena__", None)
            for method in sorted(getattr(named, "methods", None) or {"?"}):
                assert gated is not None, f"{method} {named.path} has no gate"
                yield method, named.path, gated


def test_every_route_names_its_gate() -> None:
    found = list(routes())
    assert len(found) >= 60
    for method, path, (gate, _, _) in found:
        assert gate.scope is not None or len(gate.why) > 8, f"{method} {path}: why is it open?"
        assert not (gate.public and gate.scope), f"{method} {path}"


def test_every_changing_route_takes_an_idempotency_key() -> None:
    keyless = {
        (method, path)
        for method, path, (_, _, keyed) in routes()
        if method not in SAFE and not keyed
    }
    assert keyless <= KEYLESS


def test_few_changes_are_open_to_anyone() -> None:
    opened = {(m, p) for m, p, (gate, _, _) in routes() if gate.public and m not in SAFE}
    assert opened == {("POST", "/collectives"), ("POST", "/people"), *KEYLESS}


PERSON = Actor("person", "usr_1", PERSON_SCOPES)
COLLECTIVE = Actor("collective", "col_1", COLLECTIVE_SCOPES)


@pytest.mark.parametrize(
    ("gate", "admitted"),
    [
        (public("anyone"), {"anonymous", "person", "collective", "system"}),
        (known("any name"), {"person", "collective", "system"}),
        (needs("signals:read"), {"person", "collective", "system"}),
        (needs("orders:write"), {"collective", "system"}),
        (needs("subscriptions:write"), {"person", "system"}),
        (needs("operate"), {"system"}),
        (needs("keys:write", kinds=["collective"]), {"collective", "system"}),
    ],
)
def test_a_gate_admits_whom_it_names(gate: Gate, admitted: set[str]) -> None:
    for actor in (ANONYMOUS, PERSON, COLLECTIVE, SYSTEM):
        if actor.kind in admitted:
            gate.admit(actor)
        else:
            refusal = Unauthenticated if actor is ANONYMOUS else Forbidden
            with pytest.raises(refusal):
                gate.admit(actor)


def test_roles_add_and_nothing_else_does() -> None:
    assert scopes_of(()) == PERSON_SCOPES
    assert scopes_of(("operator",)) - PERSON_SCOPES == {
        "operate",
        "listings:write",
        "payouts:write",
    }
    assert scopes_of(("unheard of",)) == PERSON_SCOPES
