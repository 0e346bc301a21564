"""Reviewing submissions: what is shown, the decision and its conflicts, hostile words, changes after approval."""

import asyncio
import html
import importlib

from playwright.async_api import Browser

from tests.pages.looking import check_page, look_at, page_of
from tests.pages.reader import Reader, text_of
from tests.pages.submissions import (  # fmt: skip
    HOSTILE,
    approved,
    hand_in,
    one,
    reworded,
    submitted,
)
from tests.stories.house import House

REASON = "Record and words agree; the risks are said."


async def creator_of(house: House) -> Reader:
    return await Reader(house).sign_in("creator")


async def queue_pages(reader: Reader, path: str | None = "/operator/review") -> list[str]:
    """The queue as it is read, page by page: other tests of the house leave cases in it."""
    pages: list[str] = []
    while path:
        page = (await reader.get(path)).text
        pages.append(page)
        links = [part for part in page.split('href="') if 'rel="next"' in part[:400]]
        path = html.unescape(links[-1].split('"')[0]) if links else None
    return pages


async def test_a_submission_is_shown_with_all_it_takes_to_judge_it(
    house: House, reader: Reader
) -> None:
    made = await submitted(house, await creator_of(house))
    await reader.sign_in("operator")
    assert f'href="{made.path}"' in "".join(await queue_pages(reader))
    page = await reader.get(made.path)
    text = text_of(page.text)
    for words in (
        made.listing.words.summary, made.listing.words.method, made.listing.words.risks, "$29",
        "$499", "First version", "By hand", "Days of forward record", "0 of 2 days", "Hypothetical performance",
        f"sigma verify {made.listing.id}", "All their feeds, closed ones too", "Ada Reader",
    ):  # fmt: skip
        assert words in text, words
    for path in (f"/market/listings/{made.listing.id}/evidence", f"/listings/{made.listing.id}"):
        assert f'href="{path}"' in page.text
    for sha in made.author.feed.lineage.as_dict().values():
        assert f'href="/documents/{sha}"' in page.text


async def test_the_checks_are_run_again_when_asked(house: House, reader: Reader) -> None:
    made = await submitted(house, await creator_of(house))
    await reader.sign_in("operator")
    page = text_of((await reader.get(made.path, params={"gates": "again"})).text)
    assert "As they stood when it was handed in" in page
    assert page.count("The record, computed again") == 2


async def test_checks_that_are_busy_are_asked_for_again_later(house: House, reader: Reader) -> None:
    made = await submitted(house, await creator_of(house))
    await reader.sign_in("operator")
    checking = importlib.import_module("arena.marketplace.listings.gates")._checking
    async with checking, checking:
        answer = await reader.get(made.path, params={"gates": "again"})
    assert answer.status_code == 503
    assert "Ask again in some seconds" in answer.text
    assert "Approve: put it on offer" in answer.text


async def test_an_approval_puts_it_on_offer_and_leads_to_the_next(
    house: House, reader: Reader
) -> None:
    creator = await creator_of(house)
    first, second = await submitted(house, creator), await submitted(house, creator)
    await reader.sign_in("operator")
    page = await reader.get(first.path)
    answer = await reader.send(
        first.path, {"decision": "approve", "reason": f"  {REASON}\r\n"}, page=page
    )
    assert answer.url.path.startswith("/operator/review/mod_")
    assert f"{first.listing.words.title} is on offer from now" in text_of(answer.text)
    assert await status(house, first.listing.id) == "listed"
    assert await status(house, second.listing.id) == "submitted"
    decided = text_of((await reader.get(first.path)).text)
    assert f"Approved {REASON} Ada Reader" in decided
    assert "Reject: send it back" not in decided
    line = await one(
        house, "select request_id from audit_event where object = $1 and action = 'moderation.approved'"
        " and reason = $2", first.case.id, REASON,
    )  # fmt: skip
    assert line.startswith("req_")


async def test_a_rejection_gives_it_back_with_the_reason(house: House, reader: Reader) -> None:
    made = await submitted(house, await creator_of(house))
    await reader.sign_in("operator")
    page = await reader.get(made.path)
    answer = await reader.send(
        made.path, {"decision": "reject", "reason": "The risks are not said."}, page=page
    )
    assert "went back to its creator, with your reason" in text_of(answer.text)
    assert await status(house, made.listing.id) == "draft"
    rejected = await queue_pages(reader, "/operator/review?state=rejected")
    assert "The risks are not said." in text_of("".join(rejected))


async def test_a_decision_sent_twice_acts_once(house: House, reader: Reader) -> None:
    made = await submitted(house, await creator_of(house))
    await reader.sign_in("operator")
    page = await reader.get(made.path)
    fields = {"decision": "approve", "reason": REASON}
    answers = await asyncio.gather(*(reader.send(made.path, fields, page=page) for _ in range(2)))
    assert {answer.status_code for answer in answers} <= {200, 409}
    again = await reader.send(made.path, fields, page=page)
    assert again.status_code == 200
    assert await one(
        house, "select count(*) from audit_event where object = $1 and action like 'moderation.%'",
        made.case.id,
    ) == 1  # fmt: skip


