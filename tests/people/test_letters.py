"""Letters about accounts over a real mail server: what they say, and that they arrive though it was away."""

from collections.abc import Callable
from pathlib import Path

import pytest

from arena.kit.db import Database
from arena.kit.facts import Routing
from arena.kit.mail import choose_mail
from arena.kit.outbox import react_once
from arena.kit.settings import Settings
from arena.people import access, identity
from arena.people.access import Post
from arena.reactions import table
from arena.trading.venues import Rules
from arena.trading.venues.bars import BarVenue
from tests.kit.post_office import Office, post_office

SENDER = "Sigma Arena <arena@example.org>"
PASSWORD = "four words in a row"


def routing(settings: Settings, port: int) -> Routing:
    mail = choose_mail(settings.home, f"smtp://127.0.0.1:{port}", SENDER)
    return table(BarVenue(Rules.from_settings(settings)), Post(mail, settings))


async def person(db: Database, email: str = "ada@example.org") -> identity.Person:
    async with db.transaction() as tx:
        return await identity.create_person(tx, email=email, name="Ada", password=PASSWORD)


async def send_due(db: Database) -> int:
    count = 0
    while await react_once(db, outward=True):
        count += 1
    return count


async def ask_for_reset(db: Database, email: str = "ada@example.org") -> str:
    """The id of the reset."""
    async with db.transaction() as tx:
        await access.request_reset(tx, email)
        found: str = await tx.fetchval("select max(id) from password_reset")
    return found


def text_of(office: Office, number: int = -1) -> str:
    body = office.letters[number].get_body(("plain",))
    assert body is not None
    text: str = body.get_content().replace("\r\n", "\n")
    return text


async def test_a_link_that_is_sent_opens_the_account_it_is_for(
    db: Database, settings: Settings
) -> None:
    ada = await person(db)
    async with post_office() as office:
        db.routing = routing(settings, office.port)
        reset_id = await ask_for_reset(db, " ADA@example.org ")
        assert await send_due(db) == 1
    token = access.reset_token(settings.vault, reset_id)
    assert f"\n{settings.origin}/reset/{token}\n" in text_of(office)
    assert "within 60 minutes" in text_of(office)
    assert "API keys stay" in text_of(office)
    assert office.recipients == ["ada@example.org"]
    async with db.transaction(readonly=True) as tx:
        assert await access.person_of_reset(tx, settings.vault, token) == ada


async def test_nobody_is_written_to_about_an_account_there_is_not(
    db: Database, settings: Settings
) -> None:
    async with post_office() as office:
        db.routing = routing(settings, office.port)
        await ask_for_reset(db, "nobody@example.org")
        assert await send_due(db) == 1  # a reaction, which writes to nobody
    assert office.letters == []


async def test_a_server_that_was_away_gets_the_letter_when_it_is_back(
    db: Database, settings: Settings
) -> None:
    await person(db)
    async with post_office() as gone:
        port = gone.port
    db.routing = routing(settings, port)
    reset_id = await ask_for_reset(db)
    assert await send_due(db) == 1
    async with db.transaction() as tx:
        kept = await tx.one("select * from reaction")
        assert (kept["state"], kept["attempts"]) == ("pending", 1)
        assert kept["error"].startswith("MailNotSent: The mail did not go out: the mail server")
        assert access.reset_token(settings.vault, reset_id) not in kept["error"]
        await tx.execute("update reaction set next_at = clock_timestamp()")
    async with post_office(port=port) as office:
        assert await send_due(db) == 1
    assert office.recipients == ["ada@example.org"]
    assert access.reset_token(settings.vault, reset_id) in text_of(office)


async def test_a_refused_address_is_tried_again_and_shown_to_the_operator(
    db: Database, settings: Settings
) -> None:
    await person(db)
    async with post_office() as office:
        office.refuses = {"ada@example.org"}
        db.routing = routing(settings, office.port)
        await ask_for_reset(db)
        await send_due(db)
    async with db.transaction(readonly=True) as tx:
        error = await tx.fetchval("select error from reaction")
    assert "says 550 5.1.1 no such mailbox here" in error


