"""The tape goes on while a model thinks; late answers are dropped; a bar is asked about once, over any crash."""

import asyncio
import subprocess
import sys
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from structlog.testing import capture_logs

from arena.kit.clock import TapeClock
from arena.kit.db import DatabaseBusy
from arena.signals.strategists import language_model
from arena.signals.strategists.language_model import OFF, Desk, answers, bar_lasts_s
from arena.signals.strategists.language_model.live import Live
from arena.trading import market
from tests.signals.strategists.language_model.conftest import Office
from tests.signals.strategists.language_model.messages_api import Call, MessagesApi, Said, decide

pytestmark = pytest.mark.slow


class PowerCut(BaseException):
    """What no code of ours catches."""


async def test_the_tape_goes_on_while_a_model_is_asked_and_its_late_answer_is_dropped(
    office: Office, api: MessagesApi
) -> None:
    await office.hire(timeout_s=60)
    held = asyncio.Event()
    api.will(Said([decide(0.9)], held=held))
    at = office.stage.now
    await office.desk.look()
    while not api.requests:
        await asyncio.sleep(0.005)
    await office.stage.play(2)  # no lock of the question stands in its way
    held.set()
    await office.desk.settled()
    made = (await office.decisions())[0]
    assert (made.closed_at, made.outcome, made.weight) == (at, "late", Decimal(0))
    assert "0.9" in made.detail
    assert await office.weights() == []
    # The bar that closed meanwhile is passed over; the newest one is asked about.
    api.will(Said([decide(0.3)]))
    await office.ask()
    assert [one.closed_at for one in await office.decisions()] == [at, at + timedelta(minutes=30)]
    assert await office.weights() == ["0.3000"]


async def test_a_bar_is_asked_about_once_however_often_one_looks(
    office: Office, api: MessagesApi
) -> None:
    await office.hire()
    desks = [office.desk, Desk(office.stage.db, office.stage.settings)]
    for _ in range(3):
        await asyncio.gather(*(desk.look() for desk in desks))
    await asyncio.gather(*(desk.settled() for desk in desks))
    await office.ask()
    await desks[1].close()
    assert len(api.requests) == 1
    assert len(await office.decisions()) == 1


@pytest.mark.parametrize("after", ["keep_prompt", "keep_answer"])
async def test_a_crash_is_made_up_for_without_asking_again(
    office: Office, api: MessagesApi, monkeypatch: pytest.MonkeyPatch, after: str
) -> None:
    """Died before the answer was kept: it holds. Died after: the answer that was paid for is used."""
    await office.hire()
    api.will(Said([decide(0.8)]))
    real = Live.say

    async def dying(self: Live, turn: int, request: dict[str, Any]) -> Any:
        if after == "keep_prompt":
            async with self._db.transaction() as tx:
                await answers.keep_prompt(tx, self._ask, turn, request)
        else:
            await real(self, turn, request)
        raise PowerCut

    with monkeypatch.context() as patch:
        patch.setattr(Live, "say", dying)
        await office.desk.look()
        with pytest.raises(PowerCut):
            await next(iter(office.desk._asking.values()))
    assert await office.decisions() == []
    asked = len(api.requests)
    await office.desk.close()
    office.restart()
    await office.ask()
    made = await office.last()
    assert len(api.requests) == asked
    assert made.spent.tokens == 60_000  # all that was put aside: nobody knows what it cost
    if after == "keep_prompt":
        assert (made.outcome, made.reason) == ("held", "interrupted")
    else:
        assert (made.outcome, str(made.weight)) == ("published", "0.8000")


