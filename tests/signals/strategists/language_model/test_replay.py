"""A record is replayed from kept answers alone: the same decisions, and every prompt made anew is the one sent."""

import random

import pytest

from arena.signals.strategists import language_model
from arena.signals.strategists.language_model import NoSuchLanguageModel, Replayed
from tests.signals.strategists.language_model.conftest import Office
from tests.signals.strategists.language_model.messages_api import (
    Act,
    Call,
    MessagesApi,
    Refusal,
    Said,
    decide,
)

READINGS = [
    Call("read_bars", {"count": 12}), Call("read_position"), Call("read_record", {"count": 4}),
    Call("read_news", {"count": 3}), Call("read_bars", {"count": -1}),
]  # fmt: skip


async def replayed(office: Office) -> list[Replayed]:
    async with office.stage.db.transaction(readonly=True) as tx:
        return await language_model.replay(tx, office.feed_id)


async def a_life(office: Office, api: MessagesApi, bars: int = 14) -> None:
    """A model of many moods works for some bars, with news now and then."""
    await office.hire(weight_max_pct=80, attempts_max=1)
    chance = random.Random(5)

    def mood(_number: int, _body: object) -> Act:
        pick = chance.random()
        if pick < 0.5:
            return Said(chance.sample(READINGS, 2), thinking="Let me see.")
        if pick < 0.85:
            return Said([decide(round(chance.random(), 3), 0.5, "A mood.")])
        return chance.choice(
            [
                Refusal(529, "overloaded_error"),
                Said([decide(5)]),
                Said(text="No."),
                Said(stop_reason="refusal"),
            ]
        )

    api.plays(mood)
    for bar in range(bars):
        if bar % 3 == 0:
            await office.tell("A paper", f"Number {bar} of today.")
        await office.play()


async def test_a_replay_with_the_server_gone_yields_the_same_decisions(
    office: Office, api: MessagesApi
) -> None:
    await a_life(office, api)
    made = await office.decisions()
    assert {"published", "held"} <= {one.outcome for one in made}
    asked = len(api.requests)
    office.stage.settings.language_model_url = "http://127.0.0.1:9"
    await office.desk.close()
    again = await replayed(office)
    assert len(api.requests) == asked
    assert [one.decision for one in again] == made
    assert [one.faults for one in again] == [()] * len(made)
    answered = [one for one in again if one.weight is not None]
    assert [one.weight for one in answered] == [
        one.weight for one in made if one.outcome in ("published", "unchanged")
    ]
    published = [format(one.weight, "f") for one in answered if one.decision.outcome == "published"]
    assert published == await office.weights()


async def test_a_replay_is_not_disturbed_by_what_came_later(
    office: Office, api: MessagesApi
) -> None:
    """News of the same moment, later bars, fills and decisions change no prompt of then."""
    await a_life(office, api, bars=4)
    await office.tell("A paper", "Told after the question, at the same product time.")
    api.will(Said([Call("read_news", {"count": 9})]), Said([decide(0.7)]))
    await office.play(3)
    assert all(one.faults == () for one in await replayed(office))


async def test_a_changed_bar_or_a_forged_answer_shows(office: Office, api: MessagesApi) -> None:
    await office.hire()
    api.will(Said([Call("read_bars", {"count": 3})]), Said([decide(0.4)]), Said([decide(0.6)]))
    await office.play(2)
    async with office.stage.db.transaction() as tx:
        await tx.execute("alter table language_model_answer disable trigger ro")
        await tx.execute(
            """update language_model_answer set body = replace(body, '0.6', '0.9')
               where closed_at = (select max(closed_at) from language_model_answer)"""
        )
        await tx.execute(
            """update candle set close = close + 1 where open_at = (
                 select min(closed_at) - interval '15 minutes' from language_model_ask)"""
        )
    first, second = await replayed(office)
    assert first.faults == ("turn 1: the prompt would be another today",)
    assert first.weight == first.decision.weight  # what it decided on is still what it was answered
    assert "turn 0: a text has lost its hash" in second.faults
    assert "the decision does not follow from the kept answer" in second.faults


async def test_a_feed_without_a_language_model_has_nothing_to_replay(office: Office) -> None:
    author = await office.stage.author()
    async with office.stage.db.transaction(readonly=True) as tx:
        with pytest.raises(NoSuchLanguageModel):
            await language_model.replay(tx, author.feed.id)
