"""Performance fees over HTTP: offers of creators, contracts of copiers on accounts of theirs, statements as files."""

from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import BaseModel, Field

from arena.kit.clock import iso_ms
from arena.money import performance_fees as fees
from arena.people.access import CallDep, Routes, needs
from arena.web.views.fee_contract import bills_of
from arena.web.views.fee_readings import agree_with, leave_all

routes = Routes("performance fees")
ContractId = Annotated[str, Path(pattern=r"^pfc_[0-9a-z]{1,40}$")]


class RuleBody(BaseModel):
    """What goes in a country: `off`, `shadow` (computed and shown) or `charged`, and why. It holds from each contract's
    next period on; `at_once`: a lower mode in open periods as well."""

    mode: fees.Mode
    reason: str = Field(min_length=3, max_length=500, pattern=r"^[^\x00]*$")
    at_once: bool = False


class OfferBody(BaseModel):
    """A creator's terms. `minimum` is cents, `rate_bps` of new profits (2,000 is 20 %)."""

    policy: fees.Policy = "cumulative_profit"
    rate_bps: int = Field(2_000, ge=0, le=5_000)
    period: fees.Period = "quarter"
    minimum: int = Field(1_000_000, ge=1_000_000, le=10**12)


class AgreeBody(BaseModel):
    """Whose terms, for which account of one's own, and what the copier says of himself."""

    creator_id: str = Field(pattern=r"^usr_[0-9a-z]{1,40}$", examples=["usr_0001"])
    account_id: str = Field(pattern=r"^acc_[0-9a-z]{1,40}$", examples=["acc_0001"])
    country: str = Field(pattern="^[A-Z]{2}$", examples=["DE"])
    us_person: bool
    qualified_client: bool = False
    accept_rise: bool = Field(
        False,
        description="Agrees to the rate of the offer where it is above what the contract has, from the next period on.",
    )


class RateBody(BaseModel):
    """A lower rate."""

    rate_bps: int = Field(ge=0, le=5_000)


class ContractView(BaseModel):
    """A contract; `next_rate_bps` goes from the next period on."""

    id: str
    copier: str
    creator: str
    policy: str
    rate_bps: int
    next_rate_bps: int | None
    period: str
    minimum: int
    status: str
    period_start: str
    period_end: str
    mode: str = Field(description="What goes for the open period: off, shadow or charged.")


class OpenPeriodView(BaseModel):
    """The open period, cents: due if it ended at the last reading, and of that what left with withdrawals."""

    contract: ContractView
    mode: str = Field(description="off, shadow (computed and shown) or charged.")
    next_mode: str = Field(description="The same of the period after this one, as things stand.")
    profit: int
    mark: int
    accrued: int
    held: int


class StatementView(BaseModel):
    """A closed period; its file is what `sigma verify-fee` computes again."""

    id: str
    period_start: str
    period_end: str
    fee: int
    charged: bool
    sha256: str
    paid: bool | None = Field(description="Of what is charged; none before its bill is there.")


@routes.add("PUT", "/performance-fees/rules/{country}", gate=needs("operate", kinds=("person",)))
async def switch(
    call: CallDep, country: Annotated[str, Path(pattern="^[A-Z]{2}$")], body: RuleBody
) -> RuleBody:
    """Switches performance fees on or off for copiers of a country. US persons need to be qualified clients as well."""
    await fees.switch(
        call.tx,
        country,
        body.mode,
        reason=body.reason,
        actor=call.actor,
        at_once=body.at_once,
        request_id=call.request_id,
    )
    return body


@routes.add("GET", "/performance-fees/rules", gate=needs("operate", kinds=("person",)))
async def rules(call: CallDep) -> dict[str, fees.Mode]:
    """What goes in which country; in those that are not here performance fees are off."""
    return await fees.modes(call.tx)


@routes.add("PUT", "/performance-fees/offer", gate=needs("listings:write", kinds=("person",)))
async def set_offer(call: CallDep, body: OfferBody) -> OfferBody:
    """Sets the terms that copiers agree to from now on; contracts keep theirs."""
    terms = fees.Terms(body.policy, body.rate_bps, body.period, body.minimum)
    await fees.set_offer(
        call.tx, call.actor.id, terms, actor=call.actor, request_id=call.request_id
    )
    return body


