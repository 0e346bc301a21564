"""Checkout: a tier of a listing, what its price means, a card, consent; and what follows from them."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Path, Query
from pydantic import Field, ValidationInfo, field_validator
from starlette.responses import Response

from arena.kit.db import Tx
from arena.kit.money import Money
from arena.marketplace import listings, subscriptions
from arena.money import billing, buyers
from arena.people.access import Actor, needs
from arena.trading import market
from arena.web.page import Filled, Form, Pages, Visit, VisitDep, _
from arena.web.page.numbers import money
from arena.web.pages.subscriber.card import CHOICE, NEW, card_of
from arena.web.views.offer import CAPITALS, NAMES, Standing, TierOffer, offers_of, standing_of

routes = Pages()
BUYS = needs("subscriptions:write", kinds=("person",))
ListingId = Annotated[str, Path(pattern=r"^lst_[0-9a-z]{26}$")]
CODE = r"^[A-Za-z0-9_-]{3,40}$"
TierName = Annotated[str, Path(pattern=r"^[a-z]{1,20}$")]


class Checkout(Form):
    """`card` is a kept one or `new`, for the one whose `number` is given; `price` is what a period costs before a
    coupon, as it was shown, in cents."""

    card: Annotated[str, Field(pattern=CHOICE)] = NEW
    number: Annotated[str | None, Field(pattern=r"^[0-9 ]{12,23}$", validate_default=True)] = None
    price: Annotated[int, Field(ge=0, le=10**12)]
    period: listings.Period = "month"
    trial: bool = False
    coupon: Annotated[str | None, Field(pattern=CODE)] = None
    consent: Annotated[str, Field(validate_default=True)] = ""

    @field_validator("number")
    @classmethod
    def _given(cls, number: str | None, info: ValidationInfo) -> str | None:
        if number is None and info.data.get("card") == NEW:
            raise ValueError(_("Type the number of a test card, or choose a card you keep."))
        return number

    @field_validator("consent")
    @classmethod
    def _agreed(cls, consent: str) -> str:
        if consent != "true":
            raise ValueError(_("Nothing is charged without your consent: tick this first."))
        return consent


@dataclass(frozen=True, slots=True)
class How:
    """In which way it is bought, as the address of the page says."""

    period: listings.Period = "month"
    trial: bool = False
    coupon: str | None = None


@dataclass(frozen=True, slots=True)
class Sale:
    """What is bought, by whom it could be paid, and when. `standing` says what may stand against it. `price` is a
    period's, `first` what the first charge comes to, `coupon_refused` why the coupon does not count."""

    listing: listings.Listing
    tier: TierOffer
    standing: Standing
    cards: list[billing.PaymentMethod]
    now: datetime
    next_charge: datetime
    replay: bool
    how: How
    price: Money
    first: Money
    coupon: subscriptions.Coupon | None
    coupon_refused: subscriptions.CouponRefused | None
    trial_open: bool
    year: Money | None
    trial_days: int

    @property
    def obstacle(self) -> str | None:
        """Why it cannot be bought now: owner, held, waiting, draft, paused, delisted or sold_out."""
        if self.standing.kind == "owner":
            return "owner"
        if held := self.standing.subscription:
            return "waiting" if held.status is subscriptions.Status.INCOMPLETE else "held"
        if self.listing.status is listings.Status.SUBMITTED:
            return "draft"
        if self.listing.status is not listings.Status.LISTED:
            return self.listing.status.value
        return "sold_out" if self.tier.sold_out else None


