"""Language models over HTTP, for who answers for them and for operators: standing, budget, decisions, every word."""

from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import BaseModel, Field

from arena.kit.clock import from_ms, iso_ms, to_ms, wall_today
from arena.kit.page import BadCursor, Page, decode_cursor, encode_cursor, page_of, start_after
from arena.people.access import Call, CallDep, Routes, needs
from arena.signals.strategists.language_model import answers
from arena.signals.strategists.language_model.model import Outcome, Reason, Spent
from arena.signals.strategists.language_model.read import (
    Asked,
    Seat,
    Turn,
    asked,
    decision,
    seat,
    seats,
    turns,
)
from arena.signals.strategists.language_model.replay import replay
from arena.signals.strategists.language_model.standing import Status, in_words, standing

routes = Routes("language models")
WATCHES = needs("listings:write", kinds={"person"})
MS_MAX = 4_102_444_800_000  # the year 2100
FeedId = Annotated[str, Path(pattern=r"^fd_[0-9a-z]{26}$", description="The feed's id, fd_….")]
ClosedMs = Annotated[
    int, Path(ge=0, le=MS_MAX, description="When the bar closed: UTC milliseconds, product time.")
]
After = Annotated[
    str | None, Query(max_length=400, description="`next` of the page before.")
]  # fmt: skip


class SpentView(BaseModel):
    """What was spent: tokens as the API counts them, cost in millionths of a US cent."""

    tokens: int
    microcents: int


class ModelStandingView(BaseModel):
    """Whether it is at work. `since` and `until` are wall times."""

    status: Status
    says: str = Field(examples=["budget spent until 00:00 UTC"])
    since: str | None = Field(description="Since when the model's API fails.")
    until: str | None = Field(description="Until when the day's budget is spent.")
    detail: str


class LanguageModelView(BaseModel):
    """A language model and its feed. What it may spend stands in its configuration."""

    feed_id: str
    name: str
    instrument: str
    collective_id: str
    hired_at: str = Field(description="Product time.")
    standing: ModelStandingView
    today: SpentView = Field(description="Of the UTC day by the wall clock, open questions in full.")  # fmt: skip
    configuration: dict[str, Any] = Field(description="As in the feed's lineage.")


class LanguageModelDecisionView(BaseModel):
    """What came of one bar. `weight` is the target that stands after it."""

    closed_at: str = Field(description="Close of the bar, product time.")
    closed_ms: int = Field(description="The same in UTC milliseconds: its name in addresses.")
    outcome: Outcome
    reason: Reason
    detail: str
    weight: str
    confidence: str
    rationale: str
    signal_id: str | None
    spent: SpentView
    asked_at: str | None = Field(description="Wall time; null where nothing was asked.")
    latency_ms: int | None
    turns: int
    calls: list[str] = Field(description="Tools it called, in their order.")


class TurnView(BaseModel):
    """A prompt and its answer, each with the SHA-256 of the kept text. `whole`: both texts still have their hashes."""

    turn: int
    prompt: str = Field(description="The request's body, as it was sent.")
    prompt_sha: str
    sent_at: str
    answer: str | None
    answer_sha: str | None
    came_at: str | None
    latency_ms: int | None
    spent: SpentView
    whole: bool


class ConversationView(BaseModel):
    """A decision and every word of its conversation. Texts are data: they may hold what others wrote."""

    decision: LanguageModelDecisionView
    turns: list[TurnView]


class ReplayedView(BaseModel):
    """A decision made again from what was kept; `faults` names what does not hold."""

    closed_ms: int
    weight: str | None = Field(description="What the kept answer gives; null where there was none.")
    faults: list[str]


class ReplayView(BaseModel):
    """`holds` where no decision has a fault."""

    holds: bool
    decisions: list[ReplayedView]


@routes.add("GET", "/language-models", gate=WATCHES, summary="One's own language models")
async def list_language_models(
    call: CallDep, limit: Annotated[int, Query(ge=1, le=100)] = 50, after: After = None
) -> Page[LanguageModelView]:
    """Those one answers for, an operator's all: at work first, then the newest first."""
    start = start_after(after)
    found = await seats(call.tx, call.actor, limit=limit + 1, start=start)
    page = page_of(found, limit, lambda _last: encode_cursor(start + limit))
    return Page(
        data=[await _seat(call, one) for one in page.data], has_more=page.has_more, next=page.next
    )


