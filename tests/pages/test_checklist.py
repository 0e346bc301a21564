"""The page of one's listing: gates with their reasons, one thing to do next, and every move of its status."""

import asyncio
from typing import Any

from playwright.async_api import Browser, expect

from arena.marketplace import listings, moderation, subscriptions
from arena.marketplace.listings import gates as gates_of_listings
from tests.pages.looking import LOOKS, check_page, look_at, page_of
from tests.pages.own_feed import OwnFeed
from tests.pages.reader import Reader, text_of
from tests.pages.submissions import OPERATOR, actor_of, approved, drafted, hand_in, one, reworded
from tests.pages.workshop import ready, workshop
from tests.stories.house import House

__all__ = ["workshop"]
WORD = {"confirm": "delist"}


async def test_a_young_feed_is_told_how_far_it_is_and_cannot_be_handed_in(
    house: House, reader: Reader
) -> None:
    await reader.sign_in("creator")
    made, author = await drafted(house, reader)
    page = await reader.get(f"/studio/{made.id}")
    said = text_of(page.text)
    assert "0 of 2" in said
    assert "0 of 1" in said
    assert "It begins with the first signal." in said
    assert "Computed when you run the checks" in said
    assert f'action="/studio/{made.id}/submit"' not in page.text
    refused = await reader.send(f"/studio/{made.id}/submit", {})
    assert refused.status_code == 422
    assert "not all checks passed" in text_of(refused.text)
    assert await status_of(house, made.id) == "draft"
    await author.publish()
    assert "It begins with the first" not in (await reader.get(f"/studio/{made.id}")).text


async def test_all_gates_are_looked_at_only_when_asked_for(
    workshop: House, browser: Browser
) -> None:
    async with Reader(workshop) as reader:
        await reader.sign_in("creator")
        made, _ = await ready(workshop, reader)
        page = await reader.get(f"/studio/{made.id}")
        assert "computed again from signals and prices equal" not in text_of(page.text)
        assert f'action="/studio/{made.id}/submit"' in page.text
        checked = await reader.get(f"/studio/{made.id}?check=1")
        assert checked.status_code == 200
        assert "marks computed again from signals and prices equal" in text_of(checked.text)
        assert checked.text.count('<li class="good">') == 5
        await look_at(
            browser,
            workshop,
            f"/studio/{made.id}?check=1",
            "studio-checked",
            cookies=reader.cookies,
        )


async def test_where_others_are_being_checked_one_is_asked_to_wait(
    house: House, reader: Reader, browser: Browser
) -> None:
    await reader.sign_in("creator")
    made, _ = await drafted(house, reader)
    busy: asyncio.Semaphore = gates_of_listings.__globals__["_checking"]
    async with busy, busy:
        for page in (
            await reader.get(f"/studio/{made.id}?check=1"),
            await reader.send(f"/studio/{made.id}/submit", {}),
        ):
            assert page.status_code == 503
            assert "Try again in some seconds" in text_of(page.text)
            assert made.words.title in page.text
        await look_at(
            browser, house, f"/studio/{made.id}?check=1", "studio-busy", cookies=reader.cookies
        )
    assert await status_of(house, made.id) == "draft"


async def test_a_listing_goes_through_review_and_its_answer_is_read(workshop: House) -> None:
    async with Reader(workshop) as reader:
        await reader.sign_in("creator")
        made, _ = await ready(workshop, reader)
        page = await reader.get(f"/studio/{made.id}")
        answers = [await reader.send(f"/studio/{made.id}/submit", {}, page=page) for _ in range(2)]
        for answer in answers:
            assert "Place in the queue: 1." in text_of(answer.text)
        assert (
            await one(
                workshop, "select count(*) from moderation_case where listing_id = $1", made.id
            )
            == 1
        )
        await decide(
            workshop, made.id, "Say how deep drawdowns were <b>in numbers</b>.", good=False
        )
        page = await reader.get(f"/studio/{made.id}")
        said = text_of(page.text)
        assert "A moderator turned it down." in said
        assert "&lt;b&gt;in numbers&lt;/b&gt;" in page.text
        assert "Read the answer" in text_of((await reader.get("/studio")).text)
        async with workshop.arena.db.transaction() as tx:
            now = await listings.listing(tx, made.id)
            words = listings.Words("Renamed", *(["Long enough a text."] * 4))
            await listings.update(
                tx, made.id, words=words, tiers=now.tiers, note="As asked",
                actor=actor_of(reader, "creator"),
            )  # fmt: skip
        page = await reader.get(f"/studio/{made.id}")
        assert "turned it down" not in text_of(page.text)
        await reader.send(f"/studio/{made.id}/submit", {}, page=page)
        await decide(workshop, made.id, "Record and words agree.", good=True)
        said = text_of((await reader.get(f"/studio/{made.id}")).text)
        assert "Anyone can find it and subscribe." in said
        assert "As it stood when it was handed in" in said