async def test_an_answer_taken_up_after_the_next_bar_is_late(
    office: Office, api: MessagesApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.hire()
    api.will(Said([decide(0.8)]))
    real = Live.say

    async def dying(self: Live, turn: int, request: dict[str, Any]) -> Any:
        await real(self, turn, request)
        raise PowerCut

    with monkeypatch.context() as patch:
        patch.setattr(Live, "say", dying)
        await office.desk.look()
        with pytest.raises(PowerCut):
            await next(iter(office.desk._asking.values()))
    await office.desk.close()
    office.restart()
    await office.stage.play(1)
    await office.ask()
    assert (await office.decisions())[0].outcome == "late"
    assert len(api.requests) == 1


async def test_a_database_that_is_away_for_a_moment_loses_no_decision(
    office: Office, api: MessagesApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.hire()
    api.will(Said([decide(0.8)]))

    async def away(*_words: Any) -> None:
        raise DatabaseBusy

    with monkeypatch.context() as patch:
        patch.setattr(answers, "keep_decision", away)
        await office.ask()
    assert await office.decisions() == []
    await office.ask()
    assert (await office.last()).outcome == "published"
    assert len(api.requests) == 1


async def test_a_fault_of_ours_ends_one_decision_and_not_the_work(
    office: Office, api: MessagesApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.hire()

    async def broken(*_words: Any) -> None:
        raise ZeroDivisionError("a fault")

    with monkeypatch.context() as patch:
        patch.setattr(Live, "say", broken)
        await office.ask()
    made = await office.last()
    assert (made.outcome, made.reason) == ("held", "broken")
    assert "a fault" in made.detail
    await office.play()
    assert (await office.last()).outcome == "published"


async def test_on_a_fast_replay_nobody_is_asked_unless_the_settings_say_so(
    office: Office, api: MessagesApi
) -> None:
    office.stage.settings.language_model_on_fast_replays = False
    await office.hire()
    with capture_logs() as logs:
        await office.play(3)
    assert api.requests == []
    assert await office.decisions() == []
    assert [entry for entry in logs if "rests" in entry["event"]] != []
    async with office.stage.db.transaction() as tx:
        await market.set_speed(tx, "1x")
    await office.play()
    assert len(api.requests) == 1


@pytest.mark.parametrize(
    ("source", "speed", "seconds"),
    [
        ("live", "auto", 900), ("recorded", "auto", 900), ("sample", "auto", 0), ("folder", "max", 0),
        ("recorded", "max", 0), ("sample", "1x", 900), ("sample", "900x", 1), ("sample", "pause", 900),
    ],
)  # fmt: skip
async def test_how_long_a_bar_lasts_follows_from_the_pace(
    office: Office, source: Any, speed: str, seconds: float
) -> None:
    from dataclasses import replace

    async with office.stage.db.transaction(readonly=True) as tx:
        tape = await market.tape(tx)
    assert bar_lasts_s(replace(tape, source=source, speed=speed)) == seconds


async def test_only_every_nth_bar_is_asked_about_where_that_was_chosen(
    office: Office, api: MessagesApi
) -> None:
    await office.hire(every_bars=4)
    await office.play(8)
    assert len(api.requests) in (2, 3)
    assert {one.closed_at.minute for one in await office.decisions()} == {0}


async def test_without_a_key_one_line_says_so_and_nothing_else_changes(office: Office) -> None:
    office.stage.settings.language_model_key = None
    await office.hire()
    with capture_logs() as logs:
        await office.desk.run()
    assert [entry["event"] for entry in logs] == [OFF]
    await office.stage.play(2, deciding=True)
    assert await office.decisions() == []


async def test_a_closed_feed_is_asked_no_more(office: Office, api: MessagesApi) -> None:
    await office.hire()
    await office.play()
    async with office.stage.db.transaction() as tx:
        await language_model.dismiss(tx, office.feed_id)
    await office.play(2)
    assert len(api.requests) == 1


async def test_the_desk_runs_when_nudged_and_leaves_in_order(
    office: Office, api: MessagesApi
) -> None:
    await office.hire()
    api.will(Said([Call("read_bars", {"count": 1})]), Said([decide(0.2)]))
    running = asyncio.ensure_future(office.desk.run())
    await decided(office, 1)
    assert isinstance(office.stage.db.clock, TapeClock)
    await office.stage.play(1)
    office.desk.nudge()
    await decided(office, 2)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert len(await office.decisions()) == 2


async def decided(office: Office, count: int) -> None:
    """Waits until the desk has decided so often."""
    async with asyncio.timeout(60):
        while len(await office.decisions()) < count:
            await asyncio.sleep(0.02)


def test_the_web_does_not_load_the_client() -> None:
    code = "import arena.app, arena.worker, sys; print([m for m in sys.modules if m.startswith('anthropic')])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
