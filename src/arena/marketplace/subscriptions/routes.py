"""Subscriptions over HTTP: subscribe, see one's own, change, cancel and take it back."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Path, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from arena.kit.clock import from_iso, iso_ms
from arena.kit.money import Money
from arena.kit.page import BadCursor, Page, decode_cursor, encode_cursor, page_of
from arena.marketplace.subscriptions.agree import agree
from arena.marketplace.subscriptions.cancel import cancel
from arena.marketplace.subscriptions.change import Agreed, NewTerms, Quote, change, quote
from arena.marketplace.subscriptions.complimentary import routes as complimentary
from arena.marketplace.subscriptions.cool_off import cool_off
from arena.marketplace.subscriptions.coupon_routes import routes as coupons
from arena.marketplace.subscriptions.free import routes as free
from arena.marketplace.subscriptions.pause_routes import routes as pauses
from arena.marketplace.subscriptions.pay_with import pay_with
from arena.marketplace.subscriptions.read import own, subscriptions_of
from arena.marketplace.subscriptions.seats import routes as seats
from arena.marketplace.subscriptions.subscribe import Terms, Wish, subscribe
from arena.marketplace.subscriptions.undo import take_back
from arena.marketplace.subscriptions.views import SubscriptionView, view
from arena.money.billing import choose_gateway
from arena.people.access import CallDep, Routes, needs

routes = Routes("subscriptions")
routes.routes.extend(coupons.routes)
routes.routes.extend(pauses.routes)
routes.routes.extend(seats.routes)
routes.routes.extend(free.routes)
routes.routes.extend(complimentary.routes)
SubscriptionId = Annotated[str, Path(pattern=r"^sub_[0-9a-z]{26}$")]
CODE = r"^[A-Za-z0-9_-]{3,40}$"


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
    period: Literal["month", "year"] = "month"
    trial: bool = Field(
        False,
        description="On trial first, where the tier has one: nothing is charged before its end.",
    )
    coupon: str | None = Field(None, pattern=CODE, description="The code of a coupon.")
    amount: int | None = Field(
        None, ge=1, le=10**12, examples=[9900],
        description="Cents a period before a coupon, as agreed to; where the tier costs something else meanwhile,"
        " nothing is charged (409). Left out: whatever it costs.",
    )  # fmt: skip


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


class ChangeBody(BaseModel):
    """Another tier or period, at the figures of GET …/change: `charge` and `at` as they stand there."""

    model_config = ConfigDict(extra="forbid")
    tier: Literal["basic", "pro", "enterprise"]
    period: Literal["month", "year"] | None = Field(None, description="Left out: as it is.")
    charge: int = Field(ge=0, le=10**12, examples=[4667], description="Cents, charged now.")
    at: AwareDatetime = Field(examples=["2026-01-11T00:00:00.000Z"])


class PriceBody(BaseModel):
    """The price that is agreed to: cents a period, from the next renewal on."""

    model_config = ConfigDict(extra="forbid")
    amount: int = Field(ge=1, le=10**12, examples=[12900])


class QuoteView(BaseModel):
    """What a change comes to. Where it begins now, `charge` is what the rest of the period costs (`owed`) less what is
    unused of what was paid (`unused`), for `left_s` of `used_s + left_s` whole seconds, at the moment `at`; else it
    comes with the next period and charges nothing now. Money is whole cents."""

    tier: str
    period: str
    now: bool
    at: str
    charge: int = Field(examples=[4667])
    unused: int = Field(examples=[1933])
    owed: int = Field(examples=[6600])
    used_s: int
    left_s: int
    amount: int = Field(description="A period from then on.", examples=[9900])
    currency: str
    starts_at: str
    next_charge_at: str


@routes.add(
    "POST",
    "/market/subscribe",
    gate=needs("subscriptions:write", kinds=("person",)),
    conducts=True,
    status_code=201,
)
async def subscribe_to(call: CallDep, body: SubscribeBody, response: Response) -> SubscriptionView:
    """Charges the first period and opens access (201); 202 where the card asks for confirmation, 402 where it
    is declined. Repeat with the same Idempotency-Key as often as you like: it is charged once."""
    wish = Wish(
        body.listing_id, body.tier, body.payment_method_id, body.period, body.trial, body.coupon
    )
    terms = Terms(
        call.intent, call.settings.platform_share_bps, call.request_id,
        price=None if body.amount is None else Money(body.amount), grace_days=call.settings.grace_days,
        country_required=call.settings.buyer_country_required,
    )  # fmt: skip
    done = await subscribe(
        call.db, choose_gateway(call.db, call.settings), wish, actor=call.actor, terms=terms
    )  # fmt: skip
    if done.action_url is not None:
        response.status_code = 202
    return view(done.subscription, done.action_url)


@routes.add("GET", "/market/subscriptions", gate=needs("subscriptions:read", kinds=("person",)))
async def list_subscriptions(
    call: CallDep,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str | None, Query(max_length=500)] = None,
) -> Page[SubscriptionView]:
    """The caller's subscriptions, newest first, ended ones too."""
    rows = await subscriptions_of(call.tx, call.actor.id, after=_place(after), limit=limit + 1)
    page = page_of(rows, limit, lambda s: encode_cursor(s.created_at.isoformat(), s.id))
    return Page(data=[view(s) for s in page.data], has_more=page.has_more, next=page.next)


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
        call.db, choose_gateway(call.db, call.settings), body.subscription_id, at=body.at, actor=call.actor,
        request_id=call.request_id,
    )  # fmt: skip
    return view(ended)


