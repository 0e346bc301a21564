"""The register of trials over HTTP: registered by those who run the Lab themselves, counted by everybody."""

from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr

from arena.kit.clock import iso_ms
from arena.kit.errors import Refused
from arena.kit.page import BadCursor, Page, decode_cursor, encode_cursor, page_of
from arena.people.access import Call, CallDep, Routes, needs, public
from arena.signals.feeds import Lineage
from arena.signals.lab.model import KINDS
from arena.signals.lab.register import register_documents
from arena.signals.lab.trials.model import (
    Configuration,
    Family,
    Figures,
    Trial,
    TrialKind,
    Vouched,
)
from arena.signals.lab.trials.read import families_of
from arena.signals.lab.trials.read import family as read_family
from arena.signals.lab.trials.read import trial as read_trial
from arena.signals.lab.trials.read import trials as read_trials
from arena.signals.lab.trials.record import record_results
from arena.signals.lab.trials.register import register_trials

routes = Routes("lab")
OPEN = public("how many tries a model took is what its figures are to be read with")
PUBLISHES = needs("signals:publish", kinds={"collective"})
TEXT = r"^[^\x00-\x1f\x7f]*$"
SHA = r"^[0-9a-f]{64}$"
WHOLE_MAX = 2**53 - 1
Sha = Annotated[str, Field(pattern=SHA, description="SHA-256 in hex.")]
Document = dict[str, Any]
MEMBERS_MAX = 1000


class TrialIncomplete(Refused):
    """Trial {place} needs its {kind}, whole or by its sha, once: either for all trials or for itself."""


class MemberDraft(BaseModel):
    """What one trial has for itself, each document whole or by its hash; what all share stands outside."""

    model_config = ConfigDict(extra="forbid")

    pack: Document | None = None
    indicator_set: Document | None = None
    model_config_: Document | None = Field(None, alias="model_config")
    policy: Document | None = None
    pack_sha: Sha | None = None
    indicator_set_sha: Sha | None = None
    model_config_sha: Sha | None = None
    policy_sha: Sha | None = None

    def given(self) -> dict[str, Any]:
        return {name: value for name, value in self.model_dump(by_alias=True).items() if value is not None}  # fmt: skip


class TrialsDraft(BaseModel):
    """Configurations about to be run: what they share, and what each has for itself."""

    model_config = ConfigDict(extra="forbid")

    kind: TrialKind = "backtest"
    engine_version: str = Field(min_length=1, max_length=80, pattern=TEXT, examples=["lab-1"])
    seed: int = Field(0, ge=0, le=WHOLE_MAX)
    windows: dict[str, StrictInt | StrictStr] | None = Field(
        None, max_length=32, description="Of a walk-forward; null for one run over the whole span.",
        examples=[{"kind": "rolling", "train_bars": 2000, "purge_bars": 10, "embargo_bars": 10, "test_bars": 500}],
    )  # fmt: skip
    shared: MemberDraft = Field(default_factory=lambda: MemberDraft())
    trials: list[MemberDraft] = Field(
        default_factory=lambda: [MemberDraft()], min_length=1, max_length=MEMBERS_MAX,
        description="One for each configuration; left out: the shared one alone.",
    )  # fmt: skip


class RegisteredView(BaseModel):
    """The trials' hashes in the order they were sent, and the families they count for."""

    trials: list[str]
    families: list[str]
    vouched: Vouched = Field(
        description="self_reported: the arena has not run them; such figures count for nothing in trust."
    )


class FiguresDraft(BaseModel):
    """A run in a few numbers, net of costs. Fractions, not percent."""

    model_config = ConfigDict(extra="forbid")

    net_return: float = Field(ge=-1, allow_inf_nan=False, examples=[0.183])
    sharpe: float | None = Field(allow_inf_nan=False, description="Annual; null where not defined.")
    max_drawdown: float = Field(ge=0, le=1, allow_inf_nan=False, examples=[0.21])
    trades: int = Field(ge=0, le=2**31 - 1)
    periods: int = Field(ge=0, le=2**31 - 1, description="How many returns they are made of.")
    returns_sha: Sha | None = Field(None, description="SHA-256 of the file with all returns.")


class TrialView(BaseModel):
    """A registered configuration; the entry at `log_index` of the transparency log names `root`, which digests the
    hashes of its registration. `figures` by who vouches for them: only reproduced ones may count for trust."""

    sha: str
    family: str
    owner_id: str
    model: str
    kind: TrialKind
    lineage: dict[str, str]
    engine_version: str
    seed: int
    windows: dict[str, Any] | None
    registration: str
    root: str
    log_index: int
    registered_at: str = Field(description="Product time.")
    recorded_at: str = Field(description="Wall time.")
    vouched: Vouched
    figures: dict[Vouched, dict[str, Any]]


class FamilyView(BaseModel):
    """All trials of one owner under one model's name. `owner_trials` are those under all names."""

    id: str
    owner_id: str
    model: str
    trials: int = Field(description="Distinct configurations registered.")
    owner_trials: int
    reproduced: int = Field(description="Of these, run by the arena itself.")
    first_at: str | None
    last_at: str | None


