"""People over HTTP: collectives and their keys, sign-up and sign-in, API keys."""

from datetime import timedelta
from typing import Annotated

from fastapi import Query, Request, Response

from arena.kit.clock import wall_now
from arena.kit.errors import Forbidden
from arena.kit.page import LIMIT_MAX, Page, decode_cursor, encode_cursor, page_of
from arena.people import identity
from arena.people.access.api_keys import NewApiKey, api_keys, create_api_key, revoke_api_key
from arena.people.access.call import CallDep, Routes
from arena.people.access.cookie import drop_session_cookie, session_token, set_session_cookie
from arena.people.access.model import CrossSite, known, needs, public
from arena.people.access.proof import ADD_KEY, REGISTER, check_proof
from arena.people.access.rate import address_of, rates_of
from arena.people.access.recovery import KeyProof, recover_keys
from arena.people.access.sessions import close_session
from arena.people.access.sign_in import sign_in
from arena.people.access.views import (
    ApiKeyId,
    ApiKeyShown,
    ApiKeyView,
    CollectiveId,
    CollectiveProfile,
    CollectiveView,
    Credentials,
    KeyId,
    KeyView,
    Me,
    NewApiKeyBody,
    NewCollective,
    NewKey,
    NewPerson,
    NewRecovery,
    PersonId,
    PersonView,
    RecoveryId,
    RecoveryView,
    Revocation,
    RoleGrant,
    Rotation,
    RotationView,
    Stop,
)

routes = Routes("people")
PERSONS = ("person",)


class NotYourCollective(Forbidden):
    """Only the collective itself may do this, with one of its own keys."""


@routes.add(
    "POST",
    "/collectives",
    gate=public("whoever holds a key may join; the proof in the body stands for the caller"),
    status_code=201,
)
async def register(call: CallDep, body: NewCollective) -> CollectiveProfile:
    """Register a collective by its first Ed25519 key. A person who is signed in becomes its owner.

    For that an API key needs the scopes `keys:write` and `signals:read`: a collective receives what its owner
    is entitled to."""
    if call.actor.kind == "person":
        for scope in ("keys:write", "signals:read"):
            needs(scope).admit(call.actor)
    public_key = check_proof(
        {"purpose": REGISTER, "origin": call.settings.origin, "name": body.name,
         "public_key": body.public_key, "created": body.created},
        body.proof,
    )  # fmt: skip
    owner_id = call.actor.id if call.actor.kind == "person" else None
    made = await identity.register_collective(
        call.tx,
        identity.Registration(body.name, body.about, public_key, owner_id),
        request_id=call.request_id,
    )
    return await _profile(call, made)


@routes.add("GET", "/collectives", gate=public("who trades here is public"))
async def list_collectives(
    call: CallDep,
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = 50,
    after: Annotated[str | None, Query(max_length=200)] = None,
) -> Page[CollectiveView]:
    """All collectives, in the order of their ids."""
    last = None if after is None else decode_cursor(after, [str])[0]
    found = await identity.collectives(call.tx, after=last, limit=limit + 1)
    views = [CollectiveView.of(collective) for collective in found]
    return page_of(views, limit, lambda view: encode_cursor(view.id))


@routes.add(
    "GET", "/collectives/{collective_id}", gate=public("keys must be known to check signatures")
)
async def show_collective(call: CallDep, collective_id: CollectiveId) -> CollectiveProfile:
    """A collective with every key it ever had."""
    return await _profile(call, await identity.collective(call.tx, collective_id))


@routes.add(
    "POST",
    "/collectives/{collective_id}/keys",
    gate=needs("keys:write", kinds=("collective",)),
    status_code=201,
)
async def add_key(call: CallDep, collective_id: CollectiveId, body: NewKey) -> KeyView:
    """Add a key: the call is signed by an old key, the proof by the new one. Both work until one is revoked."""
    if call.actor.id != collective_id:
        raise NotYourCollective
    public_key = check_proof(
        {"purpose": ADD_KEY, "origin": call.settings.origin, "collective": collective_id,
         "public_key": body.public_key, "created": body.created},
        body.proof,
    )  # fmt: skip
    made = await identity.add_key(
        call.tx, collective_id, public_key, by=call.actor.id, request_id=call.request_id
    )
    return KeyView.of(made, call.tx.now)