@routes.add("GET", "/language-models/{feed_id}", gate=WATCHES, summary="A language model")
async def get_language_model(call: CallDep, feed_id: FeedId) -> LanguageModelView:
    """Whether it is at work, what today has cost, and all that was chosen for it."""
    return await _seat(call, await seat(call.tx, call.actor, feed_id))


@routes.add(
    "GET", "/language-models/{feed_id}/decisions", gate=WATCHES, summary="What it decided, and why"
)
async def list_decisions(
    call: CallDep,
    feed_id: FeedId,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    after: After = None,
) -> Page[LanguageModelDecisionView]:
    """Newest first."""
    found = await seat(call.tx, call.actor, feed_id)
    before = None
    if after is not None:
        (before_ms,) = decode_cursor(after, (int,))
        if not 0 <= before_ms <= MS_MAX:
            raise BadCursor
        before = from_ms(before_ms)
    made = await asked(call.tx, found.hired.feed_id, limit=limit + 1, before=before)
    page = page_of(made, limit, lambda one: encode_cursor(to_ms(one.decision.closed_at)))
    return Page(
        data=[_decision(one) for one in page.data], has_more=page.has_more, next=page.next
    )  # fmt: skip


@routes.add(
    "GET",
    "/language-models/{feed_id}/decisions/{closed_ms}",
    gate=WATCHES,
    summary="A decision, word for word",
)
async def get_conversation(call: CallDep, feed_id: FeedId, closed_ms: ClosedMs) -> ConversationView:
    """Every prompt as it was sent and every answer as it came."""
    found = await seat(call.tx, call.actor, feed_id)
    at = from_ms(closed_ms)
    made = await decision(call.tx, found.hired.feed_id, at)
    return ConversationView(
        decision=_decision(made),
        turns=[_turn(one) for one in await turns(call.tx, found.hired.feed_id, at)],
    )


@routes.add(
    "GET", "/language-models/{feed_id}/replay", gate=WATCHES, summary="Decisions made again"
)
async def replay_decisions(
    call: CallDep, feed_id: FeedId, last: Annotated[int, Query(ge=1, le=200)] = 50
) -> ReplayView:
    """The last decisions again from the kept answers, without the model; `arena strategist replay` takes all."""
    found = await seat(call.tx, call.actor, feed_id)
    again = await replay(call.tx, found.hired.feed_id, last=last)
    return ReplayView(
        holds=not any(one.faults for one in again),
        decisions=[
            ReplayedView(
                closed_ms=to_ms(one.decision.closed_at),
                weight=None if one.weight is None else format(one.weight, "f"),
                faults=list(one.faults),
            )
            for one in reversed(again)
        ],
    )


async def _seat(call: Call, one: Seat) -> LanguageModelView:
    found = await standing(call.tx, call.settings, one)
    hired = one.hired
    return LanguageModelView(
        feed_id=hired.feed_id, name=hired.name, instrument=hired.instrument,
        collective_id=one.collective_id, hired_at=iso_ms(one.hired_at),
        standing=ModelStandingView(
            status=found.status, says=in_words(found), since=found.since and iso_ms(found.since),
            until=found.until and iso_ms(found.until), detail=found.detail,
        ),
        today=_spent(await answers.seen_spent(call.tx, wall_today(), hired.feed_id)),
        configuration=hired.configuration.as_dict(),
    )  # fmt: skip


def _decision(one: Asked) -> LanguageModelDecisionView:
    made = one.decision
    return LanguageModelDecisionView(
        closed_at=iso_ms(made.closed_at), closed_ms=to_ms(made.closed_at), outcome=made.outcome,
        reason=made.reason, detail=made.detail, weight=format(made.weight, "f"),
        confidence=format(made.confidence, "f"), rationale=made.rationale, signal_id=made.signal_id,
        spent=_spent(made.spent), asked_at=one.asked_at and iso_ms(one.asked_at),
        latency_ms=one.latency_ms, turns=one.turns, calls=list(one.calls),
    )  # fmt: skip


def _turn(one: Turn) -> TurnView:
    told = one.told
    return TurnView(
        turn=told.turn, prompt=told.prompt, prompt_sha=told.prompt_sha, sent_at=iso_ms(one.sent_at),
        answer=told.answer, answer_sha=told.answer_sha, came_at=one.came_at and iso_ms(one.came_at),
        latency_ms=one.latency_ms, spent=_spent(one.cost), whole=told.whole,
    )  # fmt: skip


def _spent(spent: Spent) -> SpentView:
    return SpentView(tokens=spent.tokens, microcents=spent.microcents)
