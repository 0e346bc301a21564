"""A forgotten password: one answer for everybody, a link that works once and for an hour, kept nowhere in clear."""

import httpx
import pytest
from playwright.async_api import Browser
from pydantic import SecretStr

from arena.people import access, identity
from tests.pages.doors import (
    another,
    elsewhere,
    letters_to,
    link_in,
    new_email,
    new_person,
    sign_in,
)  # fmt: skip
from tests.pages.looking import check_page, page_of
from tests.pages.reader import PASSWORD, Reader, text_of
from tests.stories.house import House

NEW = "quite another pass phrase"


async def ask(reader: Reader, address: str) -> httpx.Response:
    page = await reader.get("/forgot")
    return await reader.send("/forgot", {"email": address}, page=page)


async def link_for(house: House, reader: Reader, address: str) -> str:
    """The path of the newest link to this address."""
    before = len(await letters_to(house, address, count=0))
    assert (await ask(elsewhere(reader), address)).status_code == 200
    return link_in((await letters_to(house, address, count=before + 1))[-1], "/reset/")


async def choose(reader: Reader, link: str, password: str = NEW) -> httpx.Response:
    page = await reader.get(link)
    return await reader.send(link, {"password": password}, page=page)


async def test_the_known_and_the_unknown_get_the_same_answer(house: House, reader: Reader) -> None:
    known, unknown = await new_person(house), new_email()
    answers = [await ask(elsewhere(reader), address) for address in (known.email, unknown)]
    for answer, address in zip(answers, (known.email, unknown), strict=True):
        assert (answer.status_code, str(answer.url)) == (200, f"{house.url}/forgot?sent=1")
        assert "If there is an account with that address" in text_of(answer.text)
        assert address not in answer.text
    assert answers[0].text == answers[1].text
    assert len(await letters_to(house, known.email)) == 1
    assert await letters_to(house, unknown, count=0) == []


async def test_both_do_the_same_work(house: House, reader: Reader) -> None:
    """Else the time it takes would tell."""
    written = []
    for address in ((await new_person(house)).email, new_email()):
        before = await _rows(house)
        await ask(elsewhere(reader), address)
        written.append(await _rows(house) - before)
    assert written == [5, 5]  # reset, fact, reaction, audit line, the answer that is kept


async def test_a_letter_its_link_and_a_new_password(house: House, reader: Reader) -> None:
    known = await new_person(house)
    async with another(house) as elsewhere_signed_in:
        await sign_in(elsewhere_signed_in, known.email)
        key = await _api_key(house, known)
        link = await link_for(house, reader, known.email)
        page = await reader.get(link)
        assert f'value="{known.email}"' in page.text
        assert "API keys stay as they are" in text_of(page.text)
        done = await choose(reader, link)
        assert (done.status_code, done.url.path) == (200, "/sign-in")
        assert "Your password is changed. Sign in with the new one." in text_of(done.text)
        assert (await elsewhere_signed_in.get("/account")).url.path == "/sign-in"
    assert (await sign_in(reader, known.email)).status_code == 401
    assert (await sign_in(reader, known.email, NEW)).url.path == "/market"
    async with house.caller(Authorization=f"Bearer {key}") as program:
        assert (await program.get("/me")).json()["id"] == known.id
    told = (await letters_to(house, known.email, count=2))[-1]
    assert told["Subject"] == "Your password was changed"
    assert link_in(told, "/forgot") == "/forgot"


async def test_a_link_works_once_and_takes_the_others_with_it(house: House, reader: Reader) -> None:
    known = await new_person(house)
    first = await link_for(house, reader, known.email)
    second = await link_for(house, reader, known.email)
    assert first != second
    assert (await choose(reader, first)).url.path == "/sign-in"
    for link in (first, second):
        over = await reader.get(link)
        assert over.status_code == 410
        assert "This link does not work" in text_of(over.text)
        assert 'href="/forgot"' in over.text
        sent = await reader.send(link, {"password": "a third pass phrase"})
        assert sent.status_code == 410
    assert (await sign_in(reader, known.email, NEW)).url.path == "/market"


async def test_a_link_is_over_after_an_hour_of_the_wall_clock(house: House, reader: Reader) -> None:
    known = await new_person(house)
    link = await link_for(house, reader, known.email)
    async with house.arena.db.transaction() as tx:
        lasts = await tx.fetchval(
            "select expires_at - at from password_reset where person_id = $1", known.id
        )
        assert 3599 <= lasts.total_seconds() <= 3601
        await tx.execute(
            "update password_reset set expires_at = clock_timestamp() where person_id = $1",
            known.id,
        )
    assert (await reader.get(link)).status_code == 410
    assert (await reader.send(link, {"password": NEW})).status_code == 410
    assert (await sign_in(reader, known.email)).url.path == "/market"