async def test_a_decision_needs_its_reason(house: House, reader: Reader) -> None:
    made = await submitted(house, await creator_of(house))
    await reader.sign_in("operator")
    page = await reader.get(made.path)
    for reason, word in (
        ("", "Fill this in"), (" no ", "At least 3 characters"), ("x" * 1001, "At most 1000 characters"),
    ):  # fmt: skip
        answer = await reader.send(made.path, {"decision": "approve", "reason": reason}, page=page)
        assert answer.status_code == 422
        assert word in answer.text
        assert "Nothing was decided yet" in answer.text
    assert await status(house, made.listing.id) == "submitted"
    long = "line\r\n" * 180  # 900 characters as the browser counts them
    answer = await reader.send(made.path, {"decision": "reject", "reason": long}, page=page)
    assert answer.status_code == 200


async def test_the_second_of_two_operators_is_shown_what_the_first_decided(
    house: House, reader: Reader
) -> None:
    made = await submitted(house, await creator_of(house))
    await reader.sign_in("operator")
    async with Reader(house) as other:
        await other.sign_in("operator")
        theirs, ours = await other.get(made.path), await reader.get(made.path)
        await other.send(
            made.path, {"decision": "reject", "reason": "Risks are missing."}, page=theirs
        )
    answer = await reader.send(
        made.path, {"decision": "approve", "reason": "I find it very good."}, page=ours
    )
    assert answer.status_code == 409
    text = text_of(answer.text)
    assert "Another operator was faster" in text
    assert "Risks are missing." in text
    assert "I find it very good." in text
    assert await status(house, made.listing.id) == "draft"


async def test_nobody_approves_what_is_their_own(house: House, reader: Reader) -> None:
    await reader.sign_in("creator", "operator")
    made = await submitted(house, reader)
    page = await reader.get(made.path)
    assert "This listing is your own" in page.text
    assert "Approve: put it on offer" not in page.text
    answer = await reader.send(made.path, {"decision": "approve", "reason": REASON}, page=page)
    assert answer.status_code == 403
    assert "Nobody reviews what is their own" in answer.text
    assert await status(house, made.listing.id) == "submitted"
    refused = await reader.client.post(
        f"/moderation/{made.case.id}/approve", json={"reason": REASON},
        headers={"Idempotency-Key": "own-case-1", "Accept": "application/json"},
    )  # fmt: skip
    assert (refused.status_code, refused.json()["code"]) == (403, "own_case")
    back = await reader.send(made.path, {"decision": "reject", "reason": "Not yet."}, page=page)
    assert back.status_code == 200
    assert await status(house, made.listing.id) == "draft"


async def test_one_is_not_led_to_ones_own_next(house: House, reader: Reader) -> None:
    await reader.sign_in("creator", "operator")
    own = await submitted(house, reader)
    other = await submitted(house, await creator_of(house))
    page = await reader.get(other.path)
    answer = await reader.send(other.path, {"decision": "reject", "reason": "Not yet."}, page=page)
    assert answer.url.path != own.path


async def test_hostile_words_are_shown_and_not_run(house: House, reader: Reader) -> None:
    made = await submitted(
        house, await creator_of(house), title=f"Evil {HOSTILE}", summary=HOSTILE, method=HOSTILE,
        risks=HOSTILE, intended_use=HOSTILE,
    )  # fmt: skip
    await reader.sign_in("operator")
    pages = {"/operator/review": "".join(await queue_pages(reader))}
    for path in (made.path, f"/operator/listings/{made.listing.id}"):
        pages[path] = (await reader.get(path)).text
    for path, page in pages.items():
        assert HOSTILE not in page, path
        assert html.escape(HOSTILE, quote=False).split("&quot;")[0][:12] in page, path
    answer = await reader.send(
        made.path, {"decision": "reject", "reason": HOSTILE}, page=await reader.get(made.path)
    )
    assert HOSTILE not in answer.text
    rejected = await queue_pages(reader, "/operator/review?state=rejected")
    assert HOSTILE not in "".join(rejected)
    for path in (made.path, "/operator/audit"):
        assert HOSTILE not in (await reader.get(path)).text, path


async def test_what_is_handed_in_again_is_compared_with_what_was_rejected(
    house: House, reader: Reader
) -> None:
    creator = await creator_of(house)
    made = await submitted(house, creator)
    await reader.sign_in("operator")
    await reader.send(
        made.path, {"decision": "reject", "reason": "Say when it loses."},
        page=await reader.get(made.path),
    )  # fmt: skip
    await reworded(house, made, risks="Loses in sideways markets, as in May.")
    again = await hand_in(house, creator, made.listing.id, made.author)
    page = await reader.get(again.path)
    text = text_of(page.text)
    assert "Against version 1, which was handed in last and rejected" in text
    assert "Say when it loses." in text
    assert "<ins>" in page.text
    assert "as in May." in text