@routes.add(
    "POST",
    "/market/subscriptions/{subscription_id}/payment-method",
    gate=needs("subscriptions:write", kinds=("person",)),
    conducts=True,
)
async def change_card(
    call: CallDep,
    subscription_id: SubscriptionId,
    body: CardBody,
) -> SubscriptionView:
    """Pays with another card from now on; what is past due is charged to it at once."""
    changed = await pay_with(
        call.db, choose_gateway(call.db, call.settings), (subscription_id, body.payment_method_id), actor=call.actor,
        request_id=call.request_id,
    )  # fmt: skip
    return view(changed)


@routes.add(
    "GET",
    "/market/subscriptions/{subscription_id}/change",
    gate=needs("subscriptions:read", kinds=("person",)),
)
async def quote_change(
    call: CallDep,
    subscription_id: SubscriptionId,
    tier: Literal["basic", "pro", "enterprise"],
    period: Literal["month", "year"] | None = None,
) -> QuoteView:
    """What another tier or period would come to this moment. A higher tier of the same period begins at once; all else
    with the next period. Changes nothing: send the figures with POST to have exactly them."""
    found = await own(call.tx, subscription_id, call.actor)
    wish = NewTerms(subscription_id, tier, period or found.period)
    return _quote_view(await quote(call.tx, wish, actor=call.actor), call.tx.now)


@routes.add(
    "POST",
    "/market/subscriptions/{subscription_id}/change",
    gate=needs("subscriptions:write", kinds=("person",)),
    conducts=True,
)
async def take_change(
    call: CallDep, subscription_id: SubscriptionId, body: ChangeBody, response: Response
) -> SubscriptionView:
    """Takes another tier or period at the figures that were shown (200); 202 where the card asks for confirmation, 402
    where it is declined and all stays as it is, 409 where the figures are others meanwhile."""
    async with call.db.transaction(readonly=True) as tx:
        found = await own(tx, subscription_id, call.actor)
    wish = NewTerms(subscription_id, body.tier, body.period or found.period)
    agreed = Agreed(
        call.intent, Money(body.charge, found.amount.currency), body.at, call.request_id
    )
    done = await change(
        call.db, choose_gateway(call.db, call.settings), wish, actor=call.actor, agreed=agreed
    )  # fmt: skip
    if done.action_url is not None:
        response.status_code = 202
    return view(done.subscription, done.action_url)


@routes.add(
    "POST",
    "/market/subscriptions/{subscription_id}/undo",
    gate=needs("subscriptions:write", kinds=("person",)),
    conducts=True,
)
async def undo_one(call: CallDep, subscription_id: SubscriptionId) -> SubscriptionView:
    """Takes back what would come: a cancellation, a pause, or a change. Where a change waits for its charge, the charge
    is given up; one that went through meanwhile counts."""
    kept = await take_back(
        call.db, choose_gateway(call.db, call.settings), subscription_id, actor=call.actor,
        request_id=call.request_id,
    )  # fmt: skip
    return view(kept)


@routes.add(
    "POST",
    "/market/subscriptions/{subscription_id}/price",
    gate=needs("subscriptions:write", kinds=("person",)),
)
async def agree_to_price(
    call: CallDep, subscription_id: SubscriptionId, body: PriceBody
) -> SubscriptionView:
    """Agrees to the price that the listing asks now, from the next renewal on. Without it a subscription whose price
    has risen is not renewed."""
    found = await own(call.tx, subscription_id, call.actor)
    price = Money(body.amount, found.amount.currency)
    return view(
        await agree(call.tx, subscription_id, price, actor=call.actor, request_id=call.request_id)
    )


@routes.add(
    "POST",
    "/market/subscriptions/{subscription_id}/cooling-off",
    gate=needs("subscriptions:write", kinds=("person",)),
)
async def cool_off_one(call: CallDep, subscription_id: SubscriptionId) -> SubscriptionView:
    """Ends it and owes back all that was paid: in the first 14 days, as long as no real-time signal was delivered, once
    a person and listing."""
    return view(
        await cool_off(call.tx, subscription_id, actor=call.actor, request_id=call.request_id)
    )


def _quote_view(found: Quote, now: datetime) -> QuoteView:
    rest = found.proration
    return QuoteView(
        tier=found.tier, period=found.period, now=rest is not None, at=iso_ms(rest.at if rest else now),
        charge=found.charge.minor, unused=rest.unused.minor if rest else 0,
        owed=rest.owed.minor if rest else 0, used_s=rest.used_s if rest else 0,
        left_s=rest.left_s if rest else 0, amount=found.price.minor, currency=found.price.currency,
        starts_at=iso_ms(found.starts_at), next_charge_at=iso_ms(found.next_charge_at),
    )  # fmt: skip


def _place(after: str | None) -> tuple[datetime, str] | None:
    if after is None:
        return None
    at, subscription_id = decode_cursor(after, (str, str))
    try:
        return from_iso(at), subscription_id
    except (ValueError, OverflowError):
        raise BadCursor from None
