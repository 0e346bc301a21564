"""The Lab in the studio: cards sent as files, listed, compared, published; and what a buyer sees of it."""

import json
import re
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser

from arena.kit import ids
from arena.kit.money import Money
from arena.marketplace import listings
from arena.marketplace.listings import store
from arena.signals import feeds, lab
from arena.signals.lab import cards
from tests.pages.looking import check_page, look_at, page_of
from tests.pages.reader import Reader, hidden_fields, text_of
from tests.pages.sections import without_legend
from tests.pages.submissions import actor_of, author_in
from tests.signals.lab.cards.making import made_card
from tests.signals.stage import Author
from tests.stories.house import House

HERE = "/studio/lab"
UPLOAD, PUBLISH, COMPARE = "/studio/lab/upload", "/studio/lab/publish", "/studio/lab/compare"


async def send_file(creator: Reader, author: Author, body: Any) -> httpx.Response:
    """Posts the upload form as a browser does."""
    page = await creator.get(HERE)
    fields = hidden_fields(page.text, UPLOAD)
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await creator.client.post(
        UPLOAD, data={**fields, "collective": author.collective.id},
        files={"card": ("card.json", content, "application/json")},
    )  # fmt: skip


async def adopt(house: House, author: Author, kept: cards.Kept) -> None:
    """From now on the author's feed goes by the card's lineage."""
    async with house.arena.db.transaction() as tx:
        declared = await lab.declared(tx, kept.lineage.as_dict())
        await feeds.set_lineage(tx, author.feed.id, declared, actor=author.actor)


async def keep(house: House, author: Author, **changes: Any) -> cards.Kept:
    async with house.arena.db.transaction() as tx:
        return await cards.keep_card(tx, author.collective.id, made_card(**changes))


async def test_who_has_no_card_is_shown_how_to_make_one(house: House, reader: Reader) -> None:
    creator = await reader.sign_in("creator")
    said = text_of((await creator.get(HERE)).text)
    assert "No card yet" in said
    for command in ("arena lab new", "arena lab card", "arena lab reproduce"):
        assert command in said
    assert "Make a collective" in said
    assert f'href="{HERE}"' in (await creator.get("/studio")).text or "no collective" in said


async def test_a_file_is_kept_and_listed(house: House, reader: Reader) -> None:
    creator = await reader.sign_in("creator")
    author = await author_in(house, creator.person_id)
    body = made_card(name=f"Sent {ids.fresh('n')[-6:]}")
    answer = await send_file(creator, author, body)
    assert answer.status_code == 200, text_of(answer.text)
    assert answer.url.path.startswith("/cards/")
    assert "The card is kept" in answer.text
    page = await creator.get(HERE)
    assert body["name"] in page.text
    assert without_legend(page.text) == []
    luck = body["figures"]["luck"]["deflated_sharpe"]
    assert f"{luck * 100:.0f} %" in text_of(page.text)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no JSON", "This file is not the JSON of a card"),
        (b"[1, 2]", "This file is not the JSON of a card"),
        (b"\xff\xfe", "Part of this form did not arrive"),
        (json.dumps({**made_card(), "label": "reproduced"}).encode(), "/label"),
    ],
)
async def test_a_file_that_is_no_card_is_refused_beside_the_form(
    house: House, reader: Reader, content: bytes, words: str
) -> None:
    creator = await reader.sign_in("creator")
    author = await author_in(house, creator.person_id)
    answer = await send_file(creator, author, content)
    assert answer.status_code in (400, 422)
    assert words in text_of(answer.text)


async def test_a_file_that_is_too_large_is_refused(house: House, reader: Reader) -> None:
    creator = await reader.sign_in("creator")
    author = await author_in(house, creator.person_id)
    answer = await send_file(creator, author, {**made_card(), "surplus": "x" * 300_000})
    assert answer.status_code == 413


async def test_a_card_is_not_sent_in_anothers_name(house: House, reader: Reader) -> None:
    creator = await reader.sign_in("creator")
    mine = await author_in(house, creator.person_id)
    async with Reader(house) as other:
        stranger = await other.sign_in("creator")
        theirs = await author_in(house, stranger.person_id)
        assert (await send_file(stranger, mine, made_card(seed=31))).status_code == 404
        assert (await send_file(stranger, theirs, made_card(seed=32))).status_code == 200


async def test_a_card_goes_to_the_market_with_a_feed_of_its_lineage(
    house: House, reader: Reader
) -> None:
    creator = await reader.sign_in("creator")
    author = await author_in(house, creator.person_id)
    kept = await keep(house, author, name="Goes To Market")
    page = await creator.get(HERE)
    fields = {"card": kept.sha, "feed": author.feed.id}
    refused = await creator.send(PUBLISH, fields, page=page)
    assert refused.status_code == 422
    assert "they differ in pack, indicator_set, model_config, policy" in text_of(refused.text)
    await adopt(house, author, kept)
    wrong = await creator.send(PUBLISH, {**fields, "weight_max_pct": "101"}, page=page)
    assert wrong.status_code == 422
    assert "look at the marked fields" in text_of(wrong.text)
    assert re.search(r'id="weight_max_pct-\d+"[^>]* value="101" aria-invalid="true"', wrong.text)
    held = {"drawdown_max_pct": "33", "shortfall_errors_max": "4"}
    drafted = await creator.send(PUBLISH, {**fields, **held}, page=page)
    said = text_of(drafted.text)
    assert drafted.status_code == 200
    assert "The listing shows the card" in said
    async with house.arena.db.transaction(readonly=True) as tx:
        [listing] = (await listings.listings_of_feeds(tx, [author.feed.id])).values()
    assert listing.thresholds is not None
    assert (listing.thresholds.drawdown_max_pct, listing.thresholds.shortfall_errors_max) == (33, 4)
    assert listing.thresholds.volatility_max_pct is not None, "the rest follows from the card"
    for gate in ("Trials are registered", "Disclosures are complete", "Somebody answers for it"):
        assert f"{gate} : holds" in said
    assert f'href="/cards/{kept.sha}"' in drafted.text
    assert "Goes To Market" in text_of((await creator.get(HERE)).text)


