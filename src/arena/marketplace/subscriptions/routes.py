"""Subscriptions over HTTP: subscribe, see one's own, cancel."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from arena.kit.clock import from_iso, iso_ms
from arena.kit.page import BadCursor, Page, decode_cursor, encode_cursor, page_of
from arena.marketplace.subscriptions.cancel import cancel
from arena.marketplace.subscriptions.model import Subscription
from arena.marketplace.subscriptions.pay_with import pay_with
from arena.marketplace.subscriptions.read import subscriptions_of
from arena.marketplace.subscriptions.subscribe import Terms, Wish, subscribe
from arena.money.billing import choose_gateway
from arena.people.access import CallDep, Routes, needs

routes = Routes("subscriptions")


class SubscribeBody(BaseModel):
    """Which tier of which listing, and the card that pays."""

    model_config = ConfigDict(extra="forbid")
    listing_id: str = Field(
        pattern=r"^lst_[0-9a-z]{26}$", examples=["lst_0123456789abcdefghjkmnpqrs"]
    )
    tier: Literal["basic", "pro", "enterprise"]
    payment_method_id: str = Field(
        pattern=r"^pm_[0-9a-z]{26}$", examples=["pm_0123456789abcdefghjkmnpqrs"]
    )


class CancelBody(BaseModel):
    """Which subscription; by default it ends with the period that is paid."""

    model_config = ConfigDict(extra="forbid")
    subscription_id: str = Field(
        pattern=r"^sub_[0-9a-z]{26}$", examples=["sub_0123456789abcdefghjkmnpqrs"]
    )
    at: Literal["period_end", "now"] = Field(
        "period_end", description="`now` gives up the rest of the paid period without a refund."
    )


class CardBody(BaseModel):
    """The card that pays from now on."""

    model_config = ConfigDict(extra="forbid")
    payment_method_id: str = Field(
        pattern=r"^pm_[0-9a-z]{26}$", examples=["pm_0123456789abcdefghjkmnpqrs"]
    )


class SubscriptionView(BaseModel):
    """A subscription. Times are the arena's product time; `amount` is whole cents a month.

    Access lasts while `status` is active or past_due and the time is before `access_until`, which includes
    the days of grace unless the subscription is canceled.
    """

    id: str
    listing_id: str
    feed_id: str
    tier: str = Field(examples=["pro"])
    amount: int = Field(examples=[9900])
    currency: str = Field(examples=["USD"])
    payment_method_id: str
    status: str = Field(description="incomplete, active, past_due or ended.", examples=["active"])
    period_start: str | None
    period_end: str | None
    access_until: str | None
    cancel_at_period_end: bool
    created_at: str
    ended_at: str | None
    end_reason: str | None
    action_url: str | None = Field(
        None, description="Where to POST to confirm the charge, if the card asks for it."
    )


@routes.add(
    "POST",
    "/market/subscribe",
    gate=needs("subscriptions:write", kinds=("person",)),
    conducts=True,
    status_code=201,
)
async def subscribe_to(call: CallDep, body: SubscribeBody, response: Response) -> SubscriptionView:
    """Charges the first month and opens access (201); 202 where the card asks for confirmation, 402 where it
    is declined. Repeat with the same Idempotency-Key as often as you like: it is charged once."""
    wish = Wish(body.listing_id, body.tier, body.payment_method_id)
    terms = Terms(call.intent, call.settings.platform_share_bps, call.request_id)
    done = await subscribe(
        call.db, choose_gateway(call.db), wish, actor=call.actor, terms=terms
    )  # fmt: skip
    if done.action_url is not None:
        response.status_code = 202
    return _view(done.subscription, done.action_url)


@routes.add("GET", "/market/subscriptions", gate=needs("subscriptions:read", kinds=("person",)))
async def list_subscriptions(
    call: CallDep,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str | None, Query(max_length=500)] = None,
) -> Page[SubscriptionView]:
    """The caller's subscriptions, newest first, ended ones too."""
    rows = await subscriptions_of(call.tx, call.actor.id, after=_place(after), limit=limit + 1)
    page = page_of(rows, limit, lambda s: encode_cursor(s.created_at.isoformat(), s.id))
    return Page(data=[_view(s) for s in page.data], has_more=page.has_more, next=page.next)


@routes.add(
    "POST",
    "/market/cancel",
    gate=needs("subscriptions:write", kinds=("person",)),
    conducts=True,
)
async def cancel_one(call: CallDep, body: CancelBody) -> SubscriptionView:
    """Ends a subscription: with the paid period, or now. What is not paid ends at once, and is charged no more.
    Canceling again changes nothing."""
    ended = await cancel(
        call.db, choose_gateway(call.db), body.subscription_id, at=body.at, actor=call.actor,
        request_id=call.request_id,
    )  # fmt: skip
    return _view(ended)


@routes.add(
    "POST",
    "/market/subscriptions/{subscription_id}/payment-method",
    gate=needs("subscriptions:write", kinds=("person",)),
    conducts=True,
)
async def change_card(
    call: CallDep,
    subscription_id: Annotated[str, Path(pattern=r"^sub_[0-9a-z]{26}$")],
    body: CardBody,
) -> SubscriptionView:
    """Pays with another card from now on; what is past due is charged to it at once."""
    changed = await pay_with(
        call.db, choose_gateway(call.db), (subscription_id, body.payment_method_id), actor=call.actor,
        request_id=call.request_id,
    )  # fmt: skip
    return _view(changed)


def _place(after: str | None) -> tuple[datetime, str] | None:
    if after is None:
        return None
    at, subscription_id = decode_cursor(after, (str, str))
    try:
        return from_iso(at), subscription_id
    except (ValueError, OverflowError):
        raise BadCursor from None


def _view(s: Subscription, action_url: str | None = None) -> SubscriptionView:
    return SubscriptionView(
        id=s.id, listing_id=s.listing_id, feed_id=s.feed_id, tier=s.tier, amount=s.amount.minor,
        currency=s.amount.currency, payment_method_id=s.payment_method_id, status=s.status.value,
        period_start=_iso(s.period_start), period_end=_iso(s.period_end),
        access_until=_iso(s.access_until), cancel_at_period_end=s.cancel_at_period_end,
        created_at=iso_ms(s.created_at), ended_at=_iso(s.ended_at), end_reason=s.end_reason,
        action_url=action_url,
    )  # fmt: skip


def _iso(at: datetime | None) -> str | None:
    return None if at is None else iso_ms(at)
