"""The form of a listing: what is typed arrives to the cent, nothing typed is lost, and only owners get in."""

import html
import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.async_api import Browser, Page, expect

from arena.marketplace import listings
from arena.marketplace.listings.views import ListingDraft, Price
from arena.web.pages.studio.prices import CENTS_MAX, CENTS_MIN, SEATS_MAX, cents, dollars, seats
from arena.web.pages.studio.wording import ChangeForm
from tests.pages.looking import LOOKS, check_page, look_at, page_of
from tests.pages.reader import Reader, text_of
from tests.pages.submissions import HOSTILE, actor_of, author_in, drafted, one, submitted
from tests.stories.house import House

TYPED = {
    "title": "Northwind Crossing", "summary": "Follows the trend of Bitcoin.",
    "intended_use": "A part of a spot account.", "method": "Two moving averages.",
    "risks": "Loses in sideways markets.", "basic": "true", "basic_price": "29",
    "pro": "true", "pro_price": "$1,234.50", "pro_seats": "12", "enterprise_price": "nonsense",
}  # fmt: skip


@given(minor=st.integers(CENTS_MIN, CENTS_MAX))
def test_an_amount_written_in_dollars_is_read_back_to_the_cent(minor: int) -> None:
    whole = f"{minor // 100:,}.{minor % 100:02d}"
    for text in (dollars(minor), whole, f"$ {whole}", f"  ${dollars(minor)} "):
        assert cents(text) == minor == int(Decimal(dollars(minor)) * 100)


@given(text=st.text(max_size=20))
def test_what_is_read_as_a_price_is_written_the_same_way_again(text: str) -> None:
    try:
        minor = cents(text)
    except ValueError:
        return
    assert cents(dollars(minor)) == minor
    assert CENTS_MIN <= minor <= CENTS_MAX


@pytest.mark.parametrize(
    "text",
    [
        "", "free", "29.999", "1e3", "NaN", "Infinity", "-29", "+29", "0x1d", "29,50", "1,23", "12,34.5",
        "1_000", "٢٩", "２９", "29.", ".50", "29 000", "$$29", "0.99", "100000.01", "9" * 30, "29\n30",
    ],
)  # fmt: skip
def test_nonsense_is_no_price(text: str) -> None:
    with pytest.raises(ValueError, match=r"Dollars and cents|From \$1"):
        cents(text)


@pytest.mark.parametrize("text", ["-1", "1.5", "many", "1000001", "٣", "9" * 30])
def test_nonsense_is_no_number_of_seats(text: str) -> None:
    with pytest.raises(ValueError, match="whole number"):
        seats(text)


def test_the_form_has_the_bounds_of_the_api() -> None:
    for name in ("title", "summary", "intended_use", "method", "risks", "note"):
        assert bounds(ChangeForm, name) == bounds(ListingDraft, name), name
    assert bounds(Price, "amount") == {"ge": CENTS_MIN, "le": CENTS_MAX}
    assert bounds(Price, "seats") == {"ge": 0, "le": SEATS_MAX}
    assert bounds(ChangeForm, "expected_version") == bounds(ListingDraft, "expected_version")


async def test_a_draft_says_what_was_typed_to_the_cent(house: House, reader: Reader) -> None:
    await reader.sign_in("creator")
    author = await author_in(house, reader.person_id)
    path = f"/studio/feeds/{author.feed.id}/list"
    page = await reader.get(path)
    made = await reader.send(path, TYPED | {"method": "One line.\r\nAnother line."}, page=page)
    assert made.status_code == 200, text_of(made.text)
    assert "Only you and the operators see it" in text_of(made.text)
    found = await listing_of(house, author.feed.id)
    assert found is not None
    assert str(made.url).endswith(f"/studio/{found.id}")
    assert [(t.tier, t.amount.minor, t.seats) for t in found.tiers] == [
        ("basic", 2_900, None), ("pro", 123_450, 12),
    ]  # fmt: skip
    assert found.words.method == "One line.\nAnother line."
    assert found.creator_id == reader.person_id
    line = await one(
        house, "select request_id from audit_event where object = $1 and action = 'listings.draft'", found.id,
    )  # fmt: skip
    assert line is not None
    again = await reader.get(path)
    assert str(again.url).endswith(f"/studio/{found.id}"), "a feed has one listing"


async def test_a_form_sent_twice_drafts_once_and_answers_the_same(
    house: House, reader: Reader
) -> None:
    await reader.sign_in("creator")
    author = await author_in(house, reader.person_id)
    path = f"/studio/feeds/{author.feed.id}/list"
    page = await reader.get(path)
    answers = [await reader.send(path, TYPED, page=page) for _ in range(2)]
    assert {str(answer.url) for answer in answers} == {str(answers[0].url)}
    found = await listing_of(house, author.feed.id)
    assert found is not None
    assert found.version == 1


