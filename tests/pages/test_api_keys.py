"""API keys on the page: shown once, no wider than their person, one for one form, revoked without a script."""

import re

import httpx
import pytest
from playwright.async_api import Browser, expect

from tests.pages.doors import elsewhere
from tests.pages.looking import check_page, look_at, page_of
from tests.pages.reader import Reader, hidden_fields, text_of
from tests.stories.house import House

KEY = re.compile(r"ak_[A-Za-z0-9_-]{43}")


async def make(reader: Reader, **changes: object) -> httpx.Response:
    page = await reader.get("/account/keys")
    fields = {"key_name": "trading laptop", "scopes": ["signals:read"], "expires": "90", **changes}
    kept = hidden_fields(page.text, "/account/keys")
    return await reader.client.post("/account/keys", data={**kept, **fields})


def key_in(page: httpx.Response) -> str:
    found = set(KEY.findall(page.text))
    assert len(found) == 1, found
    return found.pop()


async def test_a_key_is_shown_once_and_works(house: House, reader: Reader) -> None:
    await elsewhere(reader).sign_in()
    made = await make(reader, scopes=["signals:read", "portfolio:read"])
    assert (made.status_code, made.headers["cache-control"]) == (200, "no-store")
    assert "content-encoding" not in made.headers
    key = key_in(made)
    assert "shown this once" in text_of(made.text)
    assert f'data-text="{key}"' in made.text
    assert f"sigma login --url {house.url}" in text_of(made.text)
    assert "curl -H" in text_of(made.text)
    async with house.caller(Authorization=f"Bearer {key}") as program:
        me = (await program.get("/me")).json()
        assert me["scopes"] == ["portfolio:read", "signals:read"]
        assert (await program.post("/api-keys", json={"name": "child"})).status_code == 403
    listed = await reader.get("/account/keys")
    assert KEY.search(listed.text) is None
    assert f"…{key[-4:]}" in listed.text
    assert "trading laptop" in listed.text


async def test_the_same_form_sent_again_shows_the_same_key_and_makes_no_other(
    house: House, reader: Reader
) -> None:
    await elsewhere(reader).sign_in()
    page = await reader.get("/account/keys")
    fields = {**hidden_fields(page.text, "/account/keys"), "key_name": "one", "expires": "30"}
    answers = [
        await reader.client.post("/account/keys", data={**fields, "scopes": ["signals:read"]})
        for _ in range(3)
    ]
    assert len({key_in(answer) for answer in answers}) == 1
    assert answers[2].headers["idempotency-replayed"] == "true"
    for name in ("content-security-policy", "cache-control", "referrer-policy", "content-type"):
        assert answers[2].headers[name] == answers[0].headers[name], f"{name} is lost on repeat"
    async with house.arena.db.transaction(readonly=True) as tx:
        rows = await tx.fetch("select * from api_key where person_id = $1", reader.person_id)
        kept = await tx.fetch("select answer from idempotency where scope like '%/account/keys'")
    assert [row["name"] for row in rows] == ["one"]
    secret = key_in(answers[0]).encode()
    assert kept
    assert all(secret not in row["answer"] for row in kept)


async def test_the_form_asks_for_what_one_has_and_no_more(reader: Reader) -> None:
    await elsewhere(reader).sign_in()
    page = await reader.get("/account/keys")
    assert 'value="signals:read" checked' in page.text
    assert 'value="subscriptions:write">' in page.text
    for scope in ("operate", "listings:write", "orders:write"):
        assert f'value="{scope}"' not in page.text
        refused = await make(reader, scopes=["signals:read", scope])
        assert refused.status_code == 422
        assert "not yours to give" in text_of(refused.text)
        assert KEY.search(refused.text) is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"scopes": []}, "one thing at least"),
        ({"key_name": ""}, "Fill this in"),
        ({"key_name": "x" * 81}, "At most 80 characters"),
        ({"expires": "7"}, "Choose one of these"),
        ({"expires": "-1"}, "Choose one of these"),
    ],
)
async def test_a_form_that_is_wrong_says_where(
    reader: Reader, change: dict[str, object], words: str
) -> None:
    await elsewhere(reader).sign_in()
    answer = await make(reader, **change)
    assert answer.status_code == 422
    assert words in text_of(answer.text)
    assert ('value="signals:read" checked' in answer.text) == ("scopes" not in change)


@pytest.mark.parametrize(("expires", "days"), [("30", 30), ("365", 365), ("never", None)])
async def test_a_key_ends_when_it_was_told_to(
    house: House, reader: Reader, expires: str, days: int | None
) -> None:
    await elsewhere(reader).sign_in()
    made = await make(reader, expires=expires)
    async with house.arena.db.transaction(readonly=True) as tx:
        lasts = await tx.fetchval(
            "select expires_at - at from api_key where person_id = $1", reader.person_id
        )
    assert (lasts is None and days is None) or round(lasts.total_seconds() / 86_400) == days
    assert ("never" in text_of(made.text)) == (days is None)


