"""A model's conversation over the wire: it reads with tools over several turns, answers, and its feed publishes."""

import json
from typing import Any

import pytest

from arena.kit.canonical import sha256_hex
from tests.signals.strategists.language_model.conftest import Office
from tests.signals.strategists.language_model.messages_api import Call, MessagesApi, Said, decide


def results(request: dict[str, Any]) -> dict[str, Any]:
    """What the tools returned in the last message of a request, by the id of the call."""
    return {block["tool_use_id"]: block for block in request["messages"][-1]["content"]}


async def test_an_answer_becomes_a_signal_and_then_a_position(
    office: Office, api: MessagesApi
) -> None:
    await office.hire()
    api.will(Said([decide(0.6, 0.8, "It rose.")], text="I think.", thinking="Hm."))
    await office.ask()
    made = await office.last()
    assert (made.outcome, made.reason, str(made.weight)) == ("published", "", "0.6000")
    assert await office.weights() == ["0.6000"]
    api.will(Said([decide(0.6)]))
    await office.play(2)
    assert [one.outcome for one in await office.decisions()] == [
        "published",
        "unchanged",
        "unchanged",
    ]
    again = await office.stage.recomputed(office.feed_id)
    assert again.differences == ()
    assert await office.fetch(
        "select 1 from fill f join feed d on d.account_id = f.account_id where d.id = $1",
        office.feed_id,
    )
    assert api.headers[0]["authorization"] == "Bearer a key of a test"
    assert api.requests[0]["stream"] is True


async def test_it_reads_bars_position_record_and_news_before_it_answers(
    office: Office, api: MessagesApi
) -> None:
    await office.hire(bars_max=5)
    await office.tell("A paper", "Rates were left as they are.")
    api.will(
        Said(
            [Call("read_bars", {"count": 3}), Call("read_news", {"count": 9})],
            thinking="What is there?",
        ),
        Said([Call("read_position"), Call("read_record", {"count": 5})]),
        Said([decide(0.25)]),
    )
    await office.ask()
    assert (await office.last()).outcome == "published"
    first, second, third = api.requests
    assert first["messages"][0]["role"] == "user"
    assert [block["type"] for block in second["messages"][1]["content"]] == [
        "thinking",
        "tool_use",
        "tool_use",
    ]
    assert second["messages"][1]["content"][0]["signature"] == "c2lnbmF0dXJl"
    bars, news = (json.loads(block["content"]) for block in results(second).values())
    assert len(bars["data"]["bars"]) == 3
    assert "Untrusted" in bars["notice"]
    assert news["data"][0]["words"] == "Rates were left as they are."
    position, record = (json.loads(block["content"]) for block in results(third).values())
    assert position["data"]["equity"] == "100000"
    assert record["data"]["decisions"] == []
    assert third["messages"][:3] == second["messages"]


async def test_what_it_may_read_ends_at_the_close_of_the_bar(
    office: Office, api: MessagesApi
) -> None:
    await office.hire()
    at = office.stage.now
    api.will(Said([Call("read_bars", {"count": 999})]), Said([decide(0.1)]))
    await office.ask()
    content = next(iter(results(api.requests[1]).values()))["content"]
    rows = json.loads(content)["data"]["bars"]
    closes = await office.fetch(
        "select close from candle where symbol = $1 order by open_at desc limit 1",
        office.stage.symbol,
    )
    assert rows[-1][4] == format(closes[0]["close"].normalize(), "f")
    assert len(rows) == 30
    assert (
        json.loads(api.requests[0]["messages"][0]["content"][0]["text"].split("\n", 1)[1])[
            "decision_time"
        ]
        == at.strftime("%Y-%m-%dT%H:%M:%S.") + "000Z"
    )


async def test_a_tool_called_wrongly_says_what_is_wrong_and_the_talk_goes_on(
    office: Office, api: MessagesApi
) -> None:
    await office.hire()
    wrong = [
        Call("read_bars", {"count": 0}),
        Call("read_bars", {"number": 2}),
        Call("buy_everything"),
        Call("read_news", {"count": "all"}),
        Call("read_position", {"account": "acc_other"}),
    ]
    api.will(Said(wrong), Said([decide(0.3)]))
    await office.ask()
    assert (await office.last()).outcome == "published"
    assert all(block["is_error"] for block in results(api.requests[1]).values())


async def test_every_prompt_and_answer_is_kept_with_its_hash(
    office: Office, api: MessagesApi
) -> None:
    await office.hire()
    api.will(Said([Call("read_bars", {"count": 2})]), Said([decide(0.4)]))
    await office.ask()
    prompts = await office.fetch("select * from language_model_prompt order by turn")
    answers = await office.fetch("select * from language_model_answer order by turn")
    assert len(prompts) == len(answers) == 2
    for kept in (*prompts, *answers):
        assert kept["sha"] == sha256_hex(kept["body"].encode())
    sent = [{k: v for k, v in request.items() if k != "stream"} for request in api.requests]
    assert [json.loads(kept["body"]) for kept in prompts] == sent
    assert json.loads(answers[1]["body"])["content"][0]["input"]["weight"] == 0.4
    assert (answers[0]["tokens"], answers[0]["microcents"]) == (1_020, 900 * 10 + 120 * 50)
    made = await office.last()
    assert (made.spent.tokens, made.spent.microcents) == (2_040, 2 * (900 * 10 + 120 * 50))


@pytest.mark.parametrize(
    "table", ["ask", "prompt", "answer", "decision", "news"]
)  # what was asked and said stays
async def test_nothing_of_it_can_be_changed_or_removed(
    office: Office, api: MessagesApi, table: str
) -> None:
    await office.hire()
    await office.tell("A paper", "Nothing happened.")
    await office.ask()
    for sql in (
        f"delete from language_model_{table}",
        f"truncate language_model_{table} cascade",
    ):
        with pytest.raises(Exception, match="append-only"):
            async with office.stage.db.transaction() as tx:
                await tx.execute(sql)


async def test_a_temperature_is_asked_for_in_the_version_that_knows_it(
    office: Office, api: MessagesApi
) -> None:
    await office.hire(temperature_pct=20)
    await office.ask()
    assert api.requests[0]["temperature"] == 0.2
    assert api.headers[0]["anthropic-version"] == "2023-06-01"


async def test_without_a_temperature_the_effort_is_what_is_asked_for(
    office: Office, api: MessagesApi
) -> None:
    await office.hire(effort="low")
    await office.ask()
    assert "temperature" not in api.requests[0]
    assert api.requests[0]["output_config"] == {"effort": "low"}
    assert api.headers[0]["anthropic-version"] > "2026"
