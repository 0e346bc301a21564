"""Collectives in the studio: one is made in the browser, its key is kept, and keys are revoked by their owner only."""

import base64
import os
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, expect

from arena.kit import ids
from arena.kit.signing import SigningKey
from arena.people import identity
from arena.web.pages.studio import snippets
from sigma_sdk import SigningKey as SdkKey
from tests.pages.looking import LOOKS, check_page, look_at, page_of
from tests.pages.reader import Reader, text_of
from tests.pages.submissions import HOSTILE, author_in, one
from tests.stories.house import House

NEW = "/studio/collectives/new"


async def test_a_key_made_in_the_browser_is_kept_as_a_file_and_registered_with_proof(
    house: House, reader: Reader, browser: Browser, tmp_path: Path
) -> None:
    await reader.sign_in("creator")
    name = f"Browser Hands {ids.fresh('n')[-8:]}"
    async with page_of(browser, cookies=reader.cookies) as page:
        sent = _posts_of(page)
        await page.goto(house.url + NEW)
        file = await make_key(page, name, tmp_path, about="Made in a browser.")
        await register(page)
        await expect(page.locator("h1")).to_have_text(name)
        collective_id = page.url.rsplit("/", 1)[1]
    key = SdkKey.load(file)
    async with house.arena.db.transaction(readonly=True) as tx:
        made = await identity.collective(tx, collective_id)
        [kept] = await identity.keys(tx, collective_id)
    assert (made.name, made.about, made.owner_id) == (name, "Made in a browser.", reader.person_id)
    assert kept.public_key == key.public
    secret = base64.b64decode(file.read_text())
    assert [path for path, _ in sent] == ["/collectives"]
    for spelled in (
        file.read_text().strip(),
        secret.hex(),
        base64.urlsafe_b64encode(secret).decode(),
    ):
        assert not any(spelled.rstrip("=") in body for _, body in sent), "the private half was sent"


async def test_a_name_that_is_taken_is_refused_and_the_key_is_still_good(
    house: House, reader: Reader, browser: Browser, tmp_path: Path
) -> None:
    await reader.sign_in("creator")
    taken = (await author_in(house, reader.person_id)).collective.name
    async with page_of(browser, cookies=reader.cookies) as page:
        await page.goto(house.url + NEW)
        file = await make_key(page, taken, tmp_path)
        await page.click("[data-act=register]")
        await expect(page.locator("[data-part=refused]")).to_contain_text(
            "choose a name of your own"
        )
        await page.fill("#collective-name", f"Free {ids.fresh('n')[-8:]}")
        await register(page)
        assert await one(
            house, "select count(*) from collective_key where public_key = $1", SdkKey.load(file).public
        ) == 1  # fmt: skip


async def test_without_a_session_nothing_is_registered_for_nobody(
    house: House, reader: Reader, browser: Browser, tmp_path: Path
) -> None:
    await reader.sign_in("creator")
    async with page_of(browser, cookies=reader.cookies) as page:
        await page.goto(house.url + NEW)
        file = await make_key(page, f"Late {ids.fresh('n')[-8:]}", tmp_path)
        await page.context.clear_cookies()
        await page.click("[data-act=register]")
        await expect(page.locator("[data-part=refused]")).to_contain_text("Your session has ended")
        public = SdkKey.load(file).public
        assert (
            await one(house, "select count(*) from collective_key where public_key = $1", public)
            == 0
        )
        await page.context.add_cookies(reader.cookies)  # type: ignore[arg-type]  # as in looking.py
        await register(page)
    assert (
        await one(house, "select count(*) from collective_key where public_key = $1", public) == 1
    )


async def test_a_key_is_made_by_keyboard_alone(
    house: House, reader: Reader, browser: Browser
) -> None:
    await reader.sign_in("creator")
    async with page_of(browser, cookies=reader.cookies) as page:
        await page.goto(house.url + NEW)
        await page.focus("#collective-name")
        await page.keyboard.type(f"Keyboard {ids.fresh('n')[-8:]}")
        await page.keyboard.press("Enter")
        await expect(page.locator("#keep")).to_be_focused()
        await page.keyboard.press("Tab")
        async with page.expect_download():
            await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Space")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.locator("h1")).to_contain_text("Keyboard")


async def test_a_browser_without_ed25519_is_told_what_to_do(
    house: House, reader: Reader, browser: Browser
) -> None:
    await reader.sign_in("creator")
    for look in LOOKS:
        async with page_of(browser, look=look, cookies=reader.cookies) as page:
            await page.add_init_script(
                "Object.defineProperty(crypto, 'subtle', {value: undefined})"
            )
            await page.goto(house.url + NEW)
            await page.fill("#collective-name", "Old Browser")
            await page.click("[data-act=make]")
            await expect(page.locator("[data-part=unsupported]")).to_be_visible()
            await expect(page.locator("[data-part=form]")).to_be_hidden()
            await check_page(page, f"studio-new-unsupported-{look}")


async def test_without_scripts_the_page_shows_the_other_ways(
    house: House, reader: Reader, browser: Browser
) -> None:
    await reader.sign_in("creator")
    async with page_of(browser, cookies=reader.cookies, scripts=False) as page:
        await page.goto(house.url + NEW)
        await expect(page.locator("[data-part=scripts]")).to_be_visible()
        assert await page.locator("#collective-name").count() == 0
        assert house.url in await page.locator("pre").first.inner_text()


