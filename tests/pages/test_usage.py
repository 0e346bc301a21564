"""What calls cost on the page: nothing without a plan, the month by day and key, the cap set by a form, invoices."""

from datetime import timedelta

import pytest
from playwright.async_api import Browser

from arena.kit import ids
from arena.money import usage
from arena.people import identity
from arena.people.access import SYSTEM
from tests.pages.doors import elsewhere
from tests.pages.looking import look_at
from tests.pages.reader import Reader, text_of
from tests.people.signer import Signer
from tests.stories.house import House

PATH = "/account/usage"


async def called(house: House, reader: Reader, *, times: int, cap: int | None = None) -> None:
    """The reader has a plan and has called so often, today and the day before."""
    async with house.arena.db.transaction() as tx:
        plan = await usage.open_plan(tx, usage.NewPlan(reader.person_id, cap=cap), actor=SYSTEM)
        month = usage.month_of(tx.now)
        await tx.execute("update usage_plan set starts_at = $1 where id = $2", month, plan.id)
        events = [
            usage.Event(f"e{reader.person_id}{day}", plan.id, "api_1", month, tx.now + timedelta(days=day), times, None)
            for day in range(2)
        ]  # fmt: skip
        for event in events:
            await usage.correct(tx, event.id, plan.id, event, actor=SYSTEM)


async def test_without_a_plan_the_page_says_that_calls_cost_nothing(reader: Reader) -> None:
    await elsewhere(reader).sign_in()
    page = await reader.get(PATH)
    assert page.status_code == 200
    assert "You do not pay by the call" in text_of(page.text)
    assert (await reader.send("/account/usage/cap", {"cap": "10"})).status_code in (404, 409, 422)


async def test_the_month_is_shown_and_capped_by_a_form(house: House, reader: Reader) -> None:
    await elsewhere(reader).sign_in()
    await called(house, reader, times=6_000)
    page = await reader.get(PATH)
    words = text_of(page.text)
    assert "12,000" in words
    assert "$120" in words
    assert 'class="bar-figure"' in page.text
    assert "None yet: a month is invoiced" in words
    capped = await reader.send("/account/usage/cap", {"cap": "1,200.50"}, page=page)
    assert "The cap is set" in text_of(capped.text)
    assert "under the cap of $1,200.50" in text_of(capped.text)
    async with house.arena.db.transaction(readonly=True) as tx:
        assert (await usage.usage(tx, reader.person_id)).plan.terms.cap == 120_050
    open_again = await reader.send("/account/usage/cap", {"cap": ""}, page=capped)
    assert "under the cap" not in text_of(open_again.text)


@pytest.mark.parametrize("cap", ["-5", "ten", "1.234", "9999999999999"])
async def test_a_cap_that_is_none_keeps_what_was_typed(
    house: House, reader: Reader, cap: str
) -> None:
    await elsewhere(reader).sign_in()
    await called(house, reader, times=1)
    page = await reader.get(PATH)
    answer = await reader.send("/account/usage/cap", {"cap": cap}, page=page)
    assert answer.status_code == 422
    assert f'value="{cap}"' in answer.text


async def test_who_owns_a_collective_chooses_whose_calls_he_sees_and_caps(
    house: House, reader: Reader
) -> None:
    await elsewhere(reader).sign_in()
    async with house.arena.db.transaction() as tx:
        wish = identity.Registration(ids.fresh("Curves"), "", Signer().key.public, reader.person_id)
        curves = await identity.register_collective(tx, wish)
        await usage.open_plan(tx, usage.NewPlan(curves.id, minimum=0), actor=SYSTEM)
    alone = await reader.get(PATH)
    assert curves.name in text_of(alone.text), "there is nothing else to show"
    await called(house, reader, times=5)
    own = await reader.get(PATH)
    assert "$500" in text_of(own.text)
    theirs = await reader.get(f"{PATH}?subject={curves.id}")
    capped = await reader.send(
        "/account/usage/cap", {"cap": "70", "subject": curves.id}, page=theirs
    )
    assert "under the cap of $70" in text_of(capped.text)
    async with house.arena.db.transaction(readonly=True) as tx:
        assert (await usage.usage(tx, curves.id)).plan.terms.cap == 7_000
        assert (await usage.usage(tx, reader.person_id)).plan.terms.cap is None
    async with Reader(house) as stranger:
        await stranger.sign_in()
        assert (await stranger.get(f"{PATH}?subject={curves.id}")).status_code == 404
        tried = await stranger.send("/account/usage/cap", {"cap": "1", "subject": curves.id})
        assert tried.status_code == 404


async def test_usage_is_drawn_well(house: House, reader: Reader, browser: Browser) -> None:
    await elsewhere(reader).sign_in()
    await called(house, reader, times=21_000, cap=60_000)
    await look_at(browser, house, PATH, "usage", cookies=reader.cookies)
