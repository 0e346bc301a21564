"""A creator's way, in a browser: from a key to a listing on offer, with an operator's yes in between."""

import asyncio
import sys
from pathlib import Path

from playwright.async_api import Browser, Page, expect

from arena.kit import ids
from arena.marketplace import moderation
from sigma_sdk import AsyncClient, Collective, SigningKey
from tests.pages.looking import page_of
from tests.pages.reader import Reader
from tests.pages.test_collectives import make_key, register
from tests.pages.workshop import workshop
from tests.stories.house import House

__all__ = ["workshop"]
TITLE = "Browser Crossing"
SAYS = {
    "title": TITLE,
    "summary": "In by half, because the program to copy says so.",
    "intended_use": "To walk the whole way from a key to a listing.",
    "method": "Publishes what the page's own program publishes.",
    "risks": "It knows nothing of the market.",
    "basic_price": "12.50",
}


async def test_from_a_key_made_in_the_browser_to_a_listing_on_offer(
    workshop: House, browser: Browser, tmp_path: Path
) -> None:
    assert await workshop.player.step(), "a signal is sized by a bar"
    async with Reader(workshop) as creator, Reader(workshop) as operator:
        await creator.sign_in("creator")
        await operator.sign_in("operator")
        async with page_of(browser, cookies=creator.cookies) as page:
            await _a_collective(page, workshop, tmp_path)
            feed_id = await _its_feed(page, workshop, tmp_path)
            listing_id = await _a_draft(page, workshop, feed_id)
            await _handed_in(page)
        await _approved(operator, workshop, listing_id)
        async with page_of(browser, cookies=creator.cookies) as page:
            await page.goto(f"{workshop.url}/studio")
            await expect(page.locator("main")).to_contain_text("Record and words agree.")
            await page.get_by_role("link", name=f"View · {TITLE}").click()
            await expect(page.locator("h1")).to_contain_text(TITLE)
        async with page_of(browser) as page:
            await page.goto(f"{workshop.url}/market")
            offered = page.locator(f"a[href='/listings/{listing_id}']")
            await expect(offered.first).to_contain_text(TITLE)
            await expect(page.locator("main")).to_contain_text("$12.50")


async def _a_collective(page: Page, house: House, folder: Path) -> None:
    await page.goto(f"{house.url}/studio")
    await page.get_by_role("link", name="Make a collective").click()
    name = f"Browser Hands {ids.fresh('n')[-8:]}"
    file = await make_key(page, name, folder)
    await register(page)
    await expect(page.locator("h1")).to_have_text(name)
    async with AsyncClient(house.url, Collective(SigningKey.load(file))) as client:
        me = await client.me()
        assert (me["kind"], me["name"]) == ("collective", name)


async def _its_feed(page: Page, house: House, folder: Path) -> str:
    """By the very program that the page gives to copy, beside the very file that the browser gave."""
    program = await page.locator("#open-a-feed ~ .copy code").inner_text()
    (folder / "open_feed.py").write_text(program)
    running = await asyncio.create_subprocess_exec(
        sys.executable, "open_feed.py", cwd=folder, stderr=asyncio.subprocess.PIPE
    )
    _, said = await running.communicate()
    assert running.returncode == 0, said.decode()
    await house.settle()
    for _ in range(2):
        assert await house.player.step()
    await house.settle()
    await page.goto(f"{house.url}/studio")
    await expect(page.locator("main")).to_contain_text("done: 0 days, 1 fills")
    collective_id = await page.locator("a[href^='/studio/collectives/col_']").first.get_attribute(
        "href"
    )
    assert collective_id is not None
    async with AsyncClient(house.url) as client:
        found = [
            feed["id"] async for feed in client.feeds()
            if feed["collective_id"] == collective_id.rsplit("/", 1)[1]
        ]  # fmt: skip
    assert len(found) == 1
    return str(found[0])


async def _a_draft(page: Page, house: House, feed_id: str) -> str:
    await page.get_by_role("link", name="Draft a listing of My feed").click()
    await page.wait_for_url(f"{house.url}/studio/feeds/{feed_id}/list")
    for name, text in SAYS.items():
        await page.fill(f"#{name}", text)
    await page.uncheck("#enterprise")
    await expect(page.locator("#preview")).to_contain_text("$12.50")
    await page.click("text=Save the draft")
    await expect(page.locator("h1")).to_have_text(TITLE)
    return page.url.rsplit("/", 1)[1]


async def _handed_in(page: Page) -> None:
    await page.click("text=Run all checks now")
    await expect(page.locator(".checklist li.good")).to_have_count(5)
    await page.click("text=Submit for review")
    await expect(page.locator("h1 + p .badge")).to_have_text("In review")
    await expect(page.locator(".what-next")).to_contain_text("Place in the queue: 1.")


async def _approved(operator: Reader, house: House, listing_id: str) -> None:
    """On the operator's own page."""
    async with house.arena.db.transaction(readonly=True) as tx:
        case = await moderation.case_of(tx, listing_id)
    assert case is not None
    path = f"/operator/review/{case.id}"
    page = await operator.get(path)
    assert TITLE in page.text
    said = {"decision": "approve", "reason": "Record and words agree."}
    answer = await operator.send(path, said, page=page)
    assert answer.status_code == 200, answer.text
