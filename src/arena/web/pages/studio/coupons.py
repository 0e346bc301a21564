"""Coupons of a creator: what each takes off, where, how often it was used, when it ends; made here and ended here."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import AfterValidator, Field
from starlette.responses import Response

from arena.kit.clock import from_iso
from arena.kit.money import Money
from arena.kit.page import BadCursor, decode_cursor, encode_cursor, page_of
from arena.marketplace import listings, subscriptions
from arena.people import identity
from arena.people.access import needs
from arena.signals import feeds
from arena.web.page import Filled, Form, Line, Pages, Visit, VisitDep, _
from arena.web.pages.studio.prices import cents

routes = Pages()
CREATOR = needs("listings:write", kinds=("person",))
HERE, PAGE = "/studio/coupons", 25
PERCENT_MAX, MINE_MAX = 90, 100
CouponId = Annotated[str, Path(pattern=r"^cpn_[0-9a-z]{26}$")]


def _day(text: str) -> str:
    if text:
        try:
            date.fromisoformat(text)
        except ValueError:
            raise ValueError(_("A day like 2030-12-31, or nothing.")) from None
    return text


class NewForm(Form):
    """A per cent or an amount off the first charges of a listing's subscribers."""

    code: Annotated[Line, Field(pattern=r"^[A-Za-z0-9_-]{3,40}$")]
    listing: Annotated[str, Field(pattern=r"^lst_[0-9a-z]{26}$")]
    kind: Literal["percent", "amount"] = "percent"
    off: Annotated[Line, Field(min_length=1, max_length=20)]
    charges: Annotated[int, Field(ge=1, le=36)] = 1
    uses_max: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    last_day: Annotated[str, AfterValidator(_day)] = ""


@routes.get(HERE, gate=CREATOR)
async def show(
    visit: VisitDep, after: Annotated[str | None, Query(max_length=500)] = None
) -> Response:
    return await _page(visit, Filled(), after=after)


@routes.post(HERE, gate=CREATOR)
async def make(visit: VisitDep) -> Response:
    form = await visit.form(NewForm)
    if form.model is not None:
        new = _coupon(form, form.model, visit.tx.now)
        if new is not None:
            async with visit.trying(form):
                made = await subscriptions.make_coupon(
                    visit.tx, new, actor=visit.actor, request_id=visit.call.request_id
                )
                return visit.go(HERE, _("%(code)s can be used from now on.", code=made.code))
    return await _page(visit, form)


@routes.post(f"{HERE}/{{coupon_id}}/end", gate=CREATOR)
async def end(visit: VisitDep, coupon_id: CouponId) -> Response:
    form = await visit.form(Form)
    if form.model is not None:
        async with visit.trying(form):
            ended = await subscriptions.stop_coupon(
                visit.tx, coupon_id, actor=visit.actor, request_id=visit.call.request_id
            )
            return visit.go(
                HERE, _("%(code)s is over; who has used it keeps what it gave.", code=ended.code)
            )
    return await _page(visit, form)


def _coupon(form: Filled[NewForm], sent: NewForm, now: datetime) -> subscriptions.NewCoupon | None:
    """None where a field is wrong, which is then noted on the form."""
    percent, off, expires_at = None, None, None
    if sent.kind == "percent":
        text = sent.off.removesuffix("%").strip()
        percent = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
        if not 1 <= percent <= PERCENT_MAX:
            form.errors["off"] = _(
                "A whole number of per cent from 1 to %(most)s.", most=PERCENT_MAX
            )
    else:
        try:
            off = Money(cents(sent.off))
        except ValueError as wrong:
            form.errors["off"] = str(wrong)
    if sent.last_day:
        day = date.fromisoformat(sent.last_day)
        expires_at = datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=UTC)
        if expires_at <= now:
            form.errors["last_day"] = _("That day is over by the arena's time.")
    if form.errors:
        return None
    return subscriptions.NewCoupon(
        sent.code, sent.listing, percent, off, sent.charges, sent.uses_max, expires_at
    )


async def _page(visit: Visit, form: Filled[Any], *, after: str | None = None) -> Response:
    mine = await _listings(visit)
    rows = await subscriptions.coupons_of(
        visit.tx, visit.actor.id, after=_place(after), limit=PAGE + 1
    )
    return visit.page(
        "studio/coupons.html", status=form.status, form=form, listings=mine, now=visit.tx.now, after=after,
        titles={one.id: one.words.title for one in mine}, percent_max=PERCENT_MAX,
        page=page_of(rows, PAGE, lambda row: encode_cursor(row[0].at.isoformat(), row[0].id)),
    )  # fmt: skip


async def _listings(visit: Visit) -> Sequence[listings.Listing]:
    """One's own, drafts too: a coupon may be made before the first day of sale."""
    collectives = await identity.collectives(visit.tx, owner_id=visit.actor.id, limit=MINE_MAX)
    found = await feeds.feeds_of(visit.tx, [one.id for one in collectives], limit=MINE_MAX)
    offered = await listings.listings_of_feeds(visit.tx, [feed.id for feed in found])
    return [one for one in offered.values() if one.status is not listings.Status.DELISTED]


def _place(after: str | None) -> tuple[datetime, str] | None:
    """Raises BadCursor."""
    if after is None:
        return None
    at, last_id = decode_cursor(after, (str, str))
    try:
        return from_iso(at), last_id
    except (ValueError, OverflowError):
        raise BadCursor from None
