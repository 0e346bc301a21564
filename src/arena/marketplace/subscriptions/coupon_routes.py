"""Coupons over HTTP: make them, see how often they were used, stop them."""

from datetime import datetime
from typing import Annotated

from fastapi import Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from arena.kit.clock import from_iso, iso_ms
from arena.kit.money import Money
from arena.kit.page import BadCursor, Page, decode_cursor, encode_cursor, page_of
from arena.marketplace.subscriptions import coupon_store
from arena.marketplace.subscriptions.coupon import Coupon, NewCoupon
from arena.marketplace.subscriptions.discount import make_coupon, stop_coupon
from arena.people.access import CallDep, Routes, needs

routes = Routes("coupons")
WRITES = needs("listings:write")


class CouponBody(BaseModel):
    """What it takes off: a percentage, or an amount in cents of US dollars; one of the two. A charge never falls
    under 50 cents."""

    model_config = ConfigDict(extra="forbid")
    code: str = Field(pattern=r"^[A-Za-z0-9_-]{3,40}$", examples=["SPRING-25"])
    listing_id: str | None = Field(
        None, pattern=r"^lst_[0-9a-z]{26}$", description="Null: every listing; operators only."
    )
    percent: int | None = Field(None, ge=1, le=90, examples=[25])
    amount: int | None = Field(None, ge=1, le=10_000_000, description="Cents.")
    charges: int = Field(1, ge=1, le=36, description="How many charges it lowers.")
    uses_max: int | None = Field(None, ge=1, le=1_000_000, description="Null: no bound.")
    expires_at: AwareDatetime | None = Field(None, description="Product time; null: never.")

    @model_validator(mode="after")
    def _one_of_two(self) -> "CouponBody":
        if (self.percent is None) == (self.amount is None):
            raise ValueError("give percent or amount, one of the two")
        return self


class CouponView(BaseModel):
    """A coupon, and how often it was used."""

    id: str
    code: str
    listing_id: str | None
    percent: int | None
    amount: int | None
    currency: str | None
    charges: int
    used: int
    uses_max: int | None
    expires_at: str | None
    stopped_at: str | None
    created_at: str


@routes.add("POST", "/market/coupons", gate=WRITES, status_code=201)
async def make(call: CallDep, body: CouponBody) -> CouponView:
    """Makes a coupon: operators for any listing or for all, creators for their own."""
    new = NewCoupon(
        body.code, body.listing_id, body.percent, None if body.amount is None else Money(body.amount),
        body.charges, body.uses_max, body.expires_at,
    )  # fmt: skip
    made = await make_coupon(call.tx, new, actor=call.actor, request_id=call.request_id)
    return _view(made, 0)


@routes.add("GET", "/market/coupons", gate=WRITES)
async def list_coupons(
    call: CallDep,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str | None, Query(max_length=500)] = None,
) -> Page[CouponView]:
    """The caller's coupons, newest first; an operator sees those of all."""
    issuer = None if call.actor.may("operate") else call.actor.id
    rows = await coupon_store.page(call.tx, issuer, after=_place(after), limit=limit + 1)
    page = page_of(rows, limit, lambda row: encode_cursor(row[0].at.isoformat(), row[0].id))
    return Page(
        data=[_view(*row) for row in page.data], has_more=page.has_more, next=page.next
    )  # fmt: skip


@routes.add("POST", "/market/coupons/{coupon_id}/stop", gate=WRITES)
async def stop(
    call: CallDep, coupon_id: Annotated[str, Path(pattern=r"^cpn_[0-9a-z]{26}$")]
) -> CouponView:
    """Nobody can use it from now on; whoever has used it keeps what it gave."""
    stopped = await stop_coupon(call.tx, coupon_id, actor=call.actor, request_id=call.request_id)
    return _view(stopped, await coupon_store.uses(call.tx, coupon_id))


def _place(after: str | None) -> tuple[datetime, str] | None:
    if after is None:
        return None
    at, coupon_id = decode_cursor(after, (str, str))
    try:
        return from_iso(at), coupon_id
    except (ValueError, OverflowError):
        raise BadCursor from None


def _view(found: Coupon, used: int) -> CouponView:
    return CouponView(
        id=found.id, code=found.code, listing_id=found.listing_id, percent=found.percent,
        amount=found.off and found.off.minor, currency=found.off and found.off.currency,
        charges=found.charges, used=used, uses_max=found.uses_max,
        expires_at=found.expires_at and iso_ms(found.expires_at),
        stopped_at=found.stopped_at and iso_ms(found.stopped_at), created_at=iso_ms(found.at),
    )  # fmt: skip
