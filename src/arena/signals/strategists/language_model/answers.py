"""The tables of language models: who is at work, what was asked, answered, decided and spent. Rows are only added."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from arena.kit.canonical import sha256_hex
from arena.kit.db import Row, Tx
from arena.signals.strategists.language_model.model import (
    MICRO,
    Configuration,
    Decision,
    Hired,
    Reply,
    Spent,
    Usage,
)
from arena.signals.strategists.language_model.prompt import text_of
from arena.signals.strategists.model import Employed

_RESERVING = 7_291_530_021  # any number nobody else uses


@dataclass(frozen=True, slots=True)
class Ask:
    """The right to ask about one bar, once, and what was put aside for it."""

    feed_id: str
    closed_at: datetime
    news_id: int
    reserved: Spent


@dataclass(frozen=True, slots=True)
class Told:
    """A prompt as it was kept, and the reply, where one came. The hashes are those of the kept texts."""

    turn: int
    prompt: str
    prompt_sha: str
    answer: str | None
    answer_sha: str | None

    @property
    def whole(self) -> bool:
        """Whether the texts still have their hashes."""
        prompt_fits = sha256_hex(self.prompt.encode()) == self.prompt_sha
        if self.answer is None:
            return prompt_fits
        return prompt_fits and sha256_hex(self.answer.encode()) == self.answer_sha


async def hire(tx: Tx, feed_id: str, configuration: Configuration) -> None:
    await tx.execute(
        """insert into language_model (feed_id, configuration, hired_at) values ($1, $2, $3)
           on conflict (feed_id) do nothing""",
        feed_id, configuration.as_dict(), tx.now,
    )  # fmt: skip


_HIRED = """select l.feed_id, f.name, f.instrument, l.configuration from language_model l
    join feed f on f.id = l.feed_id"""


async def hired(tx: Tx) -> list[Hired]:
    """The language models of open feeds, in the order they were hired."""
    rows = await tx.fetch(f"{_HIRED} where f.status = 'open' order by l.hired_at, l.feed_id")
    return [hired_of(row) for row in rows]


async def hired_for(tx: Tx, feed_id: str) -> Hired | None:
    row = await tx.fetchrow(f"{_HIRED} where l.feed_id = $1", feed_id)
    return hired_of(row) if row else None


async def hired_as(tx: Tx, collective_id: str, name: str) -> Hired | None:
    """Who works for the collective's feed of that name, open or not."""
    row = await tx.fetchrow(
        f"{_HIRED} where f.collective_id = $1 and f.name = $2", collective_id, name
    )
    return hired_of(row) if row else None


async def employed(tx: Tx, feed_id: str) -> Employed:
    """The feed as it stands, in the form that signals are made from."""
    row = await tx.one(
        """select f.id as feed_id, f.collective_id, c.name as collective, 'language_model' as strategy,
                  '{}'::jsonb as parameters, f.instrument, i.tick, f.lineage, f.last_sequence, f.last_hash,
                  coalesce(g.target_weight, 0) as weight, null::timestamptz as decided_at
           from feed f join instrument i on i.symbol = f.instrument join collective c on c.id = f.collective_id
             left join signal g on g.feed_id = f.id and g.sequence = f.last_sequence
           where f.id = $1""",
        feed_id,
    )
    return Employed(**row)


async def is_taken(tx: Tx, feed_id: str, closed_at: datetime) -> bool:
    """Whether the bar was asked about, or decided on without asking."""
    found: bool = await tx.fetchval(
        """select exists (select 1 from language_model_ask where feed_id = $1 and closed_at = $2)
               or exists (select 1 from language_model_decision where feed_id = $1 and closed_at = $2)""",
        feed_id,
        closed_at,
    )
    return found


async def reserve(tx: Tx, ask: Ask, *, today: date) -> None:
    """Takes the right to ask, and with it the money. Hold `spent` in the same transaction first."""
    await tx.execute(
        """insert into language_model_ask (feed_id, closed_at, news_id, tokens, microcents, spent_on)
           values ($1, $2, $3, $4, $5, $6)""",
        ask.feed_id, ask.closed_at, ask.news_id, ask.reserved.tokens, ask.reserved.microcents, today,
    )  # fmt: skip


async def spent(tx: Tx, today: date, feed_id: str | None = None) -> Spent:
    """What the day has cost, of one feed or of all; a question without its end counts with all that was put aside.

    Until the transaction ends nobody else reserves.
    """
    await tx.execute("select pg_advisory_xact_lock($1)", _RESERVING)
    return await seen_spent(tx, today, feed_id)


async def seen_spent(tx: Tx, today: date, feed_id: str | None = None) -> Spent:
    """As `spent`, for whoever only looks."""
    row = await tx.one(
        """select coalesce(sum(coalesce(d.tokens, a.tokens)), 0)::bigint as tokens,
                  coalesce(sum(coalesce(d.microcents, a.microcents)), 0)::bigint as microcents
           from language_model_ask a left join language_model_decision d using (feed_id, closed_at)
           where a.spent_on = $1 and ($2::text is null or a.feed_id = $2)""",
        today, feed_id,
    )  # fmt: skip
    return Spent(row["tokens"], row["microcents"])


