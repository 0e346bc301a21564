"""Sanctions lists and cases over HTTP, for operators; lists are loaded on a page or by the command."""

from typing import Annotated, Literal

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from arena.kit.clock import iso_ms
from arena.money.due_diligence import store
from arena.money.due_diligence.decide_case import decide_case, open_cases
from arena.money.due_diligence.model import Case, SanctionsList
from arena.people.access import CallDep, Routes, needs

routes = Routes("due diligence")
OPERATOR = needs("operate", kinds=("person",))
CaseId = Annotated[str, Path(pattern=r"^scs_[0-9a-z]{26}$")]


class SanctionsListView(BaseModel):
    """A list as it holds; `sha256` is of the file. Product time."""

    id: str
    name: str = Field(examples=["OFAC-SDN"])
    version: int
    entries: int
    sha256: str
    at: str


class SanctionsCaseView(BaseModel):
    """A payee whose name is like one on a list: both sides, how much alike of 100, and what was decided."""

    id: str
    person_id: str
    name: str
    country: str
    born: int | None
    list_name: str
    entry: str
    matched: str = Field(description="Which of the entry's names.")
    entry_born: list[int]
    entry_countries: list[str]
    score: int
    state: str = Field(description="open, cleared, confirmed or lapsed.")
    at: str
    decided_by: str | None
    reason: str | None


class CaseDecisionBody(BaseModel):
    """`same`: the payee is who is on the list, and nothing is paid to him."""

    model_config = ConfigDict(extra="forbid")
    verdict: Literal["same", "other"]
    reason: str = Field(min_length=3, max_length=1000, pattern=r"^[^\x00]*$")


@routes.add("GET", "/due-diligence/lists", gate=OPERATOR)
async def show_lists(call: CallDep) -> list[SanctionsListView]:
    """The lists that payees are compared with."""
    return [_list(each) for each in await store.lists(call.tx)]


@routes.add("GET", "/due-diligence/cases", gate=OPERATOR)
async def show_cases(call: CallDep) -> list[SanctionsCaseView]:
    """The cases that wait for a decision, the oldest first (at most 100)."""
    return [_case(each) for each in await open_cases(call.tx)]


@routes.add("POST", "/due-diligence/cases/{case_id}/decide", gate=OPERATOR)
async def decide(call: CallDep, case_id: CaseId, body: CaseDecisionBody) -> SanctionsCaseView:
    """Says whether the payee is who is on the list; of oneself another operator has to."""
    decided = await decide_case(
        call.tx, case_id, same=body.verdict == "same", reason=body.reason, actor=call.actor,
        request_id=call.request_id,
    )  # fmt: skip
    return _case(decided)


def _list(found: SanctionsList) -> SanctionsListView:
    return SanctionsListView(
        id=found.id, name=found.name, version=found.version, entries=found.entries, sha256=found.sha,
        at=iso_ms(found.at),
    )  # fmt: skip


def _case(found: Case) -> SanctionsCaseView:
    party, hit = found.party, found.hit
    return SanctionsCaseView(
        id=found.id, person_id=party.person_id, name=party.name, country=party.country, born=party.born,
        list_name=hit.list_name, entry=hit.entry.name, matched=hit.matched, entry_born=list(hit.entry.born),
        entry_countries=list(hit.entry.countries), score=hit.score, state=found.state, at=iso_ms(found.at),
        decided_by=found.decided_by, reason=found.reason,
    )  # fmt: skip