async def test_the_pages_are_drawn_well(
    house: House, reader: Reader, browser: Browser, tmp_path: Path
) -> None:
    await reader.sign_in("creator")
    author = await author_in(house, reader.person_id)
    kept: list[Any] = reader.cookies
    await look_at(browser, house, NEW, "studio-new", cookies=kept)
    here = f"/studio/collectives/{author.collective.id}"
    await look_at(browser, house, here, "studio-collective", cookies=kept)
    for look in LOOKS:
        async with page_of(browser, look=look, cookies=kept) as page:
            await page.goto(house.url + NEW)
            await make_key(page, author.collective.name, tmp_path / look)
            await page.click("[data-act=register]")
            await expect(page.locator("[data-part=refused]")).to_be_visible()
            await check_page(page, f"studio-new-taken-{look}")
            await page.evaluate("document.querySelector('key-signer').remove()")  # lets the page go
            await page.goto(house.url + here)
            await page.click("details.act summary")
            await page.click("button.danger")
            await expect(page.locator("[role=alert]")).to_contain_text("last key")
            await check_page(page, f"studio-collective-last-key-{look}")


async def test_the_last_key_is_revoked_only_when_it_is_meant(house: House, reader: Reader) -> None:
    await reader.sign_in("creator")
    author = await author_in(house, reader.person_id)
    here = f"/studio/collectives/{author.collective.id}"
    first = identity.key_id_of(author.key.public)
    second = await add_key(house, author.collective.id)
    page = await reader.get(here)
    assert page.text.count('<details class="act"') == 2
    assert 'name="last"' not in page.text
    path = f"{here}/keys/{first}/revoke"
    answers = [await reader.send(path, {"reason": HOSTILE}, page=page) for _ in range(2)]
    for answer in answers:
        assert answer.status_code == 200
        assert "nothing signed with that key is taken" in text_of(answers[0].text)
    assert HOSTILE not in answers[0].text
    path = f"{here}/keys/{second}/revoke"
    page = await reader.get(here)
    refused = await reader.send(path, {"reason": "mislaid"}, page=page)
    assert refused.status_code == 409
    assert "last key of the collective" in text_of(refused.text)
    assert 'value="mislaid"' in refused.text
    assert await revoked(house, second) is False
    assert (await reader.send(path, {"last": "true"}, page=refused)).status_code == 200
    assert await revoked(house, second) is True
    assert "cannot sign" in text_of((await reader.get("/studio")).text)
    lines = await one(
        house, "select array_agg(reason order by id) from audit_event where object = $1"
        " and action = 'people.revoke_key' and actor = $2 and request_id is not null",
        author.collective.id, reader.person_id,
    )  # fmt: skip
    assert lines == [HOSTILE, None]


async def test_collectives_of_others_look_like_none(house: House, reader: Reader) -> None:
    async with Reader(house) as owner:
        await owner.sign_in("creator")
        author = await author_in(house, owner.person_id)
    await reader.sign_in("creator")
    here = f"/studio/collectives/{author.collective.id}"
    key_id = identity.key_id_of(author.key.public)
    assert (await reader.get(here)).status_code == 404
    assert (await reader.send(f"{here}/keys/{key_id}/revoke", {"last": "true"})).status_code == 404
    assert await revoked(house, key_id) is False
    nobody = "col_" + "0" * 26
    assert (await reader.get(f"/studio/collectives/{nobody}")).status_code == 404


async def test_what_a_collective_says_of_itself_is_text(house: House, reader: Reader) -> None:
    await reader.sign_in("creator")
    public = SigningKey(os.urandom(32)).public
    async with house.arena.db.transaction() as tx:
        made = await identity.register_collective(
            tx, identity.Registration(HOSTILE[:60], HOSTILE, public, reader.person_id)
        )
    for path in ("/studio", f"/studio/collectives/{made.id}"):
        page = await reader.get(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "&lt;script&gt;alert" in page.text


def test_the_programs_to_copy_are_programs() -> None:
    made = [
        snippets.register("http://127.0.0.1:8000"),
        snippets.open_feed("http://127.0.0.1:8000", instrument="BTC-USD"),
        snippets.add_key("http://127.0.0.1:8000", collective_id="col_" + "0" * 26),
        snippets.register_bot("http://127.0.0.1:8000").split("<<'BOT'\n")[1].removesuffix("BOT"),
    ]
    for program in made:
        compile(program, "snippet", "exec")


async def make_key(page: Page, name: str, folder: Path, *, about: str = "") -> Path:
    """Fills in the form, makes the key and keeps its file, as its owner is told to."""
    await page.fill("#collective-name", name)
    await page.fill("#collective-about", about)
    await page.click("[data-act=make]")
    await expect(page.locator("#kept")).to_be_disabled()
    async with page.expect_download() as started:
        await page.click("[data-act=download]")
    download = await started.value
    assert download.suggested_filename == "collective.key"
    file = folder / download.suggested_filename
    await download.save_as(file)
    file.chmod(0o600)
    await expect(page.locator("[data-act=register]")).to_be_disabled()
    await page.check("#kept")
    return file


async def register(page: Page) -> None:
    await page.click("[data-act=register]")
    await page.wait_for_url("**/studio/collectives/col_*")


async def add_key(house: House, collective_id: str) -> str:
    async with house.arena.db.transaction() as tx:
        public = SigningKey(os.urandom(32)).public
        return (await identity.add_key(tx, collective_id, public, by=collective_id)).id


async def revoked(house: House, key_id: str) -> bool:
    at = await one(house, "select revoked_at from collective_key where id = $1", key_id)
    return at is not None


def _posts_of(page: Page) -> list[tuple[str, str]]:
    """Path and body of whatever the page sends from now on."""
    sent: list[tuple[str, str]] = []

    def note(request: Any) -> None:
        if request.method != "GET":
            sent.append(("/" + request.url.split("/", 3)[3], request.post_data or ""))

    page.on("request", note)
    return sent