@routes.add("POST", "/collectives/{collective_id}/keys/{key_id}/revoke", gate=needs("keys:write"))
async def revoke_key(
    call: CallDep, collective_id: CollectiveId, key_id: KeyId, body: Revocation
) -> KeyView:
    """Revoke a key at once. The collective may do so, and the person who owns it."""
    owner_id = (await identity.collective(call.tx, collective_id)).owner_id
    if call.actor.id not in (collective_id, owner_id):
        raise NotYourCollective
    revoked = await identity.revoke_key(
        call.tx, collective_id, key_id, by=call.actor.id, last=body.last, reason=body.reason,
        request_id=call.request_id,
    )  # fmt: skip
    return KeyView.of(revoked, call.tx.now)


@routes.add(
    "POST",
    "/collectives/{collective_id}/keys/rotate",
    gate=needs("keys:write", kinds=("collective",)),
    status_code=201,
)
async def rotate_key(call: CallDep, collective_id: CollectiveId, body: Rotation) -> RotationView:
    """Replace a key: the new one signs at once, the old one until the overlap is over. The call is signed by an old
    key, the proof by the new one."""
    if call.actor.id != collective_id:
        raise NotYourCollective
    public_key = check_proof(
        {"purpose": ADD_KEY, "origin": call.settings.origin, "collective": collective_id,
         "public_key": body.public_key, "created": body.created},
        body.proof,
    )  # fmt: skip
    made, old = await identity.rotate_key(
        call.tx, collective_id, public_key, replaces=body.replaces or call.actor.key_id or "",
        overlap=timedelta(seconds=body.overlap_s), by=call.actor.id, request_id=call.request_id,
    )  # fmt: skip
    return RotationView(new=KeyView.of(made, call.tx.now), old=KeyView.of(old, call.tx.now))


@routes.add(
    "GET",
    "/collectives/{collective_id}/recoveries",
    gate=public("whoever trusts a signature must know whether its keys have changed hands"),
)
async def list_recoveries(call: CallDep, collective_id: CollectiveId) -> Page[RecoveryView]:
    """Every time an operator gave this collective a new key, or was about to; oldest first."""
    await identity.collective(call.tx, collective_id)
    found = await identity.recoveries_of(call.tx, [collective_id])
    return Page(data=[RecoveryView.of(one) for one in found], has_more=False)


@routes.add(
    "POST",
    "/collectives/{collective_id}/recoveries",
    gate=needs("operate", kinds=PERSONS),
    status_code=201,
)
async def begin_recovery(
    call: CallDep, collective_id: CollectiveId, body: NewRecovery
) -> RecoveryView:
    """Bind a new key to a collective that has lost all of its own (operator). The owner is told by mail and may stop
    it; once the waiting period is over the new key signs, and every older one ends."""
    begun = await recover_keys(
        call.tx, call.settings, collective_id, KeyProof(body.public_key, body.created, body.proof),
        reason=body.reason, by=call.actor.id, request_id=call.request_id,
    )  # fmt: skip
    return RecoveryView.of(begun)


@routes.add(
    "POST",
    "/collectives/{collective_id}/recoveries/{recovery_id}/stop",
    gate=needs("keys:write"),
)
async def stop_recovery(
    call: CallDep, collective_id: CollectiveId, recovery_id: RecoveryId, body: Stop
) -> RecoveryView:
    """Stop a recovery before it is due: its owner, the collective with a key it still has, or an operator."""
    owner_id = (await identity.collective(call.tx, collective_id)).owner_id
    if call.actor.id not in (collective_id, owner_id) and not call.actor.may("operate"):
        raise NotYourCollective
    if (await identity.recovery(call.tx, recovery_id)).collective_id != collective_id:
        raise identity.NoSuchRecovery(recovery_id=recovery_id)
    stopped = await identity.stop_recovery(
        call.tx, recovery_id, by=call.actor.id, reason=body.reason, request_id=call.request_id
    )
    return RecoveryView.of(stopped)