async def test_a_key_is_revoked_and_only_by_whose_it_is(house: House, reader: Reader) -> None:
    await elsewhere(reader).sign_in()
    key = key_in(await make(reader))
    page = await reader.get("/account/keys")
    found = re.search(r'action="(/account/keys/api_\w+/revoke)"', page.text)
    assert found is not None
    async with Reader(house) as stranger:
        await stranger.sign_in()
        assert (await stranger.send(found[1], {})).status_code == 404
    answer = await reader.send(found[1], {}, page=page)
    assert "The key is revoked" in text_of(answer.text)
    assert "None at the moment" in text_of(answer.text)
    assert "revoked" in text_of(answer.text.partition("Over")[2])
    assert found[1] not in answer.text
    async with house.caller(Authorization=f"Bearer {key}") as program:
        assert (await program.get("/me")).status_code == 401
    assert (await reader.send("/account/keys/api_nothing/revoke", {})).status_code == 422


async def test_scopes_that_the_person_has_lost_are_said_to_be_without_effect(
    house: House, reader: Reader
) -> None:
    await elsewhere(reader).sign_in("creator")
    await make(reader, scopes=["signals:read", "listings:write"])
    async with house.arena.db.transaction() as tx:
        await tx.execute("update person set roles = '{}' where id = $1", reader.person_id)
        await tx.execute(
            "update api_key set expires_at = clock_timestamp() where person_id = $1 and name = 'old'",
            reader.person_id,
        )
    page = await reader.get("/account/keys")
    assert "Without effect, for your account may not do it: listings:write" in text_of(page.text)


async def test_what_a_key_is_called_is_shown_as_text(reader: Reader) -> None:
    await elsewhere(reader).sign_in()
    await make(reader, key_name="<img src=x onerror=alert(1)>")
    page = await reader.get("/account/keys")
    assert "&lt;img src=x" in page.text
    assert "<img" not in page.text


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
async def test_a_key_from_its_making_to_its_end(
    house: House, browser: Browser, reader: Reader, look: str
) -> None:
    await elsewhere(reader).sign_in()
    async with page_of(browser, look=look, cookies=reader.cookies) as page:
        await page.goto(f"{house.url}/account/keys")
        await check_page(page, f"keys-none-{look}")
        await page.get_by_label("What it is for").fill("trading laptop")
        await page.get_by_role("checkbox", name="subscribe, cancel").check()
        await page.get_by_role("button", name="Make the key").click()
        await page.get_by_role("heading", name="Your new API key").wait_for()
        await page.get_by_role("button", name="Copy").first.wait_for()
        await check_page(page, f"key-made-{look}")
        await page.get_by_role("link", name="I have copied it").click()
        await page.locator("summary", has_text="Revoke").focus()
        await page.keyboard.press("Enter")
        await page.get_by_role("button", name="Revoke for good").wait_for()
        await check_page(page, f"keys-revoking-{look}")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.get_by_text("The key is revoked").wait_for()
        await check_page(page, f"keys-revoked-{look}")


async def test_a_key_is_copied_by_its_button(
    house: House, browser: Browser, reader: Reader
) -> None:
    await elsewhere(reader).sign_in()
    async with page_of(browser, cookies=reader.cookies) as page:
        await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        await page.goto(f"{house.url}/account/keys")
        await page.get_by_label("What it is for").fill("x")
        await page.get_by_role("button", name="Make the key").click()
        await page.get_by_role("button", name="Copy").first.click()
        await page.get_by_role("button", name="Copied").wait_for()
        assert KEY.fullmatch(await page.evaluate("navigator.clipboard.readText()"))


async def test_keys_are_made_and_revoked_without_scripts(
    house: House, browser: Browser, reader: Reader
) -> None:
    await elsewhere(reader).sign_in()
    async with page_of(browser, cookies=reader.cookies, scripts=False) as page:
        await page.goto(f"{house.url}/account/keys")
        await page.get_by_label("What it is for").fill("x")
        await page.get_by_role("button", name="Make the key").click()
        await expect(page.locator("main")).to_contain_text(KEY)
        await page.get_by_role("link", name="I have copied it").click()
        await page.locator("summary", has_text="Revoke").click()
        await page.get_by_role("button", name="Revoke for good").click()
        await page.get_by_text("The key is revoked").wait_for()


async def test_a_form_that_is_wrong_is_drawn_well(
    house: House, browser: Browser, reader: Reader
) -> None:
    await elsewhere(reader).sign_in("creator", "operator")
    for name in ("one", "another with quite a long name that somebody has thought about", "three"):
        await make(reader, key_name=name, scopes=["signals:read", "operate"])
    await look_at(browser, house, "/account/keys", "keys", cookies=reader.cookies)
    async with page_of(browser, cookies=reader.cookies) as page:
        await page.goto(f"{house.url}/account/keys")
        await page.get_by_label("What it is for").fill("nothing")
        for box in await page.get_by_role("checkbox").all():
            await box.uncheck()
        await page.get_by_role("button", name="Make the key").click()
        await page.get_by_text("one thing at least").wait_for()
        await check_page(page, "keys-wrong-light")
