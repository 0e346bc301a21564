"""Whatever goes wrong the target that stands stays, and the reason is kept."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from arena.kit.clock import TapeClock
from tests.signals.strategists.language_model.conftest import Office
from tests.signals.strategists.language_model.messages_api import (
    Call,
    Hang,
    MessagesApi,
    Raw,
    Refusal,
    Said,
    decide,
)

pytestmark = pytest.mark.slow

LONG = "x" * 5_000


def given(**changes: Any) -> Call:
    whole = {"weight": 0.9, "confidence": 0.9, "rationale": "So."}
    return Call("decide", {k: v for k, v in {**whole, **changes}.items() if v is not ...})


async def holds(office: Office, reason: str) -> None:
    """The last decision held for this reason, and what stands is what stood."""
    made = await office.last()
    assert (made.outcome, made.reason) == ("held", reason), made.detail
    assert made.detail
    assert made.weight == office_weight(await office.weights())


def office_weight(weights: list[str]) -> Any:
    from decimal import Decimal

    return Decimal(weights[-1]) if weights else Decimal(0)


@pytest.mark.parametrize(
    "call",
    [
        given(weight=5),
        given(weight=-0.1),
        given(weight="0.5"),
        given(weight=True),
        given(weight=None),
        given(weight=[0.5]),
        given(weight=...),
        given(confidence=1.01),
        given(confidence=...),
        given(rationale=""),
        given(rationale="\x00\x07 "),
        given(rationale=7),
        given(stop="now"),
        Call("decide", text='{"weight": 0.9, "confidence": 0.9, "rationale": "cut'),
        Call("decide", text='{"weight": NaN, "confidence": 0.9, "rationale": "x"}'),
        Call("decide", text='{"weight": 1e999, "confidence": 0.9, "rationale": "x"}'),
        Call("decide", text='{"weight": ' + "9" * 5_000 + "}"),
        Call("decide", text="[" * 50_000),
        Call("decide", text='"0.9"'),
    ],
)
async def test_an_answer_out_of_form_holds(office: Office, api: MessagesApi, call: Call) -> None:
    await office.hire()
    api.will(Said([call]))
    await office.ask()
    await holds(office, "malformed")
    assert len(api.requests) == 1
    assert await office.weights() == []


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (Said(text="I would buy."), "malformed"),
        (Said([decide(0.9), decide(0.1)]), "malformed"),
        (Said([Call("read_news", {"count": 1})] * 9), "malformed"),
        (Said([decide(0.9)], stop_reason="max_tokens"), "cut_off"),
        (Said(text=LONG, stop_reason="max_tokens"), "cut_off"),
        (Said([decide(0.9)], stop_reason="model_context_window_exceeded"), "cut_off"),
        (
            Said(
                stop_reason="refusal",
                stop_details={"type": "refusal", "category": "cyber", "explanation": None},
            ),
            "refusal",
        ),
        (Said([decide(0.9)], stop_reason="refusal"), "refusal"),
        (Said([decide(0.9)], stop_reason="pause_turn"), "malformed"),
        (Raw(b"event: message_start\ndata: {not json\n\n"), "malformed"),
        (Raw(b'event: message_stop\ndata: {"type": "message_stop"}\n\n'), "malformed"),
        (
            Raw(
                b"event: content_block_delta\ndata: "
                b'{"type": "content_block_delta", "index": 4, "delta": {"type": "text_delta", "text": "x"}}\n\n'
            ),
            "malformed",
        ),
        (Raw(b"\xff\xfe\x00rubbish\n\n"), "malformed"),
        (Raw(b"<html>a proxy speaks</html>", "text/html"), "server"),
        (Raw(b""), "server"),
        (Refusal(401, "authentication_error", "invalid x-api-key"), "credentials"),
        (Refusal(403, "permission_error"), "credentials"),
        (Refusal(400, "invalid_request_error", "no such model"), "server"),
        (Refusal(404, "not_found_error"), "server"),
    ],
)
async def test_an_answer_that_cannot_be_used_holds(
    office: Office, api: MessagesApi, said: Any, reason: str
) -> None:
    await office.hire(attempts_max=1)
    api.will(Said([decide(0.5)]))
    await office.ask()
    api.will(said)
    await office.play()
    await holds(office, reason)
    assert await office.weights() == ["0.5000"]


async def test_a_server_that_hangs_is_left_after_the_time_of_the_configuration(
    office: Office, api: MessagesApi
) -> None:
    await office.hire(timeout_s=3)
    api.will(Hang())
    await office.ask()
    await holds(office, "timeout")
    assert len(api.requests) == 1


async def test_a_trickle_of_events_does_not_stretch_the_time(
    office: Office, api: MessagesApi
) -> None:
    await office.hire(timeout_s=1)
    api.will(Said([decide(0.9)], text=LONG, pause_s=0.05))
    await office.ask()
    await holds(office, "timeout")


@pytest.mark.parametrize("status", [429, 500, 503, 529])
async def test_a_passing_error_is_tried_again(
    office: Office, api: MessagesApi, status: int
) -> None:
    await office.hire()
    api.will(Refusal(status, "overloaded_error", retry_after="0.05"), Said([decide(0.7)]))
    await office.ask()
    assert (await office.last()).outcome == "published"
    assert len(api.requests) == 2
    assert api.requests[0] == api.requests[1]


async def test_an_error_in_the_middle_of_an_answer_is_tried_again(
    office: Office, api: MessagesApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("arena.signals.strategists.language_model.live.PAUSE_FIRST_S", 0.01)
    await office.hire()
    overloaded = {"type": "overloaded_error", "message": "Overloaded"}
    api.will(
        Said(text="So far", error=overloaded),
        Said([decide(0.9)], cut=4),
        Said([decide(0.2)]),
    )
    await office.ask()
    assert (await office.last()).outcome == "published"
    assert await office.weights() == ["0.2000"]


async def test_tries_come_to_an_end(
    office: Office, api: MessagesApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("arena.signals.strategists.language_model.live.PAUSE_FIRST_S", 0.01)
    await office.hire(attempts_max=3)
    api.will(Refusal(529, "overloaded_error", "Overloaded"))
    await office.ask()
    await holds(office, "server")
    assert len(api.requests) == 3
    assert "529" in (await office.last()).detail


async def test_it_does_not_wait_for_longer_than_the_decision_has_time(
    office: Office, api: MessagesApi
) -> None:
    await office.hire()
    api.will(Refusal(429, "rate_limit_error", retry_after="3600"))
    async with asyncio.timeout(4):
        await office.ask()
    await holds(office, "server")
    assert len(api.requests) == 1


async def test_a_model_that_only_reads_is_stopped(office: Office, api: MessagesApi) -> None:
    await office.hire(turns_max=3)
    api.will(Said([Call("read_bars", {"count": 1})]))
    await office.ask()
    await holds(office, "too_many_turns")
    assert len(api.requests) == 3


async def test_old_bars_are_not_asked_about(office: Office, api: MessagesApi) -> None:
    await office.hire()
    assert isinstance(office.stage.db.clock, TapeClock)
    office.stage.db.clock.move_to(office.stage.now + timedelta(minutes=16))
    await office.ask()
    await holds(office, "stale_data")
    assert api.requests == []
    assert (await office.fetch("select count(*) as n from language_model_ask"))[0]["n"] == 0


async def test_a_server_that_is_not_there_holds_and_owes_nothing(
    office: Office, api: MessagesApi
) -> None:
    office.stage.settings.language_model_url = "http://127.0.0.1:9"
    await office.hire(attempts_max=1)
    await office.ask()
    await holds(office, "server")
    assert (await office.last()).spent.microcents == 0
    assert api.requests == []