async def unfinished(tx: Tx) -> list[Ask]:
    """Questions that no decision has followed, oldest first."""
    rows = await tx.fetch(
        """select a.* from language_model_ask a left join language_model_decision d using (feed_id, closed_at)
           where d.feed_id is null order by a.closed_at, a.feed_id"""
    )
    return [_ask(row) for row in rows]


async def ask_of(tx: Tx, feed_id: str, closed_at: datetime) -> Ask | None:
    row = await tx.fetchrow(
        "select * from language_model_ask where feed_id = $1 and closed_at = $2", feed_id, closed_at
    )
    return _ask(row) if row else None


async def keep_prompt(tx: Tx, ask: Ask, turn: int, request: dict[str, Any]) -> int:
    """Keeps what is about to be sent; how many bytes it has."""
    body = text_of(request)
    await tx.execute(
        """insert into language_model_prompt (feed_id, closed_at, turn, body, sha)
           values ($1, $2, $3, $4, $5)""",
        ask.feed_id, ask.closed_at, turn, body, sha256_hex(body.encode()),
    )  # fmt: skip
    return len(body)


async def keep_answer(tx: Tx, ask: Ask, turn: int, reply: Reply, cost: Spent) -> None:
    body = text_of(asdict(reply))
    await tx.execute(
        """insert into language_model_answer (feed_id, closed_at, turn, body, sha, tokens, microcents)
           values ($1, $2, $3, $4, $5, $6, $7)""",
        ask.feed_id, ask.closed_at, turn, body, sha256_hex(body.encode()), cost.tokens, cost.microcents,
    )  # fmt: skip


async def told(tx: Tx, feed_id: str, closed_at: datetime) -> list[Told]:
    """The conversation about a bar, turn by turn."""
    rows = await tx.fetch(
        """select p.turn, p.body as prompt, p.sha as prompt_sha, a.body as answer, a.sha as answer_sha
           from language_model_prompt p left join language_model_answer a using (feed_id, closed_at, turn)
           where p.feed_id = $1 and p.closed_at = $2 order by p.turn""",
        feed_id, closed_at,
    )  # fmt: skip
    return [Told(**row) for row in rows]


def reply_of(body: str) -> Reply:
    """A reply as `keep_answer` kept it."""
    kept = json.loads(body)
    return Reply(**{**kept, "usage": Usage(**kept["usage"])})


async def keep_decision(tx: Tx, made: Decision) -> None:
    await tx.execute(
        """insert into language_model_decision (feed_id, closed_at, outcome, reason, detail, weight, confidence,
                                                rationale, signal_id, tokens, microcents, decided_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)""",
        made.feed_id, made.closed_at, made.outcome, made.reason, made.detail, made.weight, made.confidence,
        made.rationale, made.signal_id, made.spent.tokens, made.spent.microcents, made.decided_at,
    )  # fmt: skip


async def decisions(
    tx: Tx,
    feed_id: str,
    *,
    limit: int = 1_000_000,
    newest: bool = False,
    before: datetime | None = None,
) -> list[Decision]:
    """In the order of their bars; with `newest` the last ones, the newest first; with `before` on bars that closed
    before it."""
    order = "desc" if newest else "asc"
    rows = await tx.fetch(
        f"""select * from language_model_decision
            where feed_id = $1 and ($3::timestamptz is null or closed_at < $3)
            order by closed_at {order} limit $2""",
        feed_id, limit, before,
    )  # fmt: skip
    return [_decision(row) for row in rows]


async def decision_on(tx: Tx, feed_id: str, closed_at: datetime) -> Decision | None:
    row = await tx.fetchrow(
        "select * from language_model_decision where feed_id = $1 and closed_at = $2",
        feed_id,
        closed_at,
    )
    return _decision(row) if row else None


async def insert_news(tx: Tx, news: Sequence[tuple[str, str]]) -> None:
    """Each (source, words), told to the arena now."""
    await tx.executemany(
        "insert into language_model_news (source, words, at) values ($1, $2, $3)",
        [(source, words, tx.now) for source, words in news],
    )


def hired_of(row: Row) -> Hired:
    """From a row with feed_id, name, instrument and configuration."""
    return Hired(
        row["feed_id"], row["name"], row["instrument"], Configuration.of(row["configuration"])
    )


def _ask(row: Row) -> Ask:
    reserved = Spent(row["tokens"], row["microcents"])
    return Ask(row["feed_id"], row["closed_at"], row["news_id"], reserved)


def _decision(row: Row) -> Decision:
    values = dict(row)
    cost = Spent(values.pop("tokens"), values.pop("microcents"))
    return Decision(**values, spent=cost)


def over(day: Spent, wanted: Spent, *, tokens_max: int | None, cents_max: int) -> bool:
    """Whether what is wanted would take the day over a limit."""
    if tokens_max is not None and day.tokens + wanted.tokens > tokens_max:
        return True
    return day.microcents + wanted.microcents > cents_max * MICRO