@routes.add(
    "POST",
    "/lab/trials",
    gate=PUBLISHES,
    status_code=201,
    summary="Register trials before they run",
)
async def register(call: CallDep, body: TrialsDraft) -> RegisteredView:
    """For creators who run the Lab on their own machine. Documents given whole are registered too. The same
    configuration again is the same trial; nothing is ever removed."""
    configurations = await _configurations(call, body)
    shas = await register_trials(
        call.tx, call.actor.id, configurations, kind=body.kind, actor=call.actor,
        request_id=call.request_id,
    )  # fmt: skip
    families = await families_of(call.tx, call.actor.id, shas)
    return RegisteredView(
        trials=shas, families=sorted(set(families.values())), vouched="self_reported"
    )


@routes.add(
    "POST", "/lab/trials/{sha}/result", gate=PUBLISHES, summary="Report what came of a trial"
)
async def report(
    call: CallDep, sha: Annotated[str, Path(pattern=SHA)], body: FiguresDraft
) -> TrialView:
    """Written once, labelled self-reported; the same figures again change nothing."""
    await record_results(
        call.tx, call.actor.id, {sha: Figures(**body.model_dump())}, actor=call.actor,
        request_id=call.request_id,
    )  # fmt: skip
    return trial_view(await read_trial(call.tx, call.actor.id, sha))


@routes.add("GET", "/lab/trials", gate=OPEN, summary="The trials of a family")
async def list_trials(
    call: CallDep,
    family: Annotated[str, Query(pattern=r"^fam_[0-9a-z]{26}$", description="fam_…, see a listing.")],
    registration: Annotated[str | None, Query(pattern=r"^trg_[0-9a-z]{26}$")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    after: Annotated[str | None, Query(max_length=400, description="`next` of the page before.")] = None,
) -> Page[TrialView]:  # fmt: skip
    """In the order they were registered; all of one registration digest to its root."""
    found = await read_trials(
        call.tx, family, registration_id=registration, after=_number(after), limit=limit + 1
    )
    page = page_of(found, limit, lambda one: encode_cursor(one.number))
    return Page(data=[trial_view(one) for one in page.data], has_more=page.has_more, next=page.next)


@routes.add("GET", "/lab/families/{family_id}", gate=OPEN, summary="How many trials a family took")
async def show_family(
    call: CallDep, family_id: Annotated[str, Path(pattern=r"^fam_[0-9a-z]{26}$")]
) -> FamilyView:
    """Counts of distinct configurations."""
    return family_view(await read_family(call.tx, family_id))


def trial_view(one: Trial) -> TrialView:
    configuration = one.configuration
    return TrialView(
        sha=one.sha, family=one.family_id, owner_id=one.owner_id, model=one.model, kind=one.kind,
        lineage=configuration.lineage.as_dict(), engine_version=configuration.engine_version,
        seed=configuration.seed, windows=None if configuration.windows is None else dict(configuration.windows),
        registration=one.registration_id, root=one.root, log_index=one.log_index,
        registered_at=iso_ms(one.registered_at), recorded_at=iso_ms(one.recorded_at), vouched=one.vouched,
        figures={vouched: _figures(of) for vouched, of in one.figures.items()},
    )  # fmt: skip


def family_view(one: Family) -> FamilyView:
    return FamilyView(
        id=one.id, owner_id=one.owner_id, model=one.model, trials=one.trials, owner_trials=one.owner_trials,
        reproduced=one.reproduced, first_at=one.first_at and iso_ms(one.first_at),
        last_at=one.last_at and iso_ms(one.last_at),
    )  # fmt: skip


def _figures(of: Figures) -> dict[str, Any]:
    return {
        "net_return": of.net_return, "sharpe": of.sharpe, "max_drawdown": of.max_drawdown,
        "trades": of.trades, "periods": of.periods, "returns_sha": of.returns_sha,
    }  # fmt: skip


async def _configurations(call: Call, draft: TrialsDraft) -> list[Configuration]:
    """Raises TrialIncomplete, BadDocument, WrongKindOfDocument."""
    shared = draft.shared.given()
    members = [one.given() for one in draft.trials]
    shas: list[dict[str, str]] = [{} for _ in members]
    for kind in KINDS:
        named = f"{kind}_sha"
        whole: dict[int, Document] = {}
        for place, member in enumerate(members):
            both = [
                source[field]
                for source in (shared, member)
                for field in (kind, named)
                if field in source
            ]
            if len(both) != 1:
                raise TrialIncomplete(place=place, kind=kind)
            if isinstance(both[0], str):
                shas[place][named] = both[0]
            else:
                whole[place] = both[0]
        # What all share is one document, not one for each.
        once = {id(body): body for body in whole.values()}
        registered = await register_documents(
            call.tx, kind, list(once.values()), actor=call.actor, request_id=call.request_id
        )
        named_by = dict(zip(once, registered, strict=True))
        for place, body in whole.items():
            shas[place][named] = named_by[id(body)]
    return [
        Configuration(Lineage(**of), draft.engine_version, draft.seed, draft.windows) for of in shas
    ]


def _number(cursor: str | None) -> int:
    if cursor is None:
        return 0
    (number,) = decode_cursor(cursor, (int,))
    if number < 0:
        raise BadCursor
    return int(number)
