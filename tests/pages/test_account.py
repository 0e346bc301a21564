"""One's own account: what one is called, a new password by the old one, where one is signed in."""

import httpx
import pytest
from playwright.async_api import Browser

from arena.people import access
from tests.pages.doors import (
    another,
    elsewhere,
    letters_to,
    link_in,
    new_email,
    new_person,
    sign_in,
)
from tests.pages.looking import check_page, look_at, page_of
from tests.pages.reader import PASSWORD, Reader, text_of
from tests.stories.house import House

NEW = "quite another pass phrase"


async def change(reader: Reader, current: str, new: str) -> httpx.Response:
    page = await reader.get("/account")
    fields = {"current_password": current, "new_password": new}
    return await reader.send("/account/password", fields, page=page)


@pytest.mark.parametrize(
    ("roles", "says"),
    [((), "Become a creator"), (("creator",), "create"), (("creator", "operator"), "operate")],
)
async def test_the_account_says_who_one_is_and_what_one_may(
    reader: Reader, roles: tuple[str, ...], says: str
) -> None:
    await elsewhere(reader).sign_in(*roles)
    page = await reader.get("/account")
    assert reader.email in page.text
    assert 'value="Ada Reader"' in page.text
    assert says in text_of(page.text)
    assert ("Become a creator" in text_of(page.text.partition("<main")[2])) == (not roles)


async def test_a_name_is_changed_and_the_trail_keeps_none(house: House, reader: Reader) -> None:
    await elsewhere(reader).sign_in()
    page = await reader.get("/account")
    answer = await reader.send("/account/name", {"name": " <i>Grace</i> "}, page=page)
    assert answer.url.path == "/account"
    assert "You are called &lt;i&gt;Grace&lt;/i&gt; now." in answer.text
    assert '<span class="who">&lt;i&gt;Grace&lt;/i&gt;</span>' in answer.text
    async with house.arena.db.transaction(readonly=True) as tx:
        row = await tx.one(
            "select * from audit_event where object = $1 and action = 'people.rename'",
            reader.person_id,
        )
    assert (row["actor"], row["detail"]) == (reader.person_id, {})


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\x07b"])
async def test_a_name_that_is_none_is_refused_in_place(reader: Reader, name: str) -> None:
    await elsewhere(reader).sign_in()
    page = await reader.get("/account")
    answer = await reader.send("/account/name", {"name": name}, page=page)
    assert answer.status_code == 422
    assert 'id="name-error"' in answer.text
    assert 'id="new_password-error"' not in answer.text


async def test_a_new_password_ends_all_other_sessions_and_every_link(
    house: House, reader: Reader
) -> None:
    known = await new_person(house)
    await sign_in(elsewhere(reader), known.email)
    await reader.send("/forgot", {"email": known.email}, page=await reader.get("/forgot"))
    link = link_in((await letters_to(house, known.email))[0], "/reset/")
    async with another(house) as other:
        await sign_in(other, known.email)
        answer = await change(reader, PASSWORD, NEW)
        assert answer.url.path == "/account"
        assert "other sessions have ended" in text_of(answer.text)
        assert (await other.get("/account")).url.path == "/sign-in"
    assert (await reader.get("/account")).url.path == "/account"
    assert (await reader.get(link)).status_code == 410
    told = (await letters_to(house, known.email, count=2))[-1]
    assert "on your account's page" in str(told.get_body(("plain",)))
    async with another(house) as fresh:
        assert (await sign_in(fresh, known.email)).status_code == 401
        assert (await sign_in(fresh, known.email, NEW)).url.path == "/market"


async def test_without_the_current_password_nothing_is_changed(
    house: House, reader: Reader
) -> None:
    await elsewhere(reader).sign_in()
    answer = await change(reader, "not the password", NEW)
    assert answer.status_code == 422
    assert "This is not your current password." in text_of(answer.text)
    assert NEW not in answer.text
    async with another(house) as fresh:
        assert (await sign_in(fresh, reader.email)).url.path == "/market"


async def test_guessing_the_current_password_is_stopped(reader: Reader) -> None:
    await elsewhere(reader).sign_in()
    for _ in range(10):
        assert (await change(reader, "not the password", NEW)).status_code == 422
    stopped = await change(reader, PASSWORD, NEW)
    assert stopped.status_code == 429
    assert "Too many tries" in text_of(stopped.text)


