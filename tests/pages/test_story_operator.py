"""A story in a browser: an operator finds submissions, rejects one with a reason its creator reads, sees what was
mended, approves it, and it is on offer; another one is sent back. Records and checks are real."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from playwright.async_api import Browser, Page, expect

from arena.marketplace import listings, moderation
from tests.pages.looking import check_page, page_of
from tests.pages.reader import Reader
from tests.pages.submissions import actor_of, drafted
from tests.stories.house import House

MEND = "Say how it lost in the last days, and how much."
GOOD = "Words and record agree; the risks are said."


async def test_an_operator_reviews_what_was_handed_in(house: House, browser: Browser) -> None:
    async with Reader(house) as creator, Reader(house) as operator:
        await creator.sign_in("creator")
        await operator.sign_in("operator")
        mended, other = [await with_a_record(house, creator) for _ in range(2)]
        await play_burn_in(house)
        await submit(house, creator, mended.id)

        async with page_of(browser, cookies=operator.cookies) as page:
            await page.goto(f"{house.url}/operator")
            await page.get_by_role("link", name="Submissions to review").click()
            await open_submission(page, mended)
            assert "First version" in await page.locator("main").inner_text()
            assert await page.locator("#gates ~ ul > .good").count() == 5
            await check_page(page, "operator-story-case")
            await decide(page, MEND, "Reject: send it back")
            await expect(page.locator(".flash")).to_contain_text("went back to its creator")

        async with page_of(browser, cookies=creator.cookies) as page:
            await page.goto(f"{house.url}/studio/{mended.id}")
            assert MEND in await page.locator("main").inner_text()

        await reword(house, creator, mended.id, risks="Lost a fifth in the last days of September.")
        await submit(house, creator, mended.id)
        await submit(house, creator, other.id)

        async with page_of(browser, cookies=operator.cookies) as page:
            await page.goto(f"{house.url}/operator/review")
            await open_submission(page, mended)
            assert "Lost a fifth" in " ".join(await page.locator("ins").all_inner_texts())
            assert MEND in await page.locator("#past ~ ol").inner_text()
            await page.get_by_role("button", name="Run the checks now").click()
            await page.wait_for_url("**gates=again**")
            assert await page.locator("#gates ~ ul > .good").count() == 10
            await decide(page, GOOD, "Approve: put it on offer")
            await expect(page.locator(".flash")).to_contain_text("is on offer from now")
            await page.goto(f"{house.url}/operator/review")
            await open_submission(page, other)
            await decide(page, MEND, "Reject: send it back")

    async with Reader(house) as anybody:
        offered = await anybody.client.get(f"/market/listings/{mended.id}")
        assert offered.json()["status"] == "listed"
        hidden = await anybody.client.get(f"/market/listings/{other.id}")
        assert hidden.status_code == 404


async def with_a_record(house: House, creator: Reader) -> listings.Listing:
    """A draft whose feed has spoken: its reference account buys at the next bar."""
    made, author = await drafted(house, creator)
    await author.publish(
        action="open",
        target_weight=Decimal("0.5"),
        valid_until=author.stage.now + timedelta(days=1),
    )
    return made


async def play_burn_in(house: House) -> None:
    """Two days of the tape, so that the new feeds have the record which the house demands."""
    await house.settle()
    await house.play_until(house.arena.db.clock.now() + timedelta(days=2))


async def submit(house: House, creator: Reader, listing_id: str) -> None:
    actor = actor_of(creator, "creator")
    async with house.arena.db.transaction() as tx:
        await moderation.submit(tx, listing_id, actor=actor, settings=house.arena.settings)


async def reword(house: House, creator: Reader, listing_id: str, **words: str) -> None:
    actor = actor_of(creator, "creator")
    async with house.arena.db.transaction() as tx:
        now = await listings.listing(tx, listing_id)
        await listings.update(
            tx,
            listing_id,
            words=replace(now.words, **words),
            tiers=now.tiers,
            note="As asked",
            actor=actor,
        )


async def open_submission(page: Page, wanted: listings.Listing) -> None:
    """Through the queue, page by page, as far as it takes."""
    link = page.get_by_role("link", name=wanted.words.title)
    await page.wait_for_url("**/operator/review")
    while not await link.count():
        further = page.get_by_role("link", name="Next page")
        to = await further.get_attribute("href")
        await further.click()
        await page.wait_for_url(f"**{to}")
    await link.click()
    await page.wait_for_url("**/operator/review/mod_*")


async def decide(page: Page, reason: str, button: str) -> None:
    await page.get_by_label("Reason").fill(reason)
    await page.get_by_role("button", name=button).click()
    await page.wait_for_selector(".flash")