async def test_words_changed_after_approval_wait_to_be_looked_at(
    house: House, reader: Reader
) -> None:
    made = await approved(house, await creator_of(house))
    await reworded(house, made, "Prices stay", method="Long while the moon is full, flat else.")
    await reader.sign_in("operator")
    page = await reader.get("/operator/review/changes")
    assert made.listing.words.title in page.text
    assert "full, flat else." in text_of(page.text)
    assert f"/operator/listings/{made.listing.id}" in page.text
    path = f"/operator/review/changes/{made.listing.id}"
    answer = await reader.send(path, {}, page=page)
    assert "these words were looked at" in answer.text
    assert made.listing.words.title not in answer.text
    again = await reader.send(path, {"version": "2"})
    assert again.status_code == 200
    assert await one(
        house, "select count(*) from audit_event where object = $1 and action = 'moderation.seen'"
        " and detail = '{\"version\": 2}'", made.listing.id,
    ) == 1  # fmt: skip
    assert (await reader.send(path, {"version": "3"})).status_code == 409
    await reworded(house, made, risks="There are none, honestly.")
    page = await reader.get("/operator/review/changes")
    assert "version 2 to 3" in text_of(page.text)


async def test_changes_of_ones_own_are_for_others_to_look_at(house: House, reader: Reader) -> None:
    await reader.sign_in("creator", "operator")
    made = await approved(house, reader)
    await reworded(house, made, risks="There are none, honestly.")
    page = await reader.get("/operator/review/changes")
    assert "another operator has to look at it" in page.text
    answer = await reader.send(f"/operator/review/changes/{made.listing.id}", {"version": "2"})
    assert answer.status_code == 403


async def test_the_queue_is_read_page_by_page(house: House, reader: Reader) -> None:
    await reader.sign_in("operator")
    creator = await creator_of(house)
    made = [await submitted(house, creator) for _ in range(26)]
    pages = await queue_pages(reader)
    assert len(pages) >= 2
    seen = [each.path for page in pages for each in made if f'href="{each.path}"' in page]
    assert len(seen) == len(set(seen)) == 26


async def test_a_cursor_that_is_none_of_ours_is_refused(reader: Reader) -> None:
    await reader.sign_in("operator")
    for path in ("/operator/review", "/operator/audit", "/operator/dead-letters"):
        assert (await reader.get(path, params={"after": "WyJ4Il0"})).status_code == 400, path


async def test_a_conflict_and_ones_own_are_drawn_well(
    house: House, reader: Reader, browser: Browser
) -> None:
    made = await submitted(house, await creator_of(house))
    await reader.sign_in("creator", "operator")
    own = await submitted(house, reader)
    await look_at(browser, house, own.path, "operator-case-own", cookies=reader.cookies)
    async with page_of(browser, cookies=reader.cookies) as page, Reader(house) as other:
        await other.sign_in("operator")
        await page.goto(house.url + made.path)
        await page.get_by_role("button", name="Approve").click()
        await page.get_by_label("Reason").fill("I find it very good.")
        theirs = await other.get(made.path)
        await other.send(
            made.path, {"decision": "reject", "reason": "Risks are missing."}, page=theirs
        )
        await page.get_by_role("button", name="Approve").click()
        await page.get_by_text("Another operator was faster").wait_for()
        await check_page(page, "operator-case-conflict")


async def test_the_pages_of_reviewing_are_drawn_well(
    house: House, reader: Reader, browser: Browser
) -> None:
    creator = await creator_of(house)
    made = await submitted(house, creator)
    changed = await approved(house, creator)
    await reworded(
        house, changed, "Says what happened in May", risks="Loses in sideways markets, as in May."
    )
    await reader.sign_in("operator")
    cookies = reader.cookies
    await look_at(browser, house, "/operator/review", "operator-review", cookies=cookies)
    await look_at(browser, house, made.path, "operator-case", cookies=cookies)
    await look_at(browser, house, "/operator/review/changes", "operator-changes", cookies=cookies)
    page = await reader.get(made.path)
    await reader.send(
        made.path,
        {"decision": "reject", "reason": "Say when it loses, and by how much."},
        page=page,
    )
    await look_at(browser, house, made.path, "operator-case-decided", cookies=cookies)
    await look_at(
        browser, house, "/operator/review?state=rejected", "operator-rejected", cookies=cookies
    )


async def status(house: House, listing_id: str) -> str:
    found: str = await one(house, "select status from listing where id = $1", listing_id)
    return found
