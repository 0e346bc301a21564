"""Whether a language model is at work, and if not, why: one clear word for each case, and for all of them together."""

import re

import pytest

from arena.people.access import SYSTEM
from arena.signals.strategists import language_model
from arena.signals.strategists.language_model import Standing, in_words
from arena.trading import market
from tests.signals.strategists.language_model.conftest import Office
from tests.signals.strategists.language_model.messages_api import MessagesApi, Refusal, Said, decide


async def stands(office: Office) -> Standing:
    async with office.stage.db.transaction(readonly=True) as tx:
        seat = await language_model.seat(tx, SYSTEM, office.feed_id)
        return await language_model.standing(tx, office.stage.settings, seat)


async def health(office: Office) -> dict[str, object]:
    async with office.stage.db.transaction(readonly=True) as tx:
        return await language_model.language_model_health(tx, office.stage.settings)


async def test_who_is_hired_is_at_work(office: Office) -> None:
    assert (await health(office))["state"] == "idle"
    await office.hire()
    await office.play()
    assert (await stands(office)).status == "on"
    assert await health(office) == {
        "ok": True, "state": "on", "says": "on", "working": 1, "since": None, "until": None,
    }  # fmt: skip


async def test_without_a_key_it_is_off_which_is_in_order(office: Office) -> None:
    await office.hire()
    office.stage.settings.language_model_key = None
    assert (await stands(office)).status == "off"
    found = await health(office)
    assert (found["ok"], found["says"]) == (True, "off (no key)")


async def test_a_spent_budget_says_whose_it_is_and_until_when(office: Office) -> None:
    await office.hire(day_cents_max=10, decision_cents_max=10)
    assert (await stands(office)).status == "on"
    await office.play()  # a fraction of a cent is gone, and a whole decision is not left
    found = await stands(office)
    assert (found.status, found.detail) == ("budget", "of the feed")
    assert found.until is not None
    assert (found.until.hour, found.until.minute) == (0, 0)
    office.stage.settings.language_model_day_cents_max = 10
    assert (await stands(office)).detail == "of the arena"
    assert (await health(office))["says"] == "budget spent until 00:00 UTC"


async def test_an_api_that_fails_is_named_with_the_first_failure(
    office: Office, api: MessagesApi
) -> None:
    await office.hire(attempts_max=1)
    await office.play()
    api.will(Refusal(500, message="<b>tired</b>"))
    await office.play(2)
    found = await stands(office)
    assert found.status == "failing"
    assert "tired" in found.detail
    asked = await office.fetch("select asked_at from language_model_ask order by asked_at")
    assert found.since == asked[1]["asked_at"]
    whole = await health(office)
    assert whole["ok"] is False
    assert re.fullmatch(r"the model's API fails since 20\d\d-.*Z", str(whole["says"]))
    api.will(Said([decide(0.4)]))
    await office.play()
    assert (await stands(office)).status == "on"
    assert (await health(office))["ok"] is True


async def test_a_key_that_is_not_taken_is_a_failure_too(office: Office, api: MessagesApi) -> None:
    await office.hire()
    api.will(Refusal(401, "authentication_error", "invalid key"))
    await office.play()
    found = await stands(office)
    assert (found.status, "invalid key" in found.detail) == ("failing", True)


async def test_a_fast_replay_a_dismissal_and_old_prices_have_words_of_their_own(
    office: Office,
) -> None:
    await office.hire()
    office.stage.settings.language_model_on_fast_replays = False
    assert (await stands(office)).status == "resting"
    async with office.stage.db.transaction() as tx:
        await market.set_speed(tx, "1x")
    assert (await stands(office)).status == "on"
    async with office.stage.db.transaction() as tx:
        await language_model.dismiss(tx, office.feed_id)
    assert (await stands(office)).status == "dismissed"
    assert (await health(office))["state"] == "idle"


@pytest.mark.parametrize(
    "status",
    ["on", "idle", "dismissed", "off", "no_tape", "resting", "stale"],
)
def test_each_standing_is_said_in_words(status: language_model.Status) -> None:
    assert len(in_words(Standing(status))) > 1
