"""Becoming a creator as people and operators see it, under each policy and in every state."""

from typing import Any

import pytest
from playwright.async_api import Browser

from arena.people import identity
from tests.pages.creators import HERE, Policy, decide
from tests.pages.doors import another, elsewhere, new_person, sign_in
from tests.pages.looking import check_page, look_at, page_of
from tests.pages.reader import PASSWORD, Reader
from tests.stories.house import House


@pytest.fixture
def policy(house: House, monkeypatch: pytest.MonkeyPatch) -> Policy:
    """Sets who may be a creator, for this test."""
    return lambda chosen: monkeypatch.setattr(house.arena.settings, "creators", chosen)


@pytest.fixture
async def operator(house: House) -> Any:
    async with another(house) as opened:
        yield await elsewhere(opened).sign_in("operator")


@pytest.mark.parametrize("chosen", ["open", "waitlist", "invitation"])
async def test_the_page_is_drawn_well_under_each_policy(
    house: House, browser: Browser, reader: Reader, policy: Policy, chosen: str
) -> None:
    policy(chosen)
    await elsewhere(reader).sign_in()
    path = "/account/creator" + ("?invitation=abcd" if chosen == "waitlist" else "")
    await look_at(browser, house, path, f"creator-{chosen}", cookies=reader.cookies)
    await look_at(browser, house, "/sign-up?invitation=abcd-efgh", f"sign-up-{chosen}")


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
async def test_asking_waiting_and_being_refused_as_people_see_it(
    house: House, browser: Browser, operator: Reader, policy: Policy, look: str
) -> None:
    policy("waitlist")
    person = await new_person(house, name="Grace")
    async with page_of(browser, look=look) as page:
        await page.goto(f"{house.url}/sign-in?next=/account/creator")
        await page.get_by_label("E-mail").fill(person.email)
        await page.get_by_label("Password").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await page.get_by_label("What do you want to offer?").fill("Two averages.\nAnd a stop.")
        await page.get_by_role("button", name="Ask for it").click()
        await page.get_by_text("You are on the waiting list.").first.wait_for()
        await check_page(page, f"creator-waiting-{look}")
        await decide(house, operator, person.email, "refuse", "Tell us more of the record.")
        await page.reload()
        await page.get_by_text("Your wish was not granted.").wait_for()
        await check_page(page, f"creator-refused-{look}")


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
async def test_the_operators_page_is_worked_with(
    house: House, browser: Browser, operator: Reader, policy: Policy, look: str
) -> None:
    policy("waitlist")
    async with house.arena.db.transaction() as tx:
        await tx.execute("update creator_request set status = 'refused', decided_at = at"
                         " where status = 'waiting'")  # fmt: skip
    grace = await new_person(house, name="Grace Hopper")
    alan = await new_person(house, name="Alan T.")
    async with house.arena.db.transaction() as tx:
        await identity.request_creator(
            tx, grace.id, "A language model that reads the tape, one pair, daily."
        )
        await identity.request_creator(tx, alan.id)
    async with page_of(browser, look=look, cookies=operator.cookies) as page:
        await page.goto(house.url + HERE)
        await check_page(page, f"operator-creators-{look}")
        second = page.locator("article", has_text="Alan T.")
        await second.get_by_role("button", name="Refuse").click()
        await page.get_by_text("Say why: the person reads it.").wait_for()
        await check_page(page, f"operator-creators-wrong-{look}")
        await (
            page.locator("article", has_text="Grace Hopper")
            .get_by_role("button", name="Grant")
            .click()
        )
        await page.get_by_text("Grace Hopper is a creator now").wait_for()
        await page.get_by_label("For whom").fill("Alan, met at the fair")
        await page.get_by_role("button", name="Make an invitation").click()
        await page.get_by_role("heading", name="An invitation").wait_for()
        await check_page(page, f"operator-invited-{look}")
        await page.get_by_role("link", name="I have copied it").click()
        await page.locator("summary", has_text="Withdraw").first.click()
        await page.get_by_role("button", name="Withdraw it now").first.wait_for()
        await check_page(page, f"operator-invitations-{look}")
    async with another(house) as fresh:
        await sign_in(fresh, grace.email)
        assert (await fresh.get("/studio")).url.path == "/studio"


async def test_nothing_there_yet_is_drawn_well(
    house: House, browser: Browser, operator: Reader, policy: Policy
) -> None:
    policy("waitlist")
    async with house.arena.db.transaction() as tx:
        await tx.execute("update creator_request set status = 'refused', decided_at = at"
                         " where status = 'waiting'")  # fmt: skip
    await look_at(browser, house, HERE, "operator-creators-empty", cookies=operator.cookies)