async def test_pause_resume_and_delist(house: House, reader: Reader) -> None:
    await reader.sign_in("creator")
    made = (await approved(house, reader)).listing
    here = f"/studio/{made.id}"
    page = await reader.get(here)
    paused = await reader.send(f"{here}/pause", {}, page=page)
    assert (await status_of(house, made.id), "no new subscribers" in paused.text) == (
        "paused",
        True,
    )
    resumed = await reader.send(f"{here}/resume", {}, page=paused)
    assert await status_of(house, made.id) == "listed"
    twice = await reader.send(f"{here}/resume", {})
    assert twice.status_code == 409
    unsure = await reader.send(f"{here}/delist", {"confirm": "yes"}, page=resumed)
    assert (unsure.status_code, await status_of(house, made.id)) == (422, "listed")
    assert "Type the word delist." in text_of(unsure.text)
    assert '<details class="act" open>' in unsure.text
    gone = await reader.send(f"{here}/delist", {"confirm": " Delist "}, page=unsure)
    assert gone.status_code == 200
    assert await status_of(house, made.id) == "delisted"
    assert "You took it off the market" in text_of(gone.text)
    assert f'action="{here}/delist"' not in gone.text
    actions = await one(
        house, "select array_agg(action order by id) from audit_event where object = $1 and actor = $2"
        " and request_id is not null", made.id, reader.person_id,
    )  # fmt: skip
    assert actions == ["listings.paused", "listings.listed", "listings.delisted"]


async def test_a_take_down_is_told_with_its_reason(house: House, reader: Reader) -> None:
    await reader.sign_in("creator")
    made = await approved(house, reader)
    async with house.arena.db.transaction() as tx:
        await moderation.take_down(tx, made.listing.id, actor=OPERATOR, reason="Words <i>lied</i>.")
    page = await reader.get(f"/studio/{made.listing.id}")
    assert "A moderator took it down." in text_of(page.text)
    assert "Words &lt;i&gt;lied&lt;/i&gt;." in page.text
    assert "Words &lt;i&gt;lied&lt;/i&gt;." in (await reader.get("/studio")).text


async def test_subscribers_are_counted_by_tier_with_what_they_pay(
    house: House, reader: Reader, browser: Browser
) -> None:
    await reader.sign_in("creator")
    made = await approved(house, reader)
    sold = OwnFeed(
        house, made.author.key, made.author.collective.id, made.listing.feed_id, made.listing.id
    )
    for tier in ("pro", "pro", "basic"):
        async with Reader(house) as buyer:
            await buyer.sign_in()
            held = await sold.subscribe(buyer, tier)
            actor = actor_of(buyer)
    gateway: Any = house.arena.gateway
    await subscriptions.cancel(house.arena.db, gateway, held.id, at="period_end", actor=actor)
    await reworded(
        house, made, summary="Says more plainly what it follows.", risks="May lose it all."
    )
    page = await reader.get(f"/studio/{made.listing.id}")
    said = text_of(page.text)
    assert "Pro $99 2 no bound 2 0 $198 $168.30" in said
    assert "Basic $29 1 (1 ending) no bound 1 0 $0 $0" in said
    assert "Pending in your account, from all your listings: $192.95." in said
    assert "<ins>May lose it all.</ins>" in page.text
    overview = text_of((await reader.get("/studio")).text)
    assert "Subscribers 3 Yours a month $168.30" in overview
    assert "Pending $192.95" in overview
    await look_at(
        browser, house, f"/studio/{made.listing.id}", "studio-listed", cookies=reader.cookies
    )