async def test_no_link_can_be_made_up(house: House, reader: Reader) -> None:
    known, other = await new_person(house), await new_person(house)
    link = await link_for(house, reader, known.email)
    theirs = await link_for(house, reader, other.email)
    reset_id, proof = link.removeprefix("/reset/").split(".")
    other_id, _ = theirs.removeprefix("/reset/").split(".")
    swapped = proof[:-2] + ("AA" if proof[-2:] != "AA" else "BB")
    for made_up in (
        reset_id, f"{reset_id}.", f"{reset_id}.{swapped}", f"{other_id}.{proof}", f"{reset_id}.{proof}=",
        "x", f"{reset_id}.{proof}".upper(), "%00", "é", "a" * 5000,
    ):  # fmt: skip
        assert (await reader.get(f"/reset/{made_up}")).status_code == 410, made_up
    assert (await reader.get(link)).status_code == 200


async def test_a_password_that_is_too_short_leaves_the_link_as_it_is(
    house: House, reader: Reader
) -> None:
    known = await new_person(house)
    link = await link_for(house, reader, known.email)
    short = await choose(reader, link, "too short")
    assert short.status_code == 422
    assert "At least 12 characters" in text_of(short.text)
    assert "too short" not in short.text.split("</form>")[0].replace("At least 12", "")
    assert (await choose(reader, link)).url.path == "/sign-in"


async def test_the_links_secret_stands_nowhere_in_the_database(
    house: House, reader: Reader
) -> None:
    known = await new_person(house)
    link = await link_for(house, reader, known.email)
    await choose(reader, link)
    secret = link.rpartition(".")[2]
    reset_id = link.removeprefix("/reset/").partition(".")[0]
    async with house.arena.db.transaction(readonly=True) as tx:
        tables = await tx.fetch("select tablename from pg_tables where schemaname = 'public'")
        texts = {
            row["tablename"]: str(await tx.fetch(f"select t::text from {row['tablename']} t"))
            for row in tables
        }
        kept = await tx.one("select * from password_reset where id = $1", reset_id)
    assert [name for name, text in texts.items() if secret in text] == []
    assert reset_id in texts["fact"]
    assert set(kept.keys()) == {"id", "person_id", "at", "expires_at", "used_at"}
    assert known.email not in texts["fact"]


async def test_the_page_of_a_link_is_kept_and_told_nowhere(house: House, reader: Reader) -> None:
    link = await link_for(house, reader, (await new_person(house)).email)
    for page in (await reader.get(link), await choose(reader, link, "too short")):
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["referrer-policy"] == "no-referrer"
        assert "etag" not in page.headers
        assert 'content="noindex"' in page.text


async def test_on_a_plain_local_network_the_form_keeps_its_origin(
    house: House, reader: Reader
) -> None:
    """Browsers say no Sec-Fetch-Site there, and under no-referrer they would say `Origin: null`."""
    known = await new_person(house)
    link = await link_for(house, reader, known.email)
    del reader.client.headers["Sec-Fetch-Site"]
    page = await reader.get(link)
    assert page.headers["referrer-policy"] == "same-origin"
    reader.client.headers["Origin"] = house.url
    assert (await reader.send(link, {"password": NEW}, page=page)).url.path == "/sign-in"


@pytest.mark.parametrize("known", [True, False])
async def test_one_address_is_written_to_five_times_an_hour_wherever_it_is_asked_from(
    house: House, reader: Reader, known: bool
) -> None:
    address = (await new_person(house)).email if known else new_email()
    for _ in range(5):
        assert (await ask(elsewhere(reader), address)).status_code == 200
    stopped = await ask(elsewhere(reader), address)
    assert stopped.status_code == 429
    assert 1 <= int(stopped.headers["retry-after"]) <= 3600
    assert "minutes" in text_of(stopped.text)


async def test_from_one_place_one_asks_thirty_times_an_hour(reader: Reader) -> None:
    elsewhere(reader)
    for _ in range(30):
        assert (await ask(reader, new_email())).status_code == 200
    assert (await ask(reader, new_email())).status_code == 429


async def test_no_address_is_no_address(reader: Reader) -> None:
    answer = await ask(elsewhere(reader), "ada at example")
    assert answer.status_code == 422
    assert "An e-mail address looks like" in text_of(answer.text)


