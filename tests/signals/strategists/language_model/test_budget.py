"""What may be spent is put aside before a question leaves: neither many at once nor a crash overspends."""

import asyncio
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.kit.errors import ArenaError
from arena.signals.strategists.language_model.budget import Purse, cents_up, cost_of
from arena.signals.strategists.language_model.model import (
    MICRO,
    BadConfiguration,
    BudgetTooSmall,
    Configuration,
    NoAnswer,
    Reply,
    Spent,
    Usage,
)
from tests.signals.strategists.language_model.conftest import CHEAP, Office
from tests.signals.strategists.language_model.messages_api import (
    Call,
    Hang,
    MessagesApi,
    Refusal,
    Said,
    decide,
)

pytestmark = pytest.mark.slow


def test_costs_are_whole_and_count_every_kind_of_token() -> None:
    cost = cost_of(Usage(input=1_000, output=10, cache_read=500, cache_write=100), CHEAP)
    assert cost == Spent(1_610, (1_000 + 500 + 200) * 10 + 10 * 50)
    assert cents_up(1) == 1
    assert cents_up(MICRO) == 1
    assert cents_up(MICRO + 1) == 2


@given(
    st.lists(
        st.tuples(st.integers(0, 30_000), st.floats(0, 1), st.floats(0, 1), st.booleans()),
        max_size=12,
    ),
    st.integers(1, 2_000),
    st.integers(1, 5_000),
    st.integers(1, 40),
)
@settings(max_examples=200, deadline=None)
def test_no_purse_pays_more_than_was_put_aside(
    talk: list[tuple[int, float, float, bool]], price: int, dearer: int, cents: int
) -> None:
    """Whatever is asked, and whatever part of the bound each answer takes or a broken one counts with."""
    configuration = Configuration.of(
        CHEAP.as_dict()
        | {
            "input_cents": price,
            "output_cents": dearer,
            "decision_cents_max": cents,
            "decision_tokens_max": 50_000,
        }
    )
    purse = Purse(configuration)
    size = 0
    for grown, part_in, part_out, breaks in talk:
        size += grown
        try:
            most = purse.check(size)
        except NoAnswer:
            break
        if breaks:
            purse.pay(most)
            continue
        held = most.tokens - configuration.answer_tokens_max
        usage = Usage(int(held * part_in), int(configuration.answer_tokens_max * part_out))
        purse.pay_for(Reply([], "end_turn", usage), size)
    assert purse.tokens <= configuration.decision_tokens_max
    assert purse.microcents <= configuration.decision_cents_max * MICRO


async def test_a_conversation_ends_where_the_next_question_might_cost_too_much(
    office: Office, api: MessagesApi
) -> None:
    await office.hire(decision_tokens_max=16_000, answer_tokens_max=2_000)
    api.will(Said([Call("read_bars", {"count": 1})], usage=(4_000, 1_500)))
    await office.ask()
    made = await office.last()
    assert (made.outcome, made.reason) == ("held", "budget")
    assert made.spent.tokens == 5_500 * len(api.requests)
    assert 1 <= len(api.requests) <= 3


async def test_the_day_of_a_feed_ends_with_its_budget(office: Office, api: MessagesApi) -> None:
    await office.hire(day_tokens_max=121_000)  # two decisions of 60,000 may begin at first
    api.will(Said([decide(0.5)], usage=(20_000, 500)))
    await office.play(8)
    made = await office.decisions()
    spent = sum(one.spent.tokens for one in made)
    assert spent == 20_500 * len(api.requests) <= 121_000
    # As long as a whole decision is left it goes on: 20,500 each, the last begun below 61,000.
    assert len(api.requests) == 3
    assert {one.reason for one in made[3:]} == {"budget"}


async def test_the_day_of_the_arena_ends_with_its_budget(office: Office, api: MessagesApi) -> None:
    office.stage.settings.language_model_day_cents_max = 15
    await office.hire(input_cents=400, output_cents=500, decision_cents_max=12)
    api.will(Said([decide(0.5)], usage=(4_000, 100)))  # 1.65 cents
    await office.play(3)
    # A third decision might have taken the day to 3.3 + 12 cents.
    assert [one.reason for one in await office.decisions()] == ["", "", "budget"]
    assert len(api.requests) == 2


async def test_many_at_once_put_aside_no_more_than_the_day_has(
    office: Office, api: MessagesApi
) -> None:
    """Ten desks that know nothing of one another, each with ten feeds; the day has four decisions."""
    from arena.signals.strategists import language_model
    from arena.signals.strategists.language_model import Desk, Place

    stage = office.stage
    stage.settings.language_model_day_cents_max = 40
    patient = replace(CHEAP, timeout_s=60)
    async with stage.db.transaction() as tx:
        for number in range(10):
            await language_model.employ(
                tx, stage.settings, Place(f"Reed {number}", stage.symbol), patient
            )
    held = asyncio.Event()
    api.will(Said([decide(0.5)], held=held))
    desks = [Desk(stage.db, stage.settings) for _ in range(3)]
    await asyncio.gather(*(desk.look() for desk in desks))
    async with asyncio.timeout(60):
        while len(api.requests) < 4:  # four stand at once: all that the day has is put aside
            await asyncio.sleep(0.005)
    held.set()
    await asyncio.gather(*(desk.settled() for desk in desks))
    for desk in desks:
        await desk.close()
    rows = await office.fetch(
        "select outcome, reason, count(*) as n from language_model_decision group by 1, 2"
    )
    found = {(row["outcome"], row["reason"]): row["n"] for row in rows}
    assert found[("held", "budget")] + found[("published", "")] == 10
    assert len(api.requests) == found[("published", "")]
    assert 4 <= len(api.requests) < 10  # as one ends it frees what it did not need


async def test_what_broke_off_counts_as_if_it_had_cost_the_most(
    office: Office, api: MessagesApi
) -> None:
    await office.hire(timeout_s=3)
    api.will(Hang())
    await office.ask()
    size = len(json.dumps(api.requests[0]))
    made = await office.last()
    assert made.spent.tokens > CHEAP.answer_tokens_max
    assert made.spent.tokens <= size + 1_000 + CHEAP.answer_tokens_max
    assert made.spent.microcents > 0


async def test_an_error_before_an_answer_costs_nothing(office: Office, api: MessagesApi) -> None:
    await office.hire()
    api.will(Refusal(400, "invalid_request_error"))
    await office.ask()
    assert (await office.last()).spent == Spent()


async def test_a_question_too_dear_for_its_budget_is_refused_at_once(office: Office) -> None:
    with pytest.raises(BudgetTooSmall):
        await office.hire(input_cents=400, output_cents=2_000, decision_cents_max=5)
    with pytest.raises(BudgetTooSmall):
        await office.hire(answer_tokens_max=32_000, decision_tokens_max=10_000)


@pytest.mark.parametrize(
    "changes",
    [
        {"weight_max_pct": 101}, {"weight_max_pct": True}, {"turns_max": 0}, {"effort": "huge"},
        {"model": ""}, {"decision_cents_max": 0}, {"day_cents_max": -1}, {"secret": 1},
        {"decision_tokens_max": 200_000}, {"timeout_s": 1.5}, {"temperature_pct": 101},
    ],
)  # fmt: skip
def test_a_configuration_out_of_bounds_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(BadConfiguration):
        Configuration.of(CHEAP.as_dict() | changes)
    assert issubclass(BadConfiguration, ArenaError)