@routes.add(
    "POST", "/performance-fees/contracts", gate=needs("subscriptions:write", kinds=("person",))
)
async def agree(call: CallDep, body: AgreeBody) -> ContractView:
    """Agrees to a creator's terms for an account of one's own, or of a collective of one's own. Where there is a
    contract with him it keeps its policy, period and minimum, and no higher rate than it had without `accept_rise`;
    what is declared goes from the next period on."""
    copier = fees.Copier(call.actor.id, body.country, body.us_person, body.qualified_client)
    made = await agree_with(call, copier, body.creator_id, body.account_id, rise=body.accept_rise)
    return _view(made)


@routes.add(
    "POST",
    "/performance-fees/contracts/{contract_id}/leave",
    gate=needs("subscriptions:write", kinds=("person",)),
)
async def leave(call: CallDep, contract_id: ContractId) -> ContractView:
    """Takes all accounts out now. What is due is held until the period ends, and falls as far as the creator's feeds
    that the copier followed end lower, by their reference accounts."""
    left = await leave_all(call, contract_id)
    return _view(left)


@routes.add(
    "POST",
    "/performance-fees/contracts/{contract_id}/rate",
    gate=needs("listings:write", kinds=("person",)),
)
async def change_rate(call: CallDep, contract_id: ContractId, body: RateBody) -> ContractView:
    """Lowers a copier's rate from the next period on."""
    changed = await fees.change_rate(
        call.tx, contract_id, body.rate_bps, creator_id=call.actor.id, request_id=call.request_id
    )
    return _view(changed)


@routes.add(
    "GET", "/performance-fees/contracts", gate=needs("subscriptions:read", kinds=("person",))
)
async def contracts(
    call: CallDep, after: Annotated[str, Query(pattern=r"^(pfc_[0-9a-z]{1,40})?$")] = ""
) -> list[ContractView]:
    """At most 200 of the caller's contracts: as a copier, then as a creator, each the newest first; `after` is the id
    of the last one seen."""
    return [_view(each) for each in await fees.page_of(call.tx, call.actor.id, after=after)]


@routes.add(
    "GET",
    "/performance-fees/contracts/{contract_id}",
    gate=needs("subscriptions:read", kinds=("person",)),
)
async def contract(call: CallDep, contract_id: ContractId) -> OpenPeriodView:
    """Where the open period stands."""
    now = await fees.open_period(call.tx, contract_id, call.actor.id)
    return OpenPeriodView(
        contract=_view(now.contract), mode=now.mode, next_mode=now.next_mode, profit=now.profit, mark=now.mark,
        accrued=now.accrued, held=now.held,
    )  # fmt: skip


@routes.add(
    "GET",
    "/performance-fees/contracts/{contract_id}/statements",
    gate=needs("subscriptions:read", kinds=("person",)),
)
async def statements(call: CallDep, contract_id: ContractId) -> list[StatementView]:
    """Closed periods, the newest first."""
    made_all = await fees.statements(call.tx, contract_id, call.actor.id)
    paid = await bills_of(call.tx, made_all)
    return [
        StatementView(
            id=made.id, period_start=iso_ms(made.period_start), period_end=iso_ms(made.period_end), fee=made.fee,
            charged=made.charged, sha256=made.sha, paid=None if made.id not in paid else paid[made.id] == "paid",
        )
        for made in made_all
    ]  # fmt: skip


@routes.add(
    "GET",
    "/performance-fees/statements/{statement_id}",
    gate=needs("subscriptions:read", kinds=("person",)),
)
async def statement(
    call: CallDep, statement_id: Annotated[str, Path(pattern=r"^pfs_[0-9a-z]{1,40}$")]
) -> dict[str, Any]:
    """A statement as a file: readings with their signatures, books before and after, the fee. `sigma verify-fee`
    computes it again."""
    key = fees.reading_key(call.settings.vault)
    return await fees.statement_file(call.tx, statement_id, call.actor.id, key)


def _view(found: fees.Contract) -> ContractView:
    terms = found.terms
    return ContractView(
        id=found.id, copier=found.copier.person_id, creator=found.creator_id, policy=terms.policy,
        rate_bps=terms.rate_bps, next_rate_bps=found.next_rate_bps, period=terms.period, minimum=terms.minimum,
        status=found.status, period_start=iso_ms(found.period_start), period_end=iso_ms(found.period_end),
        mode=found.mode,
    )  # fmt: skip
