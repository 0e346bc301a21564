"""Complimentary access over HTTP: a creator's side, the operator's, and that of whoever is given it."""

from datetime import date
from typing import Annotated, Literal

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field

from arena.kit.clock import iso_ms
from arena.kit.page import Page
from arena.marketplace.subscriptions.complimentary.claim import claim
from arena.marketplace.subscriptions.complimentary.end import give_back, revoke
from arena.marketplace.subscriptions.complimentary.invite import invite
from arena.marketplace.subscriptions.complimentary.model import Complimentary, Wish
from arena.marketplace.subscriptions.complimentary.read import given, giver, held_by, names_of
from arena.people.access import Call, CallDep, Routes, needs

routes = Routes("complimentary access")
READS = needs("subscriptions:read", kinds=("person",))
WRITES = needs("subscriptions:write", kinds=("person",))
GIVES = needs("listings:write")
ListingId = Annotated[str, Path(pattern=r"^lst_[0-9a-z]{26}$")]
ComplimentaryId = Annotated[str, Path(pattern=r"^cmp_[0-9a-z]{26}$")]
ADDRESS = r"^[^@\s]{1,64}@[^@\s]{1,190}$"


class ComplimentaryBody(BaseModel):
    """What is given to whom, and why. The last day is a day in UTC of the arena's time, at most 366 days ahead; access
    ends with it."""

    model_config = ConfigDict(extra="forbid")
    email: str = Field(pattern=ADDRESS, max_length=254, examples=["ada@example.org"])
    tier: Literal["basic", "pro", "enterprise"]
    last_day: date = Field(examples=["2021-11-03"])
    reason: str = Field(
        min_length=1, max_length=200, pattern=r"\S", examples=["Writes a review of it."],
        description="Kept for the listing's owner and operators; whoever is given it does not see it.",
    )  # fmt: skip


class ComplimentaryView(BaseModel):
    """Complimentary access as its giver sees it. Times are product time; `link_until` is the wall's: until then its
    invitation can be claimed. `until` is exclusive."""

    id: str
    listing_id: str
    tier: str
    email: str = Field(description="Who was invited.", examples=["ada@example.org"])
    reason: str
    state: str = Field(description="invited, claimed or ended.", examples=["claimed"])
    given_by: str = Field(description="usr_… or col_….")
    by_operator: bool
    claimed_by: str | None = Field(description="The name of whoever claimed it.")
    invited_at: str
    until: str
    link_until: str
    claimed_at: str | None
    ended_at: str | None
    end_reason: str | None = Field(
        description="revoked, given_back, over, lapsed, replaced or moderation."
    )


class ComplimentaryHeldView(BaseModel):
    """Complimentary access as its person sees it. Product time; `until` is exclusive."""

    id: str
    listing_id: str
    feed_id: str
    tier: str
    state: str
    given_by_name: str
    claimed_at: str | None
    until: str
    ended_at: str | None
    end_reason: str | None


class ComplimentaryHeldList(BaseModel):
    """What the caller has for nothing."""

    data: list[ComplimentaryHeldView]


class ComplimentaryClaimBody(BaseModel):
    """What the link of the invitation ends in."""

    model_config = ConfigDict(extra="forbid")
    token: str = Field(min_length=10, max_length=200, examples=["cmp_….…"])


@routes.add("POST", "/market/listings/{listing_id}/complimentary", gate=GIVES, status_code=201)
async def give_one(
    call: CallDep, listing_id: ListingId, body: ComplimentaryBody
) -> ComplimentaryView:
    """Writes somebody a letter with a link, by the listing's owner or an operator. The answer is the same whether or
    not the address has an account."""
    wish = Wish(listing_id, body.email, body.tier, body.last_day, body.reason)
    made = await invite(
        call.tx, wish, most=call.settings.complimentary_max, actor=call.actor,
        request_id=call.request_id,
    )  # fmt: skip
    return _given(made, None)


@routes.add("GET", "/market/listings/{listing_id}/complimentary", gate=GIVES)
async def list_given(
    call: CallDep,
    listing_id: ListingId,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str | None, Query(max_length=500)] = None,
) -> Page[ComplimentaryView]:
    """What was given of the listing, to whom, until when and why, for its owner and operators: what has not ended
    first, each newest first."""
    page = await given(call.tx, listing_id, actor=call.actor, after=after, limit=limit)
    names = await names_of(call.tx, page.data)
    return Page(
        data=[_given(each, names.get(each.id)) for each in page.data], has_more=page.has_more,
        next=page.next,
    )  # fmt: skip


@routes.add("POST", "/market/complimentary/{complimentary_id}/revoke", gate=GIVES)
async def revoke_one(call: CallDep, complimentary_id: ComplimentaryId) -> ComplimentaryView:
    """Its link works no more; whoever has it receives nothing from this moment on."""
    ended = await revoke(call.tx, complimentary_id, actor=call.actor, request_id=call.request_id)
    return _given(ended, (await names_of(call.tx, [ended])).get(ended.id))


@routes.add("GET", "/market/complimentary", gate=READS)
async def list_held(call: CallDep) -> ComplimentaryHeldList:
    """What the caller has for nothing now."""
    mine = await held_by(call.tx, call.actor.id)
    return ComplimentaryHeldList(data=[await _held(call, each) for each in mine])


@routes.add("POST", "/market/complimentary/claim", gate=WRITES)
async def claim_one(call: CallDep, body: ComplimentaryClaimBody) -> ComplimentaryHeldView:
    """Claims what an invitation gives, once; 409 where its tier has no place, 403 where the link is over."""
    vault = call.settings.vault
    return await _held(
        call,
        await claim(call.tx, vault, body.token, actor=call.actor, request_id=call.request_id),
    )


@routes.add("POST", "/market/complimentary/{complimentary_id}/leave", gate=WRITES)
async def leave_one(call: CallDep, complimentary_id: ComplimentaryId) -> ComplimentaryHeldView:
    """Gives it back; access by it ends with that."""
    return await _held(
        call,
        await give_back(call.tx, complimentary_id, actor=call.actor, request_id=call.request_id),
    )


def _given(found: Complimentary, claimed_by: str | None) -> ComplimentaryView:
    return ComplimentaryView(
        id=found.id, listing_id=found.listing_id, tier=found.tier, email=found.email, reason=found.reason,
        state=found.state.value, given_by=found.given_by, by_operator=found.by_operator,
        claimed_by=claimed_by, invited_at=iso_ms(found.invited_at), until=iso_ms(found.until),
        link_until=iso_ms(found.link_until), claimed_at=found.claimed_at and iso_ms(found.claimed_at),
        ended_at=found.ended_at and iso_ms(found.ended_at), end_reason=found.end_reason,
    )  # fmt: skip


async def _held(call: Call, found: Complimentary) -> ComplimentaryHeldView:
    return ComplimentaryHeldView(
        id=found.id, listing_id=found.listing_id, feed_id=found.feed_id, tier=found.tier,
        state=found.state.value, given_by_name=await giver(call.tx, found),
        claimed_at=found.claimed_at and iso_ms(found.claimed_at), until=iso_ms(found.until),
        ended_at=found.ended_at and iso_ms(found.ended_at), end_reason=found.end_reason,
    )  # fmt: skip
