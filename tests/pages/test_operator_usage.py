"""Usage as operators see it: a plan is opened, capped, corrected and ended on the page; wrong words come back."""

import re

from playwright.async_api import Browser

from arena.money import usage
from arena.people.access import SYSTEM
from tests.pages.doors import elsewhere
from tests.pages.looking import look_at
from tests.pages.reader import Reader, text_of
from tests.stories.house import House

HERE = "/operator/usage"


def plan_of(url: str) -> str:
    [plan_id] = re.findall(rf"{HERE}/(upl_\w+)", url)
    return str(plan_id)


async def test_a_plan_lives_from_its_opening_to_its_end_on_the_operators_page(
    house: House, reader: Reader, browser: Browser
) -> None:
    await elsewhere(reader).sign_in()
    async with Reader(house) as operator:
        await operator.sign_in("operator")
        empty = await operator.get(HERE)
        assert "Open a plan" in text_of(empty.text)
        assert f'href="{HERE}"' in (await operator.get("/operator")).text
        wish = {
            "customer": reader.person_id, "price": "0.0025", "minimum": "500", "monthly": "1000.00", "setup": "5000",
            "cap": "",
        }  # fmt: skip
        opened = await operator.send(HERE, wish, page=empty)
        words = text_of(opened.text)
        assert "Calls by key count from now on" in words
        assert "$0.0025" in words
        assert "$5,000" in words
        plan_id = plan_of(str(opened.url))
        again = await operator.send(HERE, wish, page=await operator.get(HERE))
        assert again.status_code == 409
        assert "has a plan already" in text_of(again.text)

        place = f"{HERE}/{plan_id}"
        capped = await operator.send(
            f"{place}/cap", {"cap": "25.00", "cap_reason": "as agreed on the phone"}, page=opened
        )
        assert "The cap is set" in text_of(capped.text)
        async with house.arena.db.transaction() as tx:
            month = usage.month_of(tx.now)
            assert (await usage.live_plan(tx, reader.person_id)).cap_units == 10_000
        change = {"month": f"{month:%Y-%m}", "units": "1,500", "reason": "a feed was not counted"}
        corrected = await operator.send(f"{place}/correct", change, page=capped)
        assert "Whoever pays is told" in text_of(corrected.text)
        assert "a feed was not counted" in text_of(corrected.text)
        await look_at(browser, house, place, "operator-usage-plan", cookies=operator.cookies)
        listed = text_of((await operator.get(HERE)).text)
        assert "15 % used" in listed
        await look_at(browser, house, HERE, "operator-usage", cookies=operator.cookies)
        shown = text_of((await reader.get("/account/usage")).text)
        assert "a feed was not counted" in shown

        ended = await operator.send(f"{place}/end", {"end_reason": "moved away"}, page=corrected)
        assert "Ended. Its last month is invoiced" in text_of(ended.text)
        gone = await operator.send(f"{place}/cap", {"cap": "", "cap_reason": "too late"})
        assert gone.status_code == 404
        over = await operator.get(f"{HERE}?state=ended")
        assert place in over.text
        assert "This plan ended on" in text_of((await reader.get("/account/usage")).text)


async def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_opened(
    house: House, reader: Reader
) -> None:
    await elsewhere(reader).sign_in()
    async with Reader(house) as operator:
        await operator.sign_in("operator")
        right = {"customer": reader.person_id, "price": "0.01", "minimum": "500"}
        for change, status in (
            ({"customer": "usr_nobody"}, 404), ({"customer": "nobody@example.org"}, 404), ({"customer": "Ada"}, 422),
            ({"price": "0"}, 422), ({"price": "0.0000001"}, 422), ({"minimum": "1.234"}, 422), ({"setup": "-1"}, 422),
        ):  # fmt: skip
            answer = await operator.send(HERE, right | change, page=await operator.get(HERE))
            assert answer.status_code == status, change
            assert 'name="customer"' in answer.text, "the form stands there again"
        async with house.arena.db.transaction() as tx:
            plan = await usage.open_plan(tx, usage.NewPlan(reader.person_id), actor=SYSTEM)
        place = f"{HERE}/{plan.id}"
        month = f"{plan.starts_at:%Y-%m}"
        for units in ("0", "many", "1.5", "-5"):
            answer = await operator.send(
                f"{place}/correct", {"month": month, "units": units, "reason": "so"},
                page=await operator.get(place),
            )  # fmt: skip
            assert answer.status_code == 422, units
        future = {"month": "2098-01", "units": "5", "reason": "too early"}
        refused = await operator.send(f"{place}/correct", future, page=await operator.get(place))
        assert "has not begun" in text_of(refused.text)
        assert (await operator.send(f"{place}/end", {"end_reason": ""})).status_code == 422
        assert (await operator.get(f"{HERE}/upl_{'0' * 26}")).status_code == 404
    assert (await reader.get(HERE)).status_code == 403