@pytest.mark.parametrize("over", ["used_at = clock_timestamp()", "expires_at = clock_timestamp()"])
async def test_a_link_that_is_over_is_not_sent_any_more(
    db: Database, settings: Settings, over: str
) -> None:
    await person(db)
    async with post_office() as office:
        db.routing = routing(settings, office.port)
        await ask_for_reset(db)
        async with db.transaction() as tx:
            await tx.execute(f"update password_reset set {over}")
        assert await send_due(db) == 1
    assert office.letters == []


async def test_sent_twice_it_is_the_same_letter(db: Database, settings: Settings) -> None:
    """A crash between the sending and the commit repeats it: mail programs know it by its id."""
    await person(db)
    async with post_office() as office:
        db.routing = routing(settings, office.port)
        await ask_for_reset(db)
        await send_due(db)
        async with db.transaction() as tx:
            await tx.execute("update reaction set state = 'pending'")
        await send_due(db)
    first, second = office.letters
    assert first["Message-ID"] == second["Message-ID"]
    assert text_of(office, 0) == text_of(office, 1)


@pytest.mark.parametrize("how", ["account", "reset"])
async def test_a_changed_password_is_told_to_its_owner(
    db: Database, settings: Settings, how: str
) -> None:
    ada = await person(db)
    async with post_office() as office:
        db.routing = routing(settings, office.port)
        if how == "reset":
            reset_id = await ask_for_reset(db)
            token = access.reset_token(settings.vault, reset_id)
            async with db.transaction() as tx:
                await access.reset_password(tx, settings.vault, token, "another pass phrase")
        else:
            async with db.transaction() as tx:
                await access.change_password(
                    tx,
                    settings.vault,
                    ada.id,
                    current=PASSWORD,
                    new="another pass phrase",
                    keep=None,
                )
        await send_due(db)
    assert [letter["Subject"] for letter in office.letters] == ["Your password was changed"]
    wanted = "by the link we sent you" if how == "reset" else "on your account's page"
    assert wanted in text_of(office)
    assert "another pass phrase" not in text_of(office)


async def test_what_an_operator_decided_is_told_with_its_reason(
    db: Database, settings: Settings
) -> None:
    ada, boss = await person(db), await person(db, "boss@example.org")
    async with post_office() as office:
        db.routing = routing(settings, office.port)
        async with db.transaction() as tx:
            asked = await identity.request_creator(tx, ada.id, "A model.")
            await identity.refuse_creator(tx, asked.id, by=boss.id, reason="Too <short> a record.")
        await send_due(db)
        async with db.transaction() as tx:
            await identity.grant_creator(tx, asked.id, by=boss.id, reason=None)
        await send_due(db)
    assert office.recipients == ["ada@example.org"] * 2
    assert "The reason: Too <short> a record." in text_of(office, 0)
    html = office.letters[0].get_body(("html",))
    assert html is not None
    assert "Too &lt;short&gt; a record." in html.get_content()
    assert f"{settings.origin}/studio" in text_of(office, 1)
    assert office.letters[0]["Message-ID"] != office.letters[1]["Message-ID"]


async def test_without_a_server_the_letter_lies_in_the_folder(
    db: Database, settings: Settings
) -> None:
    await person(db)
    post = Post(choose_mail(settings.home, None, None), settings)
    db.routing = table(BarVenue(Rules.from_settings(settings)), post)
    reset_id = await ask_for_reset(db)
    await send_due(db)
    file: Path = settings.home / "mail" / f"{reset_id}.eml"
    assert access.reset_token(settings.vault, reset_id) in file.read_text()


def test_links_are_made_from_the_arenas_own_origin_never_from_a_caller(settings: Settings) -> None:
    behind = settings.model_copy(update={"public_origin": "https://arena.example/"})
    make: Callable[[str], str] = Post(choose_mail(settings.home, None, None), behind).link
    assert make("/reset/x") == "https://arena.example/reset/x"
