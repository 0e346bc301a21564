"""What owners and operators see of language models: who is at work, what was asked, said and paid."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from arena.kit.db import Row, Tx
from arena.people.access import Actor
from arena.signals.strategists.language_model import answers
from arena.signals.strategists.language_model.answers import Told
from arena.signals.strategists.language_model.model import (
    Decision,
    Hired,
    NoSuchDecision,
    NoSuchLanguageModel,
    Spent,
)


@dataclass(frozen=True, slots=True)
class Seat:
    """A language model and whose it is. `open` until its feed is closed."""

    hired: Hired
    open: bool
    collective_id: str
    collective: str
    owner_id: str | None
    hired_at: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """A decision with its conversation in short: tools that were called, in their order. Without a question `asked_at`
    is None; without an answer, `latency_ms`, the wall time from the right to ask to the last answer."""

    decision: Decision
    asked_at: datetime | None
    latency_ms: int | None
    turns: int
    calls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """A prompt and the answer to it, as they were kept. Wall times."""

    told: Told
    sent_at: datetime
    came_at: datetime | None
    cost: Spent

    @property
    def latency_ms(self) -> int | None:
        return _ms(self.sent_at, self.came_at)

    @property
    def prompt(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.told.prompt)
        return found

    @property
    def answer(self) -> dict[str, Any] | None:
        return None if self.told.answer is None else json.loads(self.told.answer)


_SEATS = """select l.feed_id, f.name, f.instrument, l.configuration, l.hired_at, f.status, f.collective_id,
                   c.name as collective, c.owner_id
            from language_model l join feed f on f.id = l.feed_id join collective c on c.id = f.collective_id"""


async def seats(tx: Tx, actor: Actor, *, limit: int = 200, start: int = 0) -> list[Seat]:
    """Those the actor answers for, an operator's all; those at work first, then the newest first."""
    rows = await tx.fetch(
        f"""{_SEATS} where $1 or c.owner_id = $2
            order by f.status = 'open' desc, l.hired_at desc, l.feed_id limit $3 offset $4""",
        actor.may("operate"), actor.id, limit, start,
    )  # fmt: skip
    return [_seat(row) for row in rows]


async def seat(tx: Tx, actor: Actor, feed_id: str) -> Seat:
    """Raises NoSuchLanguageModel, also for that of somebody else."""
    row = await tx.fetchrow(
        f"{_SEATS} where l.feed_id = $1 and ($2 or c.owner_id = $3)",
        feed_id, actor.may("operate"), actor.id,
    )  # fmt: skip
    if row is None:
        raise NoSuchLanguageModel(feed=feed_id)
    return _seat(row)


async def asked(
    tx: Tx, feed_id: str, *, limit: int, before: datetime | None = None
) -> list[Asked]:  # fmt: skip
    """The last decisions on bars that closed before `before`, newest first."""
    made = await answers.decisions(tx, feed_id, limit=limit, newest=True, before=before)
    return await _with_talk(tx, feed_id, made)


async def decision(tx: Tx, feed_id: str, closed_at: datetime) -> Asked:
    """Raises NoSuchDecision."""
    made = await answers.decision_on(tx, feed_id, closed_at)
    if made is None:
        raise NoSuchDecision(feed=feed_id)
    return (await _with_talk(tx, feed_id, [made]))[0]


async def turns(tx: Tx, feed_id: str, closed_at: datetime) -> list[Turn]:
    """The conversation about a bar, word for word."""
    told = {one.turn: one for one in await answers.told(tx, feed_id, closed_at)}
    rows = await tx.fetch(
        """select p.turn, p.sent_at, a.came_at, a.tokens, a.microcents
           from language_model_prompt p left join language_model_answer a using (feed_id, closed_at, turn)
           where p.feed_id = $1 and p.closed_at = $2 order by p.turn""",
        feed_id, closed_at,
    )  # fmt: skip
    return [
        Turn(
            told[row["turn"]], row["sent_at"], row["came_at"],
            Spent(row["tokens"] or 0, row["microcents"] or 0),
        )
        for row in rows
    ]  # fmt: skip


async def _with_talk(tx: Tx, feed_id: str, made: Sequence[Decision]) -> list[Asked]:
    bars = [one.closed_at for one in made]
    rows = await tx.fetch(
        """select k.closed_at, k.asked_at, a.turn, a.came_at, a.body
           from language_model_ask k left join language_model_answer a using (feed_id, closed_at)
           where k.feed_id = $1 and k.closed_at = any($2::timestamptz[]) order by k.closed_at, a.turn""",
        feed_id, bars,
    )  # fmt: skip
    of_bar: dict[datetime, list[Row]] = {}
    for row in rows:
        of_bar.setdefault(row["closed_at"], []).append(row)
    return [_asked(one, of_bar.get(one.closed_at, [])) for one in made]


def _asked(made: Decision, rows: Sequence[Row]) -> Asked:
    if not rows:
        return Asked(made, None, None, 0, ())
    said = [row for row in rows if row["came_at"] is not None]
    calls = [
        str(block.get("name", ""))
        for row in said
        for block in json.loads(row["body"])["content"]
        if block.get("type") == "tool_use"
    ]
    begun = rows[0]["asked_at"]
    latency = _ms(begun, max(row["came_at"] for row in said)) if said else None
    return Asked(made, begun, latency, len(said), tuple(calls))


def _ms(start: datetime, end: datetime | None) -> int | None:
    return None if end is None else max(0, round((end - start).total_seconds() * 1000))


def _seat(row: Row) -> Seat:
    return Seat(
        answers.hired_of(row), row["status"] == "open", row["collective_id"], row["collective"],
        row["owner_id"], row["hired_at"],
    )  # fmt: skip
