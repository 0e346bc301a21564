"""The operator's desk: for operators alone, tells what waits and how the money stands, keeps up, drives the tape."""

from datetime import timedelta

import pytest
from playwright.async_api import Browser

from arena.kit.money import Money
from arena.web.page.render import render
from arena.web.pages.operator import overview
from arena.web.views.desk import tills
from tests.pages.looking import look_at, page_of
from tests.pages.reader import Reader, text_of
from tests.pages.submissions import one, submitted
from tests.stories.house import House

PAGES = (
    "/operator",
    "/operator/review",
    "/operator/review?state=approved",
    "/operator/review?state=rejected",
    "/operator/review/changes",
    "/operator/audit",
    "/operator/audit.csv",
    "/operator/audit.jsonl",
    "/operator/dead-letters",
    "/operator/health",
    "/live/operator",
)


@pytest.mark.parametrize("path", PAGES)
async def test_the_pages_of_operators_are_for_operators(
    house: House, reader: Reader, path: str
) -> None:
    """Whoever is not signed in is sent to sign in; others are told that it is not theirs."""
    answer = await reader.client.get(path, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?next=%2F")
    for roles in ((), ("creator",)):
        async with Reader(house) as other:
            await other.sign_in(*roles)
            refused = await other.get(path)
            assert refused.status_code == 403
            assert "Your account may not do this" in refused.text


@pytest.mark.parametrize("path", [path for path in PAGES if path != "/live/operator"])
async def test_an_operator_sees_them(reader: Reader, path: str) -> None:
    await reader.sign_in("operator")
    answer = await reader.get(path)
    assert answer.status_code == 200, answer.text


async def test_the_desk_counts_what_waits(house: House, reader: Reader) -> None:
    await reader.sign_in("operator")
    async with Reader(house) as creator:
        await creator.sign_in("creator")
        await submitted(house, creator)
    open_cases = await one(house, "select count(*) from moderation_case where state = 'open'")
    page = text_of((await reader.get("/operator")).text)
    assert f"Submissions to review {open_cases}" in page
    assert "Ledger sum $0 as it must be" in page
    assert "Refunds owed" in page


async def test_a_ledger_that_is_off_is_an_alarm(house: House) -> None:
    """PostgreSQL refuses to let it come to that, so its counters are bent, and the transaction thrown away."""

    class Undone(Exception):
        pass

    with pytest.raises(Undone):
        async with house.arena.db.transaction() as tx:
            await tx.execute(
                """insert into ledger_account (code, normal, currency, no_overdraft, debits_posted)
                   values ('gateway:bent:balance', 1, 'USD', false, 1234)"""
            )
            desk = await overview._desk(tx, house.arena.settings)
            page = text_of(render("operator/part-desk.html", desk=desk))
            assert "The ledger does not sum to zero: it is off by $12.34" in page
            assert "must be zero" in page
            assert desk.whole == "down"
            [till] = await tills(tx)
            assert till.off == Money(1234)
            raise Undone


async def test_the_tape_is_driven_with_an_audit_line(house: House, reader: Reader) -> None:
    await reader.sign_in("operator")
    page = await reader.get("/operator")
    answer = await reader.send("/operator/tape", {"speed": "900x"}, page=page)
    assert answer.url.path == "/operator"
    assert "The tape plays on" in answer.text
    assert "900 times real time" in answer.text
    assert (
        await one(
            house,
            "select count(*) from audit_event where actor = $1 and action = 'tape.drive'"
            " and detail->>'speed' = '900x'",
            reader.person_id,
        )
        == 1
    )


async def test_the_tape_plays_up_to_a_product_time_in_utc(house: House, reader: Reader) -> None:
    await reader.sign_in("operator")
    until = house.arena.db.clock.now() + timedelta(days=60)
    page = await reader.get("/operator/health")
    answer = await reader.send(
        "/operator/tape", {"speed": "60x", "until": f"{until:%Y-%m-%dT%H:%M}"}, page=page
    )
    assert answer.url.path == "/operator/health"
    stored = await one(house, "select until from tape")
    assert stored == until.replace(second=0, microsecond=0)
    await reader.send("/operator/tape", {"speed": "auto"}, page=answer)
    assert await one(house, "select until from tape") is None


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"speed": "warp"}, "This does not look right"),
        ({"speed": "0x"}, "This does not look right"),
        ({"speed": "60x", "until": "2021-09-28T00:00"}, "The tape is past this already"),
        ({"speed": "60x", "until": "soon"}, "valid datetime"),
    ],
)
async def test_a_pace_that_cannot_be_is_refused_in_place(
    house: House, reader: Reader, fields: dict[str, str], word: str
) -> None:
    await reader.sign_in("operator")
    speed = await one(house, "select speed from tape")
    page = await reader.get("/operator/health")
    answer = await reader.send("/operator/tape", fields, page=page)
    assert answer.status_code == 422
    assert word in answer.text
    assert await one(house, "select speed from tape") == speed


async def test_no_page_is_led_elsewhere_by_a_form(reader: Reader) -> None:
    await reader.sign_in("operator")
    page = await reader.get("/operator")
    answer = await reader.send(
        "/operator/tape", {"speed": "auto", "back": "//evil.example/x"}, page=page
    )
    assert answer.url.path == "/operator/health"


async def test_the_desk_is_drawn_well(house: House, reader: Reader, browser: Browser) -> None:
    await reader.sign_in("operator")
    await look_at(browser, house, "/operator", "operator-desk", cookies=reader.cookies)


async def test_the_desk_keeps_up_and_stops_with_the_session(
    house: House, reader: Reader, browser: Browser
) -> None:
    await reader.sign_in("operator")
    async with page_of(browser, cookies=reader.cookies) as page:
        await page.goto(f"{house.url}/operator")
        time = page.locator("live-part local-time").first
        before = await time.get_attribute("datetime")
        await house.player.step()
        await page.wait_for_function(
            "before => document.querySelector('live-part local-time').getAttribute('datetime') !== before",
            arg=before, timeout=15_000,
        )  # fmt: skip
        await reader.client.delete("/sessions")
        await page.wait_for_selector("live-part.is-offline", timeout=15_000)


async def test_the_desk_works_without_scripts(
    house: House, reader: Reader, browser: Browser
) -> None:
    await reader.sign_in("operator")
    async with page_of(browser, scripts=False, cookies=reader.cookies) as page:
        await page.goto(f"{house.url}/operator")
        await page.get_by_role("button", name="60×").click()
        await page.get_by_text("60 times real time").wait_for()
