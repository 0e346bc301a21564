"""A creator's earnings over HTTP."""

from pydantic import BaseModel, Field

from arena.kit.clock import iso_ms
from arena.money.earnings.model import Hold
from arena.money.earnings.read import earnings, months
from arena.people.access import CallDep, Routes, needs

routes = Routes("earnings")
GATE = needs("payouts:write", kinds=("person",))


class EarningsMonthView(BaseModel):
    """A month (UTC) in whole cents; `taken` are refunds and lost disputes."""

    month: str = Field(examples=["2024-01"])
    earned: int
    taken: int
    paid_out: int


class EarningsView(BaseModel):
    """A creator's money in whole cents of US dollars."""

    pending: int = Field(description="On hold, the first of it until `next_at`.")
    next_at: str | None
    available: int = Field(description="Free of holds.")
    reserve: int = Field(description="What of it stays back against refunds.")
    set_aside: int = Field(description="What of it is promised to a payout.")
    payable: int = Field(description="What a payout may be asked for.")
    in_transit: int = Field(description="Sent, not arrived yet.")
    disputed: int = Field(description="Held while customers dispute charges.")
    owed: int = Field(description="Refunded after it was paid out; settled from what comes next.")
    currency: str = Field("USD", examples=["USD"])
    months: list[EarningsMonthView] = Field(description="The last twelve, oldest first.")


@routes.add("GET", "/earnings", gate=GATE)
async def show(call: CallDep) -> EarningsView:
    """What the caller has earned and how it stands: on hold, available, on its way, owed."""
    has = await earnings(call.tx, call.actor.id, Hold.of(call.settings))
    return EarningsView(
        pending=has.pending.minor, next_at=None if has.next_at is None else iso_ms(has.next_at),
        available=has.available.minor, reserve=has.reserve.minor, set_aside=has.set_aside.minor,
        payable=has.payable.minor, in_transit=has.in_transit.minor, disputed=has.disputed.minor,
        owed=has.owed.minor, currency=has.available.currency,
        months=[
            EarningsMonthView(
                month=f"{one.start:%Y-%m}", earned=one.earned.minor, taken=one.taken.minor,
                paid_out=one.paid_out.minor,
            )
            for one in await months(call.tx, call.actor.id)
        ],
    )  # fmt: skip