async def test_strangers_see_nothing_and_move_nothing(house: House, reader: Reader) -> None:
    async with Reader(house) as owner:
        await owner.sign_in("creator")
        draft, _ = await drafted(house, owner)
        listed = (await approved(house, owner)).listing
    await reader.sign_in("creator")
    for listing_id, status in ((draft.id, 404), (listed.id, 403)):
        here = f"/studio/{listing_id}"
        assert (await reader.get(here)).status_code == status
        assert (await reader.get(f"{here}?check=1")).status_code == status
        for act in ("submit", "pause", "resume", "delist"):
            assert (await reader.send(f"{here}/{act}", WORD)).status_code == status
    assert await status_of(house, draft.id) == "draft"
    assert await status_of(house, listed.id) == "listed"
    assert (await reader.get("/studio/lst_nonsense")).status_code == 422
    async with Reader(house) as operator:
        await operator.sign_in("operator")
        assert (await operator.send(f"/studio/{listed.id}/delist", WORD)).status_code == 403


async def test_every_status_is_drawn_well(house: House, reader: Reader, browser: Browser) -> None:
    await reader.sign_in("creator")
    young, _ = await drafted(house, reader)
    waiting, author = await drafted(house, reader)
    handed = await hand_in(house, reader, waiting.id, author)
    kept: list[Any] = reader.cookies
    await look_at(browser, house, f"/studio/{young.id}", "studio-draft", cookies=kept)
    await look_at(browser, house, f"/studio/{waiting.id}", "studio-submitted", cookies=kept)
    await decide(
        house, waiting.id, "The method says nothing of when it gets out.\n\nSay it, then hand it in again.",
        good=False,
    )  # fmt: skip
    await look_at(browser, house, f"/studio/{waiting.id}", "studio-turned-down", cookies=kept)
    handed = await hand_in(house, reader, waiting.id, author)
    await decide(house, handed.listing.id, "Fine.", good=True)
    for look in LOOKS:
        async with page_of(browser, look=look, cookies=kept) as page:
            await page.goto(f"{house.url}/studio/{waiting.id}")
            await page.click("text=Delist it for good")
            await page.fill("#confirm", "no")
            await page.click("button.danger")
            await expect(page.locator("#confirm-error")).to_be_visible()
            await check_page(page, f"studio-delist-{look}")
    async with house.arena.db.transaction() as tx:
        await listings.pause(tx, waiting.id, actor=actor_of(reader, "creator"))
    await look_at(browser, house, f"/studio/{waiting.id}", "studio-paused", cookies=kept)
    async with house.arena.db.transaction() as tx:
        await listings.delist(tx, waiting.id, actor=actor_of(reader, "creator"))
    await look_at(browser, house, f"/studio/{waiting.id}", "studio-delisted", cookies=kept)


async def test_a_check_says_that_it_runs_and_is_sent_once(
    workshop: House, browser: Browser
) -> None:
    async with Reader(workshop) as reader:
        await reader.sign_in("creator")
        made, _ = await ready(workshop, reader)
        async with page_of(browser, cookies=reader.cookies) as page:
            await page.goto(f"{workshop.url}/studio/{made.id}")
            button = page.get_by_role("button", name="Submit for review")
            await button.evaluate("b => { b.click(); b.click(); }")
            await expect(page.locator("h1 + p .badge")).to_have_text("In review")
        cases = await one(
            workshop, "select count(*) from moderation_case where listing_id = $1", made.id
        )
        assert cases == 1
        await decide(workshop, made.id, "So that the queue is empty again.", good=False)


async def test_delisting_works_without_scripts_and_by_keyboard(
    house: House, reader: Reader, browser: Browser
) -> None:
    await reader.sign_in("creator")
    made = (await approved(house, reader)).listing
    async with page_of(browser, cookies=reader.cookies, scripts=False) as page:
        await page.goto(f"{house.url}/studio/{made.id}")
        await page.focus("details.act summary")
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        await page.keyboard.type("delist")
        await page.keyboard.press("Enter")
        await expect(page.locator("h1 + p .badge")).to_have_text("Delisted")


async def decide(house: House, listing_id: str, reason: str, *, good: bool) -> None:
    async with house.arena.db.transaction() as tx:
        case = await moderation.case_of(tx, listing_id)
        assert case is not None
        verb = moderation.approve if good else moderation.reject
        await verb(tx, case.id, actor=OPERATOR, reason=reason)


async def status_of(house: House, listing_id: str) -> str:
    found: str = await one(house, "select status from listing where id = $1", listing_id)
    return found