@routes.get("/subscribe/{listing_id}/{tier}", gate=BUYS)
async def checkout(
    visit: VisitDep,
    listing_id: ListingId,
    tier: TierName,
    period: listings.Period = "month",
    trial: bool = False,
    coupon: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """By the month or the year, on trial, with a coupon: what the address says is what the page reckons with."""
    how = How(period, trial, coupon.strip() or None)
    sale = await _sale(visit.tx, listing_id, tier, actor=visit.actor, how=how)
    if sale.obstacle is None and await _must_say_where(visit, visit.tx):
        asked = {"period": period, "trial": str(how.trial).lower(), "coupon": how.coupon or ""}
        here = f"/subscribe/{listing_id}/{tier}?{urlencode(asked)}"
        return visit.go(f"/account/billing?{urlencode({'then': here})}")
    return await _page(visit, visit.tx, sale, Filled[Checkout]())


@routes.post("/subscribe/{listing_id}/{tier}", gate=BUYS, conducts=True)
async def pay(visit: VisitDep, listing_id: ListingId, tier: TierName) -> Response:
    form = await visit.form(Checkout)
    if form.model is not None:
        async with visit.trying(form):
            done = await _subscribe(visit, (listing_id, tier), form.model)
            return await _onwards(visit, done)
    if isinstance(form.refusal, subscriptions.PriceMoved):
        form.values.pop("consent", None)  # it was given to another price
    async with visit.call.db.transaction(readonly=True) as tx:
        sent = form.model
        how = How(sent.period, sent.trial, sent.coupon) if sent else _typed(form)
        sale = await _sale(tx, listing_id, tier, actor=visit.actor, how=how)
        held = sale.standing.subscription
        if isinstance(form.refusal, billing.GatewayUnavailable) and held is not None:
            return visit.go(f"/subscribe/confirm/{await _attempt_of(tx, held)}")
        return await _page(visit, tx, sale, form)


async def _must_say_where(visit: Visit, tx: Tx) -> bool:
    required = visit.settings.buyer_country_required
    return required and await buyers.details(tx, visit.actor.id) is None


def _typed(form: Filled[Checkout]) -> How:
    """Of a form in which something else is wrong."""
    period: listings.Period = "year" if form.value("period") == "year" else "month"
    return How(period, form.value("trial") == "true", form.value("coupon") or None)


async def _subscribe(
    visit: Visit, what: tuple[str, str], wish: Checkout
) -> subscriptions.Subscribed:
    """Keeps the card, then charges it. Sent twice, both find the same card and the same intent."""
    call = visit.call
    card_id = await card_of(visit, wish.card, wish.number)
    return await subscriptions.subscribe(
        call.db,
        billing.choose_gateway(call.db, call.settings),
        subscriptions.Wish(*what, card_id, wish.period, wish.trial, wish.coupon),
        actor=visit.actor,
        terms=subscriptions.Terms(
            call.intent,
            visit.settings.platform_share_bps,
            call.request_id,
            Money(wish.price),
            visit.settings.grace_days,
            visit.settings.buyer_country_required,
        ),
    )


async def _onwards(visit: Visit, done: subscriptions.Subscribed) -> Response:
    found = done.subscription
    if done.action_url is not None:
        async with visit.call.db.transaction(readonly=True) as tx:
            return visit.go(f"/subscribe/confirm/{await _attempt_of(tx, found)}")
    if found.status is not subscriptions.Status.ACTIVE:
        return visit.go(f"/subscriptions/{found.id}")
    async with visit.call.db.transaction(readonly=True) as tx:
        title = (await listings.listing(tx, found.listing_id)).words.title
    if found.trial:
        said = _(
            "%(tier)s of %(title)s is yours to try; nothing was charged.",
            tier=_(NAMES[found.tier]),
            title=title,
        )
    elif found.period == "year":
        said = _(
            "%(tier)s of %(title)s is yours: %(price)s are paid for the first year.",
            tier=_(NAMES[found.tier]), title=title, price=money(found.paid),
        )  # fmt: skip
    else:
        said = _(
            "%(tier)s of %(title)s is yours: %(price)s are paid for the first month.",
            tier=_(NAMES[found.tier]), title=title, price=money(found.paid),
        )  # fmt: skip
    return visit.go(f"/subscriptions/{found.id}", said=said)


async def _attempt_of(tx: Tx, found: subscriptions.Subscription) -> str:
    return (await billing.first_attempt(tx, found.id)).id


async def _sale(tx: Tx, listing_id: str, tier: str, *, actor: Actor, how: How) -> Sale:
    """Raises NoSuchListing, NoSuchTier. A year or a trial that is not offered is a month, paid at once."""
    listing = await listings.visible(tx, listing_id, actor)
    offers = await offers_of(tx, listing)
    offer = next((offer for offer in offers if offer.tier == tier), None)
    if offer is None:
        raise listings.NoSuchTier(
            listing_id=listing_id, tier=tier, tiers=", ".join(offer.tier for offer in offers)
        )
    sold = next(sold for sold in listing.tiers if sold.tier == tier)
    trial_open = bool(sold.trial_days) and not await subscriptions.had_trial(
        tx, actor.id, listing.id
    )
    how = replace(
        how, period=how.period if sold.year else "month", trial=how.trial and trial_open
    )  # fmt: skip
    price = sold.price(how.period) or sold.amount
    coupon, refused = await _coupon(tx, how, price, (listing.id, actor.id))
    first = price if coupon is None else subscriptions.discounted(price, coupon)
    begins = tx.now + timedelta(days=sold.trial_days) if how.trial else tx.now
    return Sale(
        listing=listing, tier=offer, standing=await standing_of(tx, listing, actor),
        cards=await billing.payment_methods(tx, actor.id), now=tx.now,
        next_charge=begins if how.trial else subscriptions.period_end(tx.now, tx.now.day, how.period),
        replay=(await market.tape(tx)).source != "live", how=how, price=price, first=first, coupon=coupon,
        coupon_refused=refused, trial_open=trial_open, year=sold.year, trial_days=sold.trial_days,
    )  # fmt: skip


async def _coupon(
    tx: Tx, how: How, price: Money, whose: tuple[str, str]
) -> tuple[subscriptions.Coupon | None, subscriptions.CouponRefused | None]:
    if how.coupon is None:
        return None, None
    listing_id, person_id = whose
    try:
        found = await subscriptions.usable(
            tx, how.coupon, listing_id=listing_id, person_id=person_id, price=price, hold=False
        )
    except subscriptions.CouponRefused as refused:
        return None, refused
    return found, None


async def _page(visit: Visit, tx: Tx, sale: Sale, form: Filled[Checkout]) -> Response:
    if sale.obstacle is None:
        kept = sale.cards[-1].id if sale.cards else NEW
        return visit.page(
            "subscriber/checkout.html", status=form.status, form=form, sale=sale, kept=kept,
            capitals=CAPITALS, grace_days=visit.settings.grace_days, dunning_days=subscriptions.DUNNING_DAYS,
            cards_are=billing.cards_of(visit.settings),
        )  # fmt: skip
    values: dict[str, Any] = {"sale": sale, "tier_names": NAMES, "attempt_id": None}
    if sale.obstacle == "waiting" and sale.standing.subscription is not None:
        values["attempt_id"] = await _attempt_of(tx, sale.standing.subscription)
    return visit.page("subscriber/checkout-closed.html", status=form.status, **values)