async def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(
    house: House, reader: Reader
) -> None:
    await reader.sign_in("creator")
    author = await author_in(house, reader.person_id)
    path = f"/studio/feeds/{author.feed.id}/list"
    wrong = TYPED | {"title": "x", "pro_price": "29,50", "basic_seats": "many", "summary": HOSTILE}
    answer = await reader.send(path, wrong)
    assert answer.status_code == 422
    assert HOSTILE not in answer.text
    assert answer.text.count('aria-invalid="true"') == 3
    for kept in ("29,50", "many", "Loses in sideways markets."):
        assert kept in answer.text
    assert 'id="enterprise" name="enterprise" type="checkbox" value="true" aria' in answer.text
    none = await reader.send(path, {k: v for k, v in TYPED.items() if k not in ("basic", "pro")})
    assert (none.status_code, "Sell at least one tier" in none.text) == (422, True)
    assert await listing_of(house, author.feed.id) is None


async def test_a_preview_keeps_nothing_and_shows_the_card(house: House, reader: Reader) -> None:
    await reader.sign_in("creator")
    author = await author_in(house, reader.person_id)
    path = f"/studio/feeds/{author.feed.id}/list"
    answer = await reader.send(path, TYPED | {"do": "preview", "title": f"<b>{author.feed.id}"})
    assert answer.status_code == 200
    assert f"&lt;b&gt;{author.feed.id}" in answer.text
    assert "$1,234.50" in text_of(answer.text)
    assert await listing_of(house, author.feed.id) is None
    part = await reader.get(
        "/studio/draft/card", params={"title": HOSTILE, "basic": "true", "basic_price": "31"}
    )
    assert "<html" not in part.text
    assert HOSTILE not in part.text
    assert "$31" in part.text


async def test_a_change_is_a_new_version_and_subscribers_are_told_they_keep_their_price(
    house: House, reader: Reader
) -> None:
    await reader.sign_in("creator")
    made, _ = await drafted(house, reader)
    path = f"/studio/{made.id}/edit"
    page = await reader.get(path)
    assert "keeps the price of that day" in text_of(page.text)
    answer = await reader.send(
        path, fields_of(page) | {"risks": "May lose it all.", "note": "Plainer"}, page=page
    )
    assert answer.status_code == 200
    assert "Version 2 is written" in text_of(answer.text)
    assert "<ins>May lose it all.</ins>" in answer.text
    found = await listing_of(house, made.feed_id)
    assert found is not None
    assert (found.version, found.words.risks) == (2, "May lose it all.")
    assert found.tiers == made.tiers, "prices went through the form unchanged"


async def test_nothing_changed_is_said_kindly_and_makes_no_version(
    house: House, reader: Reader
) -> None:
    await reader.sign_in("creator")
    made, _ = await drafted(house, reader)
    path = f"/studio/{made.id}/edit"
    page = await reader.get(path)
    answer = await reader.send(path, fields_of(page) | {"note": "Nothing"}, page=page)
    assert answer.status_code == 422
    assert "so no new version was made" in text_of(answer.text)
    assert await one(house, "select version from listing where id = $1", made.id) == 1


async def test_two_who_write_at_once_see_both_versions_and_the_second_decides(
    house: House, reader: Reader
) -> None:
    await reader.sign_in("creator")
    made, _ = await drafted(house, reader)
    path = f"/studio/{made.id}/edit"
    page = await reader.get(path)
    await change(house, reader, made, risks="The other window was faster.")
    mine = fields_of(page) | {"risks": "What I typed meanwhile.", "note": "Mine"}
    refused = await reader.send(path, mine, page=page)
    assert refused.status_code == 409
    said = text_of(refused.text)
    assert "Nothing of yours is lost" in said
    assert "The other window was faster." in said
    assert "<ins>What I typed meanwhile.</ins>" in refused.text
    assert ">What I typed meanwhile.</textarea>" in refused.text
    # A mistake in between does not quietly agree to what was never seen.
    again = await reader.send(path, mine | {"note": ""}, page=page)
    assert 'name="expected_version" value="1"' in again.text
    answer = await reader.send(path, mine, page=refused)
    assert answer.status_code == 200, text_of(answer.text)
    found = await listing_of(house, made.feed_id)
    assert found is not None
    assert (found.version, found.words.risks) == (3, "What I typed meanwhile.")


async def test_what_is_under_review_stands_still(house: House, reader: Reader) -> None:
    await reader.sign_in("creator")
    made = await submitted(house, reader)
    path = f"/studio/{made.listing.id}/edit"
    page = await reader.get(path)
    assert page.status_code == 200
    assert "<textarea" not in page.text
    assert "being reviewed" in text_of(page.text)
    sent = TYPED | {"note": "Late", "expected_version": "1"}
    answer = await reader.send(path, sent)
    assert (answer.status_code, "cannot be changed" in text_of(answer.text)) == (409, True)


async def test_feeds_and_drafts_of_others_are_nobody_elses_business(
    house: House, reader: Reader
) -> None:
    async with Reader(house) as owner:
        await owner.sign_in("creator")
        made, _ = await drafted(house, owner)
        other = await author_in(house, owner.person_id)
    await reader.sign_in("creator")
    sent = TYPED | {"note": "Mine now", "expected_version": "1"}
    assert (await reader.get(f"/studio/{made.id}/edit")).status_code == 404
    assert (await reader.send(f"/studio/{made.id}/edit", sent)).status_code == 404
    assert (await reader.get(f"/studio/feeds/{other.feed.id}/list")).status_code == 403
    assert (await reader.send(f"/studio/feeds/{other.feed.id}/list", TYPED)).status_code == 403
    assert (await reader.get("/studio/feeds/fd_" + "0" * 26 + "/list")).status_code == 404
    assert await listing_of(house, other.feed.id) is None
    assert await one(house, "select version from listing where id = $1", made.id) == 1


