"""Signs people up and makes them creators, as the operator has decided: at once, by the list, or by invitation."""

from arena.kit.db import Tx
from arena.kit.vault import Vault
from arena.people.identity import store, waiting
from arena.people.identity.enrol import create_person, grant_role
from arena.people.identity.invitations import redeem
from arena.people.identity.model import (
    CreatorRequest,
    CreatorWish,
    InvitationNeeded,
    Person,
    RequestStatus,
)


async def sign_up(
    tx: Tx,
    vault: Vault,
    *,
    email: str,
    name: str,
    password: str,
    wish: CreatorWish | None = None,
    request_id: str | None = None,
) -> Person:
    """A new person, who with a `wish` is a creator or has asked to be one.

    Raises EmailTaken, PasswordTooShort, and what become_creator raises.
    """
    at_once = wish is not None and wish.policy == "open"
    made = await create_person(
        tx, email=email, name=name, password=password, roles=("creator",) if at_once else (),
        request_id=request_id,
    )  # fmt: skip
    if wish is None or at_once:
        return made
    return await become_creator(tx, vault, made.id, wish, request_id=request_id)


async def become_creator(
    tx: Tx, vault: Vault, person_id: str, wish: CreatorWish, *, request_id: str | None = None
) -> Person:
    """The person with the role, or without it and on the waiting list. An invitation goes before the list.

    Raises NoSuchPerson, InvitationNeeded, InvitationRefused, AskedRecently.
    """
    person = await store.person(tx, person_id)
    if "creator" in person.roles:
        return person
    if wish.policy == "open":
        return await grant_role(tx, person_id, "creator", by=person_id, request_id=request_id)
    if wish.invitation.strip():
        return await redeem(tx, vault, wish.invitation, person_id=person_id, request_id=request_id)
    if wish.policy == "invitation":
        raise InvitationNeeded
    await waiting.request_creator(tx, person_id, wish.words, request_id=request_id)
    return person


async def grant_creator(
    tx: Tx, creator_request_id: str, *, by: str, reason: str | None, request_id: str | None = None
) -> CreatorRequest:
    """Grants a request that waits, or one refused before. Raises NoSuchCreatorRequest, CreatorRequestMoved."""
    granted = await waiting.decide(
        tx, creator_request_id, RequestStatus.GRANTED, by=by, reason=reason, request_id=request_id
    )
    await grant_role(tx, granted.person_id, "creator", by=by, reason=reason, request_id=request_id)
    return granted


async def refuse_creator(
    tx: Tx, creator_request_id: str, *, by: str, reason: str, request_id: str | None = None
) -> CreatorRequest:
    """With a reason, which the person reads. Raises NoSuchCreatorRequest, CreatorRequestMoved."""
    return await waiting.decide(
        tx, creator_request_id, RequestStatus.REFUSED, by=by, reason=reason, request_id=request_id
    )