@routes.add("POST", "/people", gate=public("anyone may open an account"), status_code=201)
async def sign_up(call: CallDep, body: NewPerson, request: Request) -> PersonView:
    """Open an account. Whether `creator` gives the role at once, puts you on the waiting list or needs an
    `invitation` is the operator's choice."""
    rates_of(request, call.settings).try_sign_up(body.email, address_of(request))
    wish = identity.CreatorWish(call.settings.creators, invitation=body.invitation or "")
    made = await identity.sign_up(
        call.tx, call.settings.vault, email=body.email, name=body.name, password=body.password,
        wish=wish if body.creator else None, request_id=call.request_id,
    )  # fmt: skip
    asked = await identity.creator_request_of(call.tx, made.id) if body.creator else None
    return PersonView.of(made, asked)


@routes.add("POST", "/people/{person_id}/roles", gate=needs("operate", kinds=PERSONS))
async def grant_role(call: CallDep, person_id: PersonId, body: RoleGrant) -> PersonView:
    """Give a person a role (operator)."""
    granted = await identity.grant_role(
        call.tx, person_id, body.role, by=call.actor.id, reason=body.reason,
        request_id=call.request_id,
    )  # fmt: skip
    return PersonView.of(granted)


@routes.add(
    "POST", "/sessions",
    gate=public("signing in is how a caller gets a name"),
    keyed=False,  # a second session does no harm, and its token must not be kept for a replay
    conducts=True, status_code=201,
)  # fmt: skip
async def begin_session(
    call: CallDep, body: Credentials, request: Request, response: Response
) -> PersonView:
    """Sign in; sets the cookie `arena_session` for 14 days."""
    if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise CrossSite
    person, token = await sign_in(
        request, call.db, call.settings, email=body.email, password=body.password,
        request_id=call.request_id,
    )  # fmt: skip
    set_session_cookie(response, call.settings, token)
    return PersonView.of(person)


@routes.add(
    "DELETE", "/sessions",
    gate=public("ending one's own session needs no right"),
    keyed=False,  # ending what has ended changes nothing
    status_code=204,
)  # fmt: skip
async def end_session(call: CallDep, request: Request, response: Response) -> None:
    """Sign out."""
    token = session_token(request)
    if token is not None:
        await close_session(call.tx, call.settings.vault, token, request_id=call.request_id)
    drop_session_cookie(response)


@routes.add("GET", "/me", gate=known("says only who is calling"))
async def me(call: CallDep) -> Me:
    """Who is calling, and with which scopes."""
    if call.actor.kind == "collective":
        return Me.of(call.actor, (await identity.collective(call.tx, call.actor.id)).name)
    person = await identity.person(call.tx, call.actor.id)
    return Me.of(call.actor, person.name, person.roles)


@routes.add("POST", "/api-keys", gate=needs("keys:write", kinds=PERSONS), status_code=201)
async def make_api_key(call: CallDep, body: NewApiKeyBody, response: Response) -> ApiKeyShown:
    """Make an API key. The answer is the only place where it is ever shown."""
    days = body.expires_in_days
    made, secret = await create_api_key(
        call.tx,
        call.settings.vault,
        NewApiKey(
            call.actor.id,
            body.name,
            body.scopes,
            wall_now() + timedelta(days=days) if days else None,
        ),
        within=call.actor.scopes,
        request_id=call.request_id,
    )
    response.headers["Cache-Control"] = "no-store"
    return ApiKeyShown(**ApiKeyView.of(made).model_dump(), key=secret)


@routes.add("GET", "/api-keys", gate=needs("keys:write", kinds=PERSONS))
async def list_api_keys(call: CallDep) -> Page[ApiKeyView]:
    """One's own API keys, newest first, the revoked ones too."""
    found = await api_keys(call.tx, call.actor.id)
    return Page(data=[ApiKeyView.of(key) for key in found], has_more=False)


@routes.add(
    "DELETE", "/api-keys/{api_key_id}", gate=needs("keys:write", kinds=PERSONS), status_code=204
)
async def end_api_key(call: CallDep, api_key_id: ApiKeyId) -> None:
    """Revoke an API key at once."""
    await revoke_api_key(call.tx, call.actor.id, api_key_id, request_id=call.request_id)


async def _profile(call: CallDep, collective: identity.Collective) -> CollectiveProfile:
    held = await identity.keys(call.tx, collective.id)
    return CollectiveProfile(
        **CollectiveView.of(collective).model_dump(),
        keys=[KeyView.of(key, call.tx.now) for key in held],
    )