async def test_the_form_is_drawn_well_empty_wrong_and_in_conflict(
    house: House, reader: Reader, browser: Browser
) -> None:
    await reader.sign_in("creator")
    author = await author_in(house, reader.person_id)
    made, _ = await drafted(house, reader)
    kept: list[Any] = reader.cookies
    await look_at(browser, house, f"/studio/feeds/{author.feed.id}/list", "draft-new", cookies=kept)
    await look_at(browser, house, f"/studio/{made.id}/edit", "draft-edit", cookies=kept)
    for look in LOOKS:
        async with page_of(browser, look=look, cookies=kept) as page:
            await page.goto(f"{house.url}/studio/feeds/{author.feed.id}/list")
            await page.fill("#title", "Northwind")
            await page.fill("#pro_price", "ten")
            await page.evaluate("document.querySelector('#draft').noValidate = true")
            await page.click("text=Save the draft")
            await expect(page.locator("[aria-invalid=true]").first).to_be_visible()
            await check_page(page, f"draft-wrong-{look}")
            await page.goto(f"{house.url}/studio/{made.id}/edit")
            await page.fill("#risks", "What I typed in this window.")
            await page.fill("#note", "Mine")
            await change(house, reader, made, risks=f"The other window was faster, {look}.")
            await page.click("text=Save version")
            await expect(page.locator("#meanwhile")).to_be_visible()
            await check_page(page, f"draft-conflict-{look}")


async def test_the_card_follows_what_is_typed_and_counters_count(
    house: House, reader: Reader, browser: Browser
) -> None:
    await reader.sign_in("creator")
    author = await author_in(house, reader.person_id)
    async with page_of(browser, cookies=reader.cookies) as page:
        await page.goto(f"{house.url}/studio/feeds/{author.feed.id}/list")
        await page.fill("#title", "Typed by hand")
        await page.fill("#pro_price", "123.45")
        await page.uncheck("#enterprise")
        await expect(page.locator("#preview .name")).to_have_text("Typed by hand")
        await expect(page.locator("#preview")).to_contain_text("$123.45")
        await expect(page.locator("#preview")).not_to_contain_text("Enterprise")
        await expect(page.locator("length-count[for=title]")).to_have_text("13 / 120")
        await page.fill("#summary", "Short")
        await expect(page.locator("length-count[for=summary]")).to_have_class("is-short")


async def test_a_draft_is_written_without_scripts_and_by_keyboard(
    house: House, reader: Reader, browser: Browser
) -> None:
    await reader.sign_in("creator")
    author = await author_in(house, reader.person_id)
    async with page_of(browser, cookies=reader.cookies, scripts=False) as page:
        await page.goto(f"{house.url}/studio/feeds/{author.feed.id}/list")
        await page.focus("#title")
        await _type_through(page, ("title", "summary", "intended_use", "method", "risks"))
        await page.click("text=Preview")
        await expect(page.locator("#preview .name")).to_have_text(TYPED["title"])
        await page.click("text=Save the draft")
        await expect(page.locator("h1")).to_have_text(TYPED["title"])
    assert await listing_of(house, author.feed.id) is not None


async def _type_through(page: Page, names: tuple[str, ...]) -> None:
    for name in names:
        assert await page.evaluate("document.activeElement.id") == name
        await page.keyboard.type(TYPED[name])
        await page.keyboard.press("Tab")


def bounds(model: Any, name: str) -> dict[str, int]:
    found = {}
    for rule in model.model_fields[name].metadata:
        for bound in ("ge", "le", "min_length", "max_length"):
            if getattr(rule, bound, None) is not None:
                found[bound] = getattr(rule, bound)
    return found


def fields_of(page: httpx.Response) -> dict[str, str]:
    """What the form on the page would send as it stands."""
    fields = {
        name: html.unescape(text)
        for name, text in re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>(.*?)</textarea>', page.text, re.DOTALL)
    }  # fmt: skip
    for tag in re.findall(r"<input[^>]*>", page.text):
        kind = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if kind.get("type") == "text" or (kind.get("type") == "checkbox" and " checked" in tag):
            fields[kind["name"]] = html.unescape(kind.get("value", ""))
    return fields


async def listing_of(house: House, feed_id: str) -> listings.Listing | None:
    async with house.arena.db.transaction(readonly=True) as tx:
        return await listings.listing_of_feed(tx, feed_id)


async def change(house: House, reader: Reader, made: listings.Listing, **words: str) -> None:
    async with house.arena.db.transaction() as tx:
        await listings.update(
            tx, made.id, words=replace(made.words, **words), tiers=made.tiers, note="Meanwhile",
            actor=actor_of(reader, "creator"),
        )  # fmt: skip