async def test_where_no_mail_is_sent_people_ask_the_operator_who_is_told_where_it_lies(
    house: House, reader: Reader
) -> None:
    folder = str(house.arena.settings.home / "mail")
    for path in ("/forgot", "/forgot?sent=1"):
        page = await reader.get(path)
        assert "sends no e-mail" in text_of(page.text)
        assert folder not in page.text
    await elsewhere(reader).sign_in()
    assert folder not in (await reader.get("/forgot?sent=1")).text
    async with another(house) as operator:
        await operator.sign_in("operator")
        assert folder in (await operator.get("/forgot?sent=1")).text


async def test_where_mail_is_sent_the_page_says_look_into_it(
    house: House, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.arena.settings, "smtp_url", SecretStr("smtp://u:s3cret@mail.example"))
    assert "We send a link to it" in text_of((await reader.get("/forgot")).text)
    sent = await reader.get("/forgot?sent=1")
    assert "Look into your mail" in text_of(sent.text)
    assert "s3cret" not in sent.text


async def test_the_trail_knows_of_it_without_the_secret(house: House, reader: Reader) -> None:
    known = await new_person(house)
    await choose(reader, await link_for(house, reader, known.email))
    async with house.arena.db.transaction(readonly=True) as tx:
        rows = await tx.fetch(
            "select actor, action, detail, request_id from audit_event where object = $1 order by id",
            known.id,
        )
    lines = [(row["action"], row["actor"]) for row in rows]
    assert lines == [
        ("people.create_person", known.id),
        ("people.request_password_reset", "anonymous"),
        ("people.end_sessions", known.id),
        ("people.change_password", known.id),
    ]
    assert all(row["request_id"] for row in rows[1:])
    assert rows[3]["detail"] == {"how": "reset"}


async def _api_key(house: House, person: identity.Person) -> str:
    async with house.arena.db.transaction() as tx:
        new = access.NewApiKey(person.id, "program")
        return (await access.create_api_key(tx, house.arena.settings.vault, new))[1]


async def _rows(house: House) -> int:
    tables = ("password_reset", "audit_event", "idempotency")
    async with house.arena.db.transaction(readonly=True) as tx:
        counts = [await tx.fetchval(f"select count(*) from {table}") for table in tables]
        facts = "from fact where kind = 'PasswordResetRequested'"
        counts.append(await tx.fetchval(f"select count(*) {facts}"))
        counts.append(
            await tx.fetchval(f"select count(*) from reaction where fact_id in (select id {facts})")
        )
    return sum(counts)


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
async def test_forgetting_a_password_as_people_do(
    house: House, browser: Browser, look: str
) -> None:
    known = await new_person(house)
    async with page_of(browser, look=look) as page:
        await page.goto(f"{house.url}/sign-in")
        await page.get_by_role("link", name="Forgot your password?").click()
        await page.get_by_label("E-mail").fill(known.email)
        await page.get_by_role("button", name="Ask for the link").click()
        await page.get_by_role("heading", name="Ask the operator").wait_for()
        link = house.url + link_in((await letters_to(house, known.email))[0], "/reset/")
        await page.goto(link)
        await check_page(page, f"reset-{look}")
        await page.get_by_label("New password").fill("short")
        await page.get_by_label("New password").evaluate(
            "field => field.removeAttribute('minlength')"
        )
        await page.get_by_role("button", name="Change the password").click()
        await page.get_by_role("alert").wait_for()
        await check_page(page, f"reset-wrong-{look}")
        await page.get_by_label("New password").fill(NEW)
        await page.get_by_role("button", name="Change the password").click()
        await page.get_by_text("Your password is changed").wait_for()
        await page.goto(link)
        await page.get_by_role("heading", name="This link does not work").wait_for()
        await check_page(page, f"reset-over-{look}")
        await page.goto(f"{house.url}/sign-in")
        await page.get_by_label("E-mail").fill(known.email)
        await page.get_by_label("Password").fill(NEW)
        await page.get_by_role("button", name="Sign in").click()
        await page.wait_for_url("**/market")


async def test_a_link_works_without_scripts(house: House, browser: Browser, reader: Reader) -> None:
    known = await new_person(house)
    link = await link_for(house, reader, known.email)
    async with page_of(browser, scripts=False) as page:
        await page.goto(house.url + link)
        await page.get_by_label("New password").fill(NEW)
        await page.get_by_role("button", name="Change the password").click()
        await page.wait_for_url("**/sign-in")
    assert (await sign_in(reader, known.email, PASSWORD)).status_code == 401
