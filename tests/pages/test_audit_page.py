"""The audit trail as a page: filters, pages, links, hostile words, and the files it gives away."""

import csv
import html
import io
import json
import re

import pytest
from playwright.async_api import Browser

from arena.evidence import audit
from arena.kit import ids
from tests.pages.looking import look_at, page_of
from tests.pages.reader import Reader, text_of
from tests.pages.submissions import HOSTILE, approved
from tests.stories.house import House


async def acted(house: House, actor: str, count: int = 1, **what: object) -> None:
    """Lines of the trail that are this test's own."""
    line = {"action": "tests.act", "object": "obj_1", **what}
    async with house.arena.db.transaction() as tx:
        for _ in range(count):
            await audit.record(tx, actor=actor, actor_kind="collective", **line)  # type: ignore[arg-type]  # of a test


async def test_the_trail_is_searched_by_object_actor_and_action(
    house: House, reader: Reader
) -> None:
    await reader.sign_in("operator")
    actor = ids.fresh("col")
    await acted(house, actor, action="tests.first", object="obj_a")
    await acted(house, actor, action="tests.second", object="obj_b")
    await acted(house, actor, action="other.third", object="obj_b")
    for query, expected in (
        ({"actor": actor}, ["other.third", "tests.second", "tests.first"]),
        ({"actor": actor, "action": "tests.*"}, ["tests.second", "tests.first"]),
        ({"actor": actor, "object": "obj_b"}, ["other.third", "tests.second"]),
        ({"actor": actor, "object": "obj_b", "action": "tests.second"}, ["tests.second"]),
    ):
        page = await reader.get("/operator/audit", params=query)
        assert re.findall(r'class="action" [^>]*>([^<]*)<', page.text) == expected, query
    empty = await reader.get("/operator/audit", params={"actor": ids.fresh("col")})
    assert "No line fits" in empty.text


async def test_a_line_says_who_did_what_when_and_why(house: House, reader: Reader) -> None:
    async with Reader(house) as creator:
        await creator.sign_in("creator")
        made = await approved(house, creator)
    await reader.sign_in("operator")
    page = await reader.get("/operator/audit", params={"object": made.listing.id})
    text = text_of(page.text)
    assert "listings.listed" in text
    assert "Record and words agree." in text
    assert "from submitted" in text
    assert "version 1" in text
    assert f'href="/operator/listings/{made.listing.id}"' in page.text
    assert f'href="/operator/audit?actor={made.creator.id}"' in page.text
    assert "Ada Reader" in text


async def test_the_trail_is_read_page_by_page(house: House, reader: Reader) -> None:
    await reader.sign_in("operator")
    actor = ids.fresh("col")
    for number in range(30):
        await acted(house, actor, object=f"obj_{number:02}")
    seen: list[str] = []
    path: str | None = f"/operator/audit?actor={actor}"
    while path:
        page = (await reader.get(path)).text
        seen += [part[:6] for part in page.split("audit?object=")[1:]]
        links = [part for part in page.split('href="') if 'rel="next"' in part[:600]]
        path = html.unescape(links[-1].split('"')[0]) if links else None
    assert seen == [f"obj_{number:02}" for number in reversed(range(30))]


@pytest.mark.parametrize("field", ["object", "actor", "action"])
async def test_filters_that_cannot_be_read_are_named(reader: Reader, field: str) -> None:
    await reader.sign_in("operator")
    answer = await reader.get("/operator/audit", params={field: "two words"})
    assert answer.status_code == 422
    assert "No spaces" in answer.text
    assert f'id="{field}-error"' in answer.text
    assert "two words" in answer.text
    file = await reader.get("/operator/audit.csv", params={field: "two words"})
    assert file.status_code == 422


async def test_what_was_found_is_given_as_json_lines(house: House, reader: Reader) -> None:
    await reader.sign_in("operator")
    actor = ids.fresh("col")
    await acted(house, actor, count=3, detail={"zeile": "größer\nals eine"}, reason=HOSTILE)
    answer = await reader.get("/operator/audit.jsonl", params={"actor": actor})
    assert answer.headers["content-type"].startswith("application/jsonl")
    assert "audit.jsonl" in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "no-store"
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert len(lines) == 3
    assert lines[0]["id"] > lines[1]["id"]
    assert lines[0]["detail"] == {"zeile": "größer\nals eine"}
    assert lines[0]["reason"] == HOSTILE
    assert lines[0]["at"].endswith("Z")


async def test_what_was_found_is_given_as_a_table_that_runs_nothing(
    house: House, reader: Reader
) -> None:
    await reader.sign_in("operator")
    actor = ids.fresh("col")
    await acted(house, actor, reason='=HYPERLINK("http://evil.example","x")')
    answer = await reader.get("/operator/audit.csv", params={"actor": actor})
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 1
    assert rows[0]["reason"].startswith("'=HYPERLINK")
    assert rows[0]["actor"] == actor


async def test_a_file_holds_at_most_ten_thousand_lines(house: House, reader: Reader) -> None:
    await reader.sign_in("operator")
    actor = ids.fresh("col")
    async with house.arena.db.transaction() as tx:
        await tx.execute(
            """insert into audit_event (at, actor, actor_kind, action, object)
               select now(), $1, 'collective', 'tests.act', 'obj_' || n from generate_series(1, 10200) n""",
            actor,
        )
    answer = await reader.get("/operator/audit.jsonl", params={"actor": actor})
    lines = answer.text.splitlines()
    assert len(lines) == 10_000
    assert json.loads(lines[0])["object"] == "obj_10200"
    assert json.loads(lines[-1])["object"] == "obj_201"


async def test_hostile_lines_are_shown_and_not_run(house: House, reader: Reader) -> None:
    await reader.sign_in("operator")
    actor = ids.fresh("col")
    await acted(
        house, actor, object=HOSTILE, reason=HOSTILE, detail={HOSTILE: HOSTILE, "list": [1, {"a": HOSTILE}]}
    )  # fmt: skip
    page = await reader.get("/operator/audit", params={"actor": actor})
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text
    assert "alert" in page.text


async def test_the_trail_is_drawn_well(house: House, reader: Reader, browser: Browser) -> None:
    async with Reader(house) as creator:
        await creator.sign_in("creator")
        made = await approved(house, creator)
    await reader.sign_in("operator")
    await look_at(browser, house, "/operator/audit", "operator-audit", cookies=reader.cookies)
    await look_at(
        browser, house, f"/operator/audit?object={made.listing.id}", "operator-audit-filtered",
        cookies=reader.cookies,
    )  # fmt: skip
    await look_at(
        browser, house, "/operator/audit?action=nothing.*", "operator-audit-empty",
        cookies=reader.cookies,
    )  # fmt: skip
    await look_at(
        browser, house, "/operator/audit?action=No+Way", "operator-audit-refused",
        cookies=reader.cookies,
    )  # fmt: skip


async def test_the_trail_is_searched_with_the_keyboard_alone(
    house: House, reader: Reader, browser: Browser
) -> None:
    await reader.sign_in("operator")
    async with page_of(browser, cookies=reader.cookies, scripts=False) as page:
        await page.goto(f"{house.url}/operator/audit")
        await page.locator("#action").focus()
        await page.keyboard.type("people.*")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**action=people.*")
        actions = await page.locator(".trail .action").all_inner_texts()
        assert actions
        assert all(action.startswith("people.") for action in actions)