async def test_a_change_of_password_sent_twice_is_answered_twice_and_done_once(
    house: House, reader: Reader
) -> None:
    await elsewhere(reader).sign_in()
    page = await reader.get("/account")
    fields = {"current_password": PASSWORD, "new_password": NEW}
    for _ in range(2):
        answer = await reader.send("/account/password", fields, page=page)
        assert (answer.status_code, answer.url.path) == (200, "/account")
    async with house.arena.db.transaction(readonly=True) as tx:
        count = await tx.fetchval(
            "select count(*) from audit_event where actor = $1 and action = 'people.change_password'",
            reader.person_id,
        )
    assert count == 1


async def test_one_sees_where_one_is_signed_in_and_ends_it_elsewhere(
    house: House, reader: Reader
) -> None:
    known = await new_person(house)
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    elsewhere(reader).client.headers["User-Agent"] = firefox
    await sign_in(reader, known.email)
    async with another(house) as other:
        other.client.headers["User-Agent"] = "sigma-sdk/0.1"
        await sign_in(other, known.email)
        page = await reader.get("/account")
        words = text_of(page.text)
        assert "Firefox on Linux this one" in words
        assert "sigma-sdk" in words
        answer = await reader.send("/account/sessions/end", {}, page=page)
        assert "1 other session has ended." in text_of(answer.text)
        assert 'action="/account/sessions/end"' not in answer.text
        assert (await other.get("/account")).url.path == "/sign-in"
        assert (await reader.get("/account")).url.path == "/account"


async def test_a_key_that_may_not_write_keys_does_not_open_the_account(
    house: House, reader: Reader
) -> None:
    await elsewhere(reader).sign_in()
    async with house.arena.db.transaction() as tx:
        new = access.NewApiKey(reader.person_id, "narrow", ["signals:read"])
        _, key = await access.create_api_key(tx, house.arena.settings.vault, new)
    async with another(house) as program:
        program.client.headers["Authorization"] = f"Bearer {key}"
        for path in ("/account", "/account/keys", "/account/creator"):
            assert (await program.get(path)).status_code == 403
        taken = await program.send("/account/name", {"name": "Thief"})
        assert taken.status_code == 403


async def test_an_e_mail_address_nobody_has_is_of_nobody_elses_account(reader: Reader) -> None:
    await elsewhere(reader).sign_in()
    answer = await reader.send(
        "/account/name", {"name": "Ada", "email": new_email(), "roles": "operator"},
        page=await reader.get("/account"),
    )  # fmt: skip
    assert reader.email in answer.text
    assert 'href="/operator"' not in answer.text


@pytest.mark.parametrize(
    ("stated", "shown"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0"
         " Safari/537.36 Edg/150.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1 (KHTML, like Gecko)"
         " Version/19.0 Mobile/15E148 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0 Mobile"
         " Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 15_0) Gecko/20100101 Firefox/140.0", "Firefox on macOS"),
        ("curl/8.5", "curl"), ("<script>alert(1)</script>", ""), ("", ""), (None, ""), ("x" * 9999, "x" * 31),
    ],
)  # fmt: skip
def test_browsers_are_called_what_people_call_them(stated: str | None, shown: str) -> None:
    assert access.client_of(stated) == shown


async def test_the_account_is_drawn_well(house: House, browser: Browser, reader: Reader) -> None:
    await elsewhere(reader).sign_in()
    async with another(house) as other:
        await sign_in(other, reader.email)
        await look_at(browser, house, "/account", "account", cookies=reader.cookies)


@pytest.mark.parametrize("look", ["light", "phone"])
async def test_changing_a_password_as_people_do(
    house: House, browser: Browser, reader: Reader, look: str
) -> None:
    await elsewhere(reader).sign_in()
    async with page_of(browser, look=look, cookies=reader.cookies) as page:
        await page.goto(f"{house.url}/account")
        await page.get_by_label("Current password").fill("not the password")
        await page.get_by_label("New password").fill(NEW)
        await page.get_by_role("button", name="Change the password").click()
        await page.get_by_text("This is not your current password.").wait_for()
        await check_page(page, f"account-wrong-{look}")
        await page.get_by_label("Current password").fill(PASSWORD)
        await page.get_by_label("New password").fill(NEW)
        await page.get_by_role("button", name="Change the password").click()
        await page.get_by_text("Your password is changed").wait_for()
        await check_page(page, f"account-changed-{look}")