async def test_two_cards_are_compared_over_the_days_both_have(
    house: House, reader: Reader, browser: Browser
) -> None:
    creator = await reader.sign_in("creator")
    author = await author_in(house, creator.person_id)
    one = await keep(house, author, name="The One")
    other = await keep(house, author, name="The Other", costs={"fee_taker_bps": 30})
    path = f"{COMPARE}?one={one.sha}&other={other.sha}"
    page = await creator.get(path)
    said = text_of(page.text)
    days = len(one.body["figures"]["walk_forward"]["daily_returns"]) - 1
    assert f"{days} days both were tested on" in said
    assert '<svg class="pair-figure"' in page.text
    for kept in (one, other):
        sharpe = kept.body["figures"]["walk_forward"]["net"]["sharpe"]
        assert f"{sharpe:.2f}".replace("-", "−") in said
    assert without_legend(page.text) == []
    assert "Choose two" in text_of((await creator.get(COMPARE)).text)
    assert (await creator.get(f"{COMPARE}?one={one.sha}&other={'0' * 64}")).status_code == 404
    third = await keep(house, author, name="The Third", costs={"fee_taker_bps": 20})
    ticked = "&".join(f"card={kept.sha}" for kept in (one, other, third))
    several = await creator.get(f"{COMPARE}?{ticked}")
    assert f"{days} days all were tested on" in text_of(several.text)
    assert several.text.count("<polyline") == 3
    assert without_legend(several.text) == []
    await look_at(browser, house, path, "lab-compare", cookies=creator.cookies)
    await look_at(
        browser, house, f"{COMPARE}?{ticked}", "lab-compare-three", cookies=creator.cookies
    )
    await look_at(browser, house, HERE, "lab", cookies=creator.cookies)
    async with page_of(browser, cookies=creator.cookies) as page:
        await page.goto(house.url + HERE, wait_until="load")
        await page.locator("details.act summary").first.click()
        for width in (1280, 360):
            await page.set_viewport_size({"width": width, "height": 900})
            await check_page(page, f"lab-publish-{width}")


async def test_an_empty_lab_is_drawn_well(house: House, reader: Reader, browser: Browser) -> None:
    creator = await reader.sign_in("creator")
    await look_at(browser, house, HERE, "lab-empty", cookies=creator.cookies)


async def test_a_listing_shows_its_card_beside_the_record(
    house: House, reader: Reader, browser: Browser
) -> None:
    creator = await reader.sign_in("creator")
    author = await author_in(house, creator.person_id)
    kept = await keep(house, author, name="Shown To Buyers")
    await adopt(house, author, kept)
    actor = actor_of(creator, "creator")
    async with house.arena.db.transaction() as tx:
        made = await listings.publish_card(
            tx, kept.sha, author.feed.id, actor=actor,
            tiers=[listings.Tier("pro", Money(9_900))],
        )  # fmt: skip
        for status in (listings.Status.SUBMITTED, listings.Status.LISTED):
            await listings.move(tx, made.id, status, actor=actor)
    page = await creator.get(f"/listings/{made.id}")
    said = text_of(page.text)
    assert "Back-test beside forward record" in said
    assert "self-reported" in said
    assert f'href="/cards/{kept.sha}"' in page.text
    assert "none is shown here" not in page.text
    assert without_legend(page.text) == []
    await look_at(browser, house, f"/listings/{made.id}", "listing-card")


async def test_the_forward_record_stands_beside_the_back_test(house: House, reader: Reader) -> None:
    """On a listing that has figures; whose card it is does not matter here."""
    async with house.arena.db.transaction() as tx:
        row = await tx.one(
            "select s.listing_id, s.metrics, l.feed_id from listing_score s join listing l on l.id = s.listing_id"
            " where s.metrics is not null order by s.listing_id desc limit 1"
        )
        feed = await feeds.feed(tx, row["feed_id"])
        kept = await cards.keep_card(tx, feed.collective_id, made_card(name="Beside A Record"))
        await store.link_card(tx, row["listing_id"], kept.sha, by="usr_test")
    said = text_of((await reader.get(f"/listings/{row['listing_id']}")).text)
    assert row["metrics"]["since"][:10] in said
    assert "The feed has another lineage now" in said


async def test_a_demo_listing_has_no_back_test(house: House, reader: Reader) -> None:
    async with house.arena.db.transaction(readonly=True) as tx:
        listing_id = await tx.fetchval(
            """select id from listing where status = 'listed'
               and not exists (select from listing_card c where c.listing_id = listing.id) order by id limit 1"""
        )
    page = await reader.get(f"/listings/{listing_id}")
    assert "Back-test beside forward record" not in page.text
    assert "none is shown here" in page.text


async def test_the_lab_is_for_creators(reader: Reader) -> None:
    answer = await (await reader.sign_in()).get(HERE)
    assert answer.status_code == 403
