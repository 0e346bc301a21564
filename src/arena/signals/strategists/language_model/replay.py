"""Replays decisions from what was kept: the same conversation, with the kept answers in place of the model.

Each prompt is made anew from the bars, marks and news of then, and compared with the one that was sent. So a replay
shows that the model saw nothing else, and that the decision follows from its answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from arena.kit.db import Database, Tx
from arena.kit.settings import Settings
from arena.signals.strategists.language_model import answers
from arena.signals.strategists.language_model.answers import Ask, Told
from arena.signals.strategists.language_model.converse import converse
from arena.signals.strategists.language_model.decide import conclude
from arena.signals.strategists.language_model.model import (
    Answer,
    Configuration,
    Decision,
    Hired,
    NoAnswer,
    NoSuchLanguageModel,
    Reply,
    Sight,
)
from arena.signals.strategists.language_model.prompt import text_of
from arena.signals.strategists.language_model.sight import see
from arena.trading.market import tape

ALL = 1_000_000
UNTOLD = NoAnswer("interrupted", "the process ended before an answer came")


@dataclass(frozen=True, slots=True)
class Replayed:
    """A decision beside what was kept of it.

    `weight` and `rationale` are what the kept answer gives now, None where there was none to use. `faults` names what
    does not hold: a text that has lost its hash, a prompt that would be another today, a decision that does not follow.
    """

    decision: Decision
    weight: Decimal | None
    rationale: str | None
    faults: tuple[str, ...]


async def replay(tx: Tx, feed_id: str, *, last: int | None = None) -> list[Replayed]:
    """All decisions of the feed again, or the `last` of them, in the order of their bars; nothing is sent or changed.

    Raises NoSuchLanguageModel, NoTape.
    """
    hired = await answers.hired_for(tx, feed_id)
    if hired is None:
        raise NoSuchLanguageModel(feed=feed_id)
    interval_s = (await tape(tx)).interval_s
    made = await answers.decisions(tx, feed_id, limit=last or ALL, newest=True)
    return [await _again(tx, hired, one, interval_s) for one in reversed(made)]


async def take_up(
    db: Database, settings: Settings, hired: Hired, ask: Ask, *, interval_s: int
) -> Decision:
    """Ends a decision that another process began: from its answer, where that was kept, else by holding.

    What it cost nobody knows any more, so all that was put aside for it is spent.
    """
    async with db.transaction(readonly=True) as tx:
        told = await answers.told(tx, ask.feed_id, ask.closed_at)
        sight = await see(tx, hired, ask.closed_at, interval_s=interval_s, news_id=ask.news_id)
    answer = await _answer(hired.configuration, sight, told, UNTOLD)
    return await conclude(
        db, settings, hired, ask.closed_at, interval_s=interval_s, answer=answer, spent=ask.reserved
    )


class Kept:
    """Speaks with kept replies; notes where a prompt is not the one that was sent."""

    def __init__(self, told: Sequence[Told], untold: NoAnswer) -> None:
        self._told = {one.turn: one for one in told}
        self._untold = untold
        self.changed: list[int] = []

    async def say(self, turn: int, request: dict[str, Any]) -> Reply:
        one = self._told.get(turn)
        if one is not None and text_of(request) != one.prompt:
            self.changed.append(turn)
        if one is None or one.answer is None:
            raise self._untold
        return answers.reply_of(one.answer)


async def _answer(
    configuration: Configuration, sight: Sight, told: Sequence[Told], untold: NoAnswer
) -> Answer | NoAnswer:
    try:
        return await converse(configuration, sight, Kept(told, untold))
    except NoAnswer as silent:
        return silent


async def _again(tx: Tx, hired: Hired, decision: Decision, interval_s: int) -> Replayed:
    ask = await answers.ask_of(tx, hired.feed_id, decision.closed_at)
    if ask is None:
        return Replayed(decision, None, None, ())
    told = await answers.told(tx, hired.feed_id, decision.closed_at)
    sight = await see(
        tx, hired, decision.closed_at, interval_s=interval_s, news_id=ask.news_id
    )  # fmt: skip
    kept = Kept(told, NoAnswer(decision.reason or "broken", decision.detail))
    try:
        answer: Answer | NoAnswer = await converse(hired.configuration, sight, kept)
    except NoAnswer as silent:
        answer = silent
    faults = [f"turn {one.turn}: a text has lost its hash" for one in told if not one.whole]
    faults += [f"turn {turn}: the prompt would be another today" for turn in kept.changed]
    if not _follows(decision, answer):
        faults.append("the decision does not follow from the kept answer")
    if isinstance(answer, NoAnswer):
        return Replayed(decision, None, None, tuple(faults))
    return Replayed(decision, answer.weight, answer.rationale, tuple(faults))


def _follows(decision: Decision, answer: Answer | NoAnswer) -> bool:
    if isinstance(answer, NoAnswer):
        return decision.outcome == "held" and decision.reason == answer.reason
    if decision.outcome in ("published", "unchanged"):
        return (decision.weight, decision.confidence, decision.rationale) == (
            answer.weight, answer.confidence, answer.rationale,
        )  # fmt: skip
    return decision.outcome in ("late", "refused")
