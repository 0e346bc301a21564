"""One decision of a language model: takes the right to ask, asks outside any transaction, then concludes.

A bar is asked about at most once. Whatever goes wrong, the target that stands stays, and the reason is kept.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

import structlog

from arena.kit.clock import wall_today
from arena.kit.db import Database, Tx
from arena.kit.errors import ArenaError, Unavailable
from arena.kit.settings import Settings
from arena.people.access import Actor
from arena.signals import feeds
from arena.signals.lab.strategy import Target
from arena.signals.strategists.decide import terms_of
from arena.signals.strategists.employ import key_of
from arena.signals.strategists.language_model import answers
from arena.signals.strategists.language_model.answers import Ask
from arena.signals.strategists.language_model.budget import Purse
from arena.signals.strategists.language_model.converse import Speaker, converse
from arena.signals.strategists.language_model.counters import CENTS, DECISIONS, TOKENS
from arena.signals.strategists.language_model.model import (
    MICRO,
    Answer,
    Decision,
    Hired,
    NoAnswer,
    Outcome,
    Sight,
    Spent,
)
from arena.signals.strategists.language_model.sight import last_close, last_news, see
from arena.signals.strategists.language_model.tools import plain
from arena.signals.strategists.model import Employed, slug_of
from arena.trading.venues import whole_ms

log = structlog.get_logger()
DETAIL_MAX = 400
Speaking = Callable[[Ask, Purse], Speaker]


async def decide(
    db: Database, settings: Settings, hired: Hired, *, interval_s: int, speaking: Speaking
) -> Decision | None:
    """Decides on the instrument's last closed bar; None where that was done, or begun, before.

    `speaking` makes the speaker of a decision. Raises DatabaseBusy.
    """
    taken = await _take(db, settings, hired, interval_s)
    if taken is None:
        return None
    at, held, ask, sight = taken
    purse = Purse(hired.configuration)
    if ask is None or sight is None:
        return await conclude(
            db, settings, hired, at, interval_s=interval_s, answer=held, spent=Spent()
        )
    try:
        answer: Answer | NoAnswer = await converse(
            hired.configuration, sight, speaking(ask, purse)
        )  # fmt: skip
    except NoAnswer as silent:
        answer = silent
    return await conclude(
        db, settings, hired, at, interval_s=interval_s, answer=answer, spent=purse.spent
    )


async def _take(
    db: Database, settings: Settings, hired: Hired, interval_s: int
) -> tuple[datetime, NoAnswer, Ask | None, Sight | None] | None:
    """The bar, and the right to ask about it with what may be seen; or the reason to hold without asking."""
    async with db.transaction() as tx:
        day = await answers.spent(
            tx, today := wall_today()
        )  # first: it keeps others from reserving
        at = await last_close(tx, hired.instrument, interval_s, tx.now)
        if at is None or await answers.is_taken(tx, hired.feed_id, at):
            return None
        held = await _objection(
            tx, settings, hired, at=at, interval_s=interval_s, today=today, day=day
        )
        if held is not None:
            return at, held, None, None
        configuration = hired.configuration
        reserved = Spent(
            configuration.decision_tokens_max, configuration.decision_cents_max * MICRO
        )
        ask = Ask(hired.feed_id, at, await last_news(tx, at), reserved)
        await answers.reserve(tx, ask, today=today)
        sight = await see(tx, hired, at, interval_s=interval_s, news_id=ask.news_id)
    return at, NoAnswer("broken", "it was not asked"), ask, sight


async def _objection(
    tx: Tx,
    settings: Settings,
    hired: Hired,
    *,
    at: datetime,
    interval_s: int,
    today: date,
    day: Spent,
) -> NoAnswer | None:
    """Why nothing is asked, if so."""
    age_s = (tx.now - at).total_seconds()
    if age_s > interval_s:
        return NoAnswer(
            "stale_data", f"the last bar closed {age_s:.0f} s ago; bars have {interval_s} s"
        )
    configuration = hired.configuration
    wanted = Spent(configuration.decision_tokens_max, configuration.decision_cents_max * MICRO)
    own = await answers.seen_spent(tx, today, hired.feed_id)
    if answers.over(
        own, wanted,
        tokens_max=configuration.day_tokens_max, cents_max=configuration.day_cents_max,
    ):  # fmt: skip
        return NoAnswer("budget", "the feed's budget of the day has no decision left")
    cents_max = settings.language_model_day_cents_max
    if answers.over(day, wanted, tokens_max=None, cents_max=cents_max):
        return NoAnswer("budget", "the arena's budget of the day has no decision left")
    return None


async def conclude(
    db: Database,
    settings: Settings,
    hired: Hired,
    at: datetime,
    *,
    interval_s: int,
    answer: Answer | NoAnswer,
    spent: Spent,
) -> Decision:
    """Publishes what was answered, if it is in time and a change, and keeps the decision, in one transaction."""
    try:
        async with db.transaction() as tx:
            # While the clock is held no bar closes, so what is in time now is in time when it is published.
            tx.now = max(tx.now, await feeds.hold_clock(tx) or tx.now)
            one = await answers.employed(tx, hired.feed_id)
            if isinstance(answer, NoAnswer):
                made = _held(one, at, tx.now, answer, spent)
            else:
                late = tx.now >= at + timedelta(seconds=interval_s)
                made = _made(one, at, tx.now, answer, spent=spent, late=late)
            if made.outcome == "published":
                await _publish(tx, settings, hired, one, made, interval_s=interval_s)
            await answers.keep_decision(tx, made)
    except Unavailable:
        raise
    except ArenaError as refused:
        made = await _refused(db, hired, at, refused, spent)
    DECISIONS.labels(made.outcome, made.reason).inc()
    TOKENS.inc(spent.tokens)
    CENTS.inc(spent.microcents / MICRO)
    log.info(
        "a language model decided", feed=hired.feed_id, outcome=made.outcome, reason=made.reason,
        detail=made.detail, weight=format(made.weight, "f"), tokens=spent.tokens,
    )  # fmt: skip
    return made


def _held(one: Employed, at: datetime, now: datetime, why: NoAnswer, spent: Spent) -> Decision:
    return Decision(
        one.feed_id, at, "held", why.reason, plain(why.why, DETAIL_MAX), one.weight, Decimal(0), "",
        None, spent, now,
    )  # fmt: skip


def _made(
    one: Employed, at: datetime, now: datetime, answer: Answer, *, spent: Spent, late: bool
) -> Decision:
    """What follows from an answer; a change that comes in time is to be published."""
    outcome: Outcome = "published"
    detail, weight = answer.note, answer.weight
    if late:
        outcome, weight = "late", one.weight
        detail = f"the answer ({answer.weight:f}) came after the next bar had closed"
    elif answer.weight == one.weight:
        outcome = "unchanged"
    signal = feeds.signal_id(one.feed_id, one.last_sequence + 1) if outcome == "published" else None
    return Decision(
        one.feed_id, at, outcome, "", detail, weight, answer.confidence, answer.rationale, signal,
        spent, now,
    )  # fmt: skip


async def _publish(
    tx: Tx, settings: Settings, hired: Hired, one: Employed, made: Decision, *, interval_s: int
) -> None:
    key = key_of(settings, slug_of(one.collective))
    target = Target(
        made.weight, made.confidence, made.rationale, valid_bars=hired.configuration.valid_bars
    )
    issued_at = max(made.closed_at, whole_ms(tx.now))
    signed = feeds.sign(terms_of(one, target, key, issued_at, interval_s=interval_s), key)
    actor = Actor("collective", one.collective_id, key_id=signed.terms.key_id)
    await feeds.publish(tx, signed, actor=actor, settings=settings)


async def _refused(
    db: Database, hired: Hired, at: datetime, refused: ArenaError, spent: Spent
) -> Decision:
    """The feed would not take it: kept as such, and nothing is published."""
    async with db.transaction() as tx:
        one = await answers.employed(tx, hired.feed_id)
        made = Decision(
            one.feed_id, at, "refused", "", plain(refused.detail, DETAIL_MAX), one.weight, Decimal(0),
            "", None, spent, tx.now,
        )  # fmt: skip
        await answers.keep_decision(tx, made)
    return made
