"""A creator's earnings over HTTP."""

from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, Field

from arena.kit.clock import iso_ms
from arena.money.earnings.model import Hold
from arena.money.earnings.movement import movement
from arena.money.earnings.read import earnings, months
from arena.people import identity
from arena.people.access import Call, CallDep, Routes, known, needs

routes = Routes("earnings")
GATE = known(
    "a creator sees what he has earned, and whoever holds a collective's key why it is paid to nobody"
)
JournalId = Annotated[str, Path(pattern=r"^jrn_[0-9a-z]{1,40}$")]
EARNER = needs("payouts:write", kinds=("person",))


class EarningsMonthView(BaseModel):
    """A month (UTC) in whole cents; `taken` are refunds and lost disputes."""

    month: str = Field(examples=["2024-01"])
    earned: int
    taken: int
    paid_out: int


class EarningsView(BaseModel):
    """A creator's money in whole cents of US dollars."""

    pending: int = Field(
        description="Not free yet: `unpaid` waits for customers, the rest is on hold, the first of it until `next_at`."
    )
    unpaid: int = Field(
        0,
        description="What of it customers were invoiced and have not paid yet; its hold begins as they pay.",
    )
    next_at: str | None
    available: int = Field(description="Free of holds.")
    reserve: int = Field(description="What of it stays back against refunds.")
    set_aside: int = Field(description="What of it is promised to a payout.")
    payable: int = Field(description="What a payout may be asked for.")
    in_transit: int = Field(description="Sent, not arrived yet.")
    disputed: int = Field(description="Held while customers dispute charges.")
    owed: int = Field(description="Refunded after it was paid out; settled from what comes next.")
    currency: str = Field("USD", examples=["USD"])
    paid_to: str | None = Field(
        description="Who can ask for payouts of it: the person, or the owner of the collective that asks; null: nobody."
    )
    advice: str | None = Field(
        None, description="For a collective: why nothing stands here or is paid, and what to do."
    )
    months: list[EarningsMonthView] = Field(description="The last twelve, oldest first.")


class EarningsJournalView(BaseModel):
    """What one journal moved on one creator's accounts, in whole cents; in his favour positive but for `owed`."""

    id: str = Field(examples=["jrn_0123456789abcdefghjkmnpqrs"])
    kind: str = Field(examples=["hold.released"])
    reference: str = Field(description="What it was earned or paid out with.", examples=["sub_1"])
    at: str
    pending: int
    available: int
    disputed: int
    owed: int
    total: int
    currency: str = Field(examples=["USD"])


@routes.add("GET", "/earnings", gate=GATE)
async def show(call: CallDep) -> EarningsView:
    """What the caller has earned and how it stands: on hold, available, on its way, owed.

    A collective that asks by its key sees what it has earned in its own name, which only is so where nobody owns it.
    """
    paid_to, advice = await _payee(call)
    has = await earnings(call.tx, call.actor.id, Hold.of(call.settings))
    return EarningsView(
        pending=has.pending.minor, unpaid=has.unpaid.minor,
        next_at=None if has.next_at is None else iso_ms(has.next_at),
        available=has.available.minor, reserve=has.reserve.minor, set_aside=has.set_aside.minor,
        payable=has.payable.minor, in_transit=has.in_transit.minor, disputed=has.disputed.minor,
        owed=has.owed.minor, currency=has.available.currency, paid_to=paid_to, advice=advice,
        months=[
            EarningsMonthView(
                month=f"{one.start:%Y-%m}", earned=one.earned.minor, taken=one.taken.minor,
                paid_out=one.paid_out.minor,
            )
            for one in await months(call.tx, call.actor.id)
        ],
    )  # fmt: skip


@routes.add("GET", "/earnings/journals/{journal_id}", gate=EARNER)
async def show_journal(call: CallDep, journal_id: JournalId) -> EarningsJournalView:
    """What a journal that a statement names moved on the caller's own accounts."""
    found = await movement(call.tx, call.actor.id, journal_id)
    return EarningsJournalView(
        id=found.journal_id, kind=found.kind, reference=found.reference, at=iso_ms(found.at),
        pending=found.pending.minor, available=found.available.minor, disputed=found.disputed.minor,
        owed=found.owed.minor, total=found.total.minor, currency=found.total.currency,
    )  # fmt: skip


async def _payee(call: Call) -> tuple[str | None, str | None]:
    """Who is paid, and what a collective is to know. Raises ScopeMissing for people who create nothing."""
    if call.actor.kind == "person":
        EARNER.admit(call.actor)
        return call.actor.id, None
    found = await identity.collective(call.tx, call.actor.id)
    if found.owner_id is not None:
        return found.owner_id, OWNED
    return None, UNOWNED


OWNED = "What this collective's listings earn belongs to the person who owns it, and stands in that person's studio."
UNOWNED = (
    "Nobody owns this collective: what its listings earn is kept here in its name and can be paid to nobody, because a"
    " payout needs a person whose identity, tax form and account are known. Sign up, become a creator, make a"
    " collective in the studio, and open the feed anew there: from then on its listings earn for you. For what is kept"
    " here write to the operator."
)
