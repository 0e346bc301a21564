"""The doors as people see them: drawn well in every look and state, worked by the keyboard, and without scripts."""

import pytest
from playwright.async_api import Browser

from arena.people import access
from tests.pages.doors import new_email, new_person
from tests.pages.looking import check_page, look_at, page_of
from tests.pages.reader import PASSWORD
from tests.stories.house import House


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/sign-in", "sign-in"),
        ("/sign-in?expired=1&next=/account", "sign-in-expired"),
        ("/sign-up", "sign-up"),
        ("/forgot", "forgot"),
        ("/forgot?sent=1", "forgot-sent"),
    ],
)
async def test_a_door_is_drawn_well(house: House, browser: Browser, path: str, name: str) -> None:
    await look_at(browser, house, path, name)


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
async def test_sign_in_fails_politely(house: House, browser: Browser, look: str) -> None:
    """By the keyboard alone: wrong password, then the right one, and on to where one wanted to go."""
    known = await new_person(house)
    async with page_of(browser, look=look) as page:
        await page.goto(f"{house.url}/account/keys")
        assert "/sign-in?next=" in page.url
        await page.keyboard.type(known.email)  # the first field has the focus
        await page.keyboard.press("Tab")
        await page.keyboard.type("not the password")
        await page.keyboard.press("Enter")
        await page.get_by_role("alert").wait_for()
        assert "do not fit together" in await page.get_by_role("alert").inner_text()
        assert await page.get_by_label("E-mail").input_value() == known.email
        assert await page.get_by_label("Password").input_value() == ""
        await check_page(page, f"sign-in-wrong-{look}")
        await page.keyboard.type(PASSWORD)  # what is to be mended has the focus
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name="API keys").wait_for()
        assert page.url == f"{house.url}/account/keys"


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
async def test_signing_up_as_people_do(house: House, browser: Browser, look: str) -> None:
    known = await new_person(house)
    async with page_of(browser, look=look) as page:
        await page.goto(f"{house.url}/sign-up")
        await page.get_by_label("How you want to be called").fill("Grace")
        await page.get_by_label("E-mail").fill(known.email)
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Sign up").click()
        await page.get_by_role("alert").wait_for()
        await check_page(page, f"sign-up-taken-{look}")
        await page.get_by_label("E-mail").fill(new_email())
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Sign up").click()
        await page.get_by_text("Welcome, Grace. You are signed in.").wait_for()
        await page.locator(".menu summary").click()
        await page.get_by_role("button", name="Sign out").click()
        await page.get_by_role("link", name="Sign in", exact=True).first.wait_for()


async def test_the_doors_work_without_scripts(house: House, browser: Browser) -> None:
    known = await new_person(house)
    async with page_of(browser, scripts=False) as page:
        await page.goto(f"{house.url}/sign-in?next=/account")
        await page.get_by_label("E-mail").fill(known.email)
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Sign in").click()
        await page.wait_for_url("**/account")
        assert access.COOKIE in {c["name"] for c in await page.context.cookies()}
