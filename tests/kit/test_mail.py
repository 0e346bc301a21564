"""Mail over a real wire: delivered, refused, server away; encrypted where it must be; and into a folder."""

import asyncio
import email
import logging
import ssl
import stat
from collections.abc import AsyncIterator, Callable, Iterator
from email.policy import default
from pathlib import Path

import pytest
import structlog
from pydantic import ValidationError

from arena.kit.mail import Link, MailNotSent, Message, choose_mail, smtp
from arena.kit.mail.folder import FILES_MAX, FolderMail
from arena.kit.mail.message import BYTES_MAX, compose, sender_address
from arena.kit.mail.server import SmtpServer, smtp_server
from arena.kit.mail.smtp import SmtpMail
from arena.kit.settings import Settings
from tests.kit.post_office import PASSWORD, Office, certificate, post_office, silence

SENDER = sender_address("Sigma Arena <arena@example.org>")
LINK = "https://arena.example/reset/rst_0123456789." + "x" * 43
LETTER = Message(
    "rst_1", "ada@example.org", "A new password",
    ("Hello,", "somebody wants <b>this</b> & that.", Link("Choose it here", LINK)),
)  # fmt: skip


class Far(SmtpServer):
    """The server of these tests as if it stood somewhere else."""

    @property
    def on_this_machine(self) -> bool:
        return False


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    async with post_office() as opened:
        yield opened


@pytest.fixture
def contexts(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    return certificate(tmp_path)


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], str]]:
    """All that was logged so far in every detail, by anybody but the other side's server."""
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as events:
        yield lambda: f"{events}{[r.getMessage() for r in caplog.records if r.name != 'mail.log']}"


def near(port: int, **more: str) -> SmtpServer:
    return SmtpServer("127.0.0.1", port, **more)  # type: ignore[arg-type]  # user and password


async def test_a_letter_arrives_as_text_and_html_with_its_link_whole(office: Office) -> None:
    await SmtpMail(near(office.port), SENDER).send(LETTER)
    (letter,) = office.letters
    assert office.recipients == ["ada@example.org"]
    assert (letter["From"], letter["To"]) == ("Sigma Arena <arena@example.org>", "ada@example.org")
    assert (letter["Subject"], letter["Message-ID"]) == ("A new password", "<rst_1@example.org>")
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Date"].datetime.tzinfo is not None
    text, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert text is not None
    assert html is not None
    assert f"Choose it here:\r\n{LINK}\r\n" in text.get_content()
    assert "<b>this</b> & that" in text.get_content()
    assert "&lt;b&gt;this&lt;/b&gt; &amp; that" in html.get_content()
    assert f'<a href="{LINK}">{LINK}</a>' in html.get_content()
    assert LINK.encode() in letter.as_bytes()  # not broken into lines: people read files by eye


async def test_words_of_every_script_arrive(office: Office) -> None:
    letter = Message("m_1", "ada@example.org", "Grüße 你好", ("Ein Grund: größer – 🙂", "x" * 2000))
    await SmtpMail(near(office.port), SENDER).send(letter)
    body = office.letters[0].get_body(("plain",))
    assert body is not None
    assert office.letters[0]["Subject"] == "Grüße 你好"
    assert "größer – 🙂" in body.get_content()
    assert "x" * 2000 in body.get_content()


@pytest.mark.parametrize("offered", ["tls", "starttls"])
async def test_user_and_password_go_over_an_encrypted_line_only(
    offered: str, contexts: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    ours, trusting = contexts
    at_once = offered == "tls"
    how = {"tls": ours} if at_once else {"starttls": ours}
    async with post_office(auth=True, **how) as office:
        server = Far("127.0.0.1", office.port, at_once, "arena", PASSWORD)
        await SmtpMail(server, SENDER, trust=trusting).send(LETTER)
    assert len(office.letters) == 1
    if not at_once:
        assert office.encrypted == [True]
        assert office.passwords == [(PASSWORD.encode(), True)]


async def test_a_server_that_offers_no_encryption_gets_no_password() -> None:
    async with post_office(auth=True) as office:
        server = Far("127.0.0.1", office.port, False, "arena", PASSWORD)
        with pytest.raises(MailNotSent, match="would travel in clear"):
            await SmtpMail(server, SENDER).send(LETTER)
        assert (office.passwords, office.letters) == ([], [])


@pytest.mark.parametrize("offered", ["tls", "starttls"])
async def test_a_certificate_nobody_vouches_for_is_refused_unless_the_server_is_on_this_machine(
    offered: str, contexts: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    ours, _ = contexts
    at_once = offered == "tls"
    how = {"tls": ours} if at_once else {"starttls": ours}
    async with post_office(**how) as office:
        with pytest.raises(MailNotSent, match="certificate verify failed"):
            await SmtpMail(Far("127.0.0.1", office.port, at_once), SENDER).send(LETTER)
        assert office.letters == []
        await SmtpMail(SmtpServer("127.0.0.1", office.port, at_once), SENDER).send(LETTER)
        assert len(office.letters) == 1


async def test_a_refusal_says_what_the_server_said(office: Office) -> None:
    office.refuses = {"ada@example.org"}
    with pytest.raises(MailNotSent, match=r"says 550 5\.1\.1 no such mailbox here") as refused:
        await SmtpMail(near(office.port), SENDER).send(LETTER)
    assert refused.value.status == 503
    assert office.letters == []


async def test_a_wrong_password_is_named_as_such_and_not_repeated(
    contexts: tuple[ssl.SSLContext, ssl.SSLContext], everything_logged: Callable[[], str]
) -> None:
    async with post_office(auth=True, starttls=contexts[0]) as office:
        server = near(office.port, user="arena", password="not the s3cret")
        with pytest.raises(MailNotSent, match="refuses user or password") as refused:
            await SmtpMail(server, SENDER).send(LETTER)
    assert "not the s3cret" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert "not the s3cret" not in repr(server)
    assert "refuses" not in everything_logged()  # whoever catches it says so
    assert "not the s3cret" not in everything_logged()


async def test_a_server_that_is_away_hangs_up_or_says_nothing_is_given_up_in_time(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.hangs_up = True
    with pytest.raises(MailNotSent, match="hung up"):
        await SmtpMail(near(office.port), SENDER).send(LETTER)
    with pytest.raises(MailNotSent, match="cannot be used: Error connecting"):
        await SmtpMail(near(_closed_port()), SENDER).send(LETTER)
    monkeypatch.setattr(smtp, "STEP_SECONDS_MAX", 0.2)
    async with silence() as port, asyncio.timeout(5):
        with pytest.raises(MailNotSent, match="does not answer in time"):
            await SmtpMail(near(port), SENDER).send(LETTER)
    monkeypatch.setattr(smtp, "STEP_SECONDS_MAX", 60.0)
    monkeypatch.setattr(smtp, "SECONDS_MAX", 0.2)
    async with silence() as port, asyncio.timeout(5):
        with pytest.raises(MailNotSent, match="does not answer in time"):
            await SmtpMail(near(port), SENDER).send(LETTER)


async def test_a_letter_that_is_too_long_does_not_leave(office: Office) -> None:
    letter = Message("m_1", "ada@example.org", "Long", ("x" * BYTES_MAX,))
    with pytest.raises(MailNotSent, match="are allowed"):
        await SmtpMail(near(office.port), SENDER).send(letter)
    assert office.letters == []


@pytest.mark.parametrize(
    "address",
    ["", "nobody", "a,b@example.org", "a@example.org, b@example.org", "a@example.org\r\nBcc: b@example.org",
     "<a@example.org>", "a b@example.org", 'x"@example.org', "a@@example.org"],
)  # fmt: skip
async def test_an_address_that_is_none_or_two_is_not_written_to(
    office: Office, address: str
) -> None:
    with pytest.raises(MailNotSent):
        await SmtpMail(near(office.port), SENDER).send(Message("m_1", address, "Hello", ("x",)))
    assert office.letters == []


async def test_a_subject_has_one_line() -> None:
    with pytest.raises(ValueError, match=r"newline|linefeed"):
        compose(Message("m_1", "ada@example.org", "a\r\nBcc: eve@example.org", ("x",)), SENDER)


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", SmtpServer("mail.example", 587)),
        ("smtps://mail.example", SmtpServer("mail.example", 465, True)),
        ("smtp://u:p%40%2F%20@mail.example:2525", SmtpServer("mail.example", 2525, False, "u", "p@/ ")),
        ("smtps://u%40x:p@[::1]:4650/", SmtpServer("::1", 4650, True, "u@x", "p")),
    ],
)  # fmt: skip
def test_an_address_of_a_server_is_read(url: str, server: SmtpServer) -> None:
    assert smtp_server(url) == server


@pytest.mark.parametrize(
    "url",
    ["", "mail.example", "http://mail.example", "smtp://", "smtp://mail.example:x", "smtp://u:s3/cret@mail.example",
     "smtp://u@mail.example", "smtp://mail.example/path", "smtp://mail.example?s3cret", "smtp://u:s3cret@mail:99999"],
)  # fmt: skip
def test_no_other_is_and_nothing_of_it_is_repeated(url: str) -> None:
    with pytest.raises(ValueError, match="looks like smtp://user:password@host:587") as refused:
        smtp_server(url)
    assert "s3" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    ("host", "here"),
    [("localhost", True), ("127.0.0.1", True), ("::1", True), ("mail.example", False), ("10.0.0.1", False)],
)  # fmt: skip
def test_what_stands_on_this_machine_is_known(host: str, here: bool) -> None:
    assert SmtpServer(host, 25).on_this_machine is here


@pytest.mark.parametrize("sender", ["", "nobody", "x", "a@b\r\nBcc: c@d", "<>", "Sigma Arena"])
def test_a_sender_must_be_one(sender: str) -> None:
    with pytest.raises(ValueError, match="a sender looks like"):
        sender_address(sender)


def test_the_settings_hide_the_password_and_want_a_sender(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "smtp://arena:s3cret@mail.example"
    monkeypatch.setenv("ARENA_SMTP_URL", url)
    with pytest.raises(ValidationError, match="ARENA_SMTP_URL needs it") as refused:
        Settings()
    assert "s3cret" not in f"{refused.value!s}{refused.value!r}"
    monkeypatch.setenv("ARENA_MAIL_FROM", "Sigma Arena <arena@example.org>")
    made = Settings()
    assert "s3cret" not in f"{made!s}{made!r}{made.model_dump()}{made.model_dump_json()}"
    assert made.smtp_url is not None
    assert made.smtp_url.get_secret_value() == url
    monkeypatch.setenv("ARENA_SMTP_URL", "smtp://arena:s3/cret@mail.example")
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert "s3" not in f"{refused.value!s}{refused.value!r}"
    monkeypatch.setenv("ARENA_SMTP_URL", "")
    assert Settings().smtp_url is None


def test_which_way_mail_takes_is_logged_without_its_secrets(
    tmp_path: Path, everything_logged: Callable[[], str]
) -> None:
    by_server = choose_mail(tmp_path, "smtp://arena:s3cret@mail.example", "Arena <a@example.org>")
    assert isinstance(by_server, SmtpMail)
    assert isinstance(choose_mail(tmp_path, None, None), FolderMail)
    assert "'host': 'mail.example'" in everything_logged()
    assert f"'folder': '{tmp_path / 'mail'}'" in everything_logged()
    assert "s3cret" not in everything_logged()


async def test_a_folder_keeps_letters_for_its_operator_alone(tmp_path: Path) -> None:
    folder = tmp_path / "home" / "mail"
    mail = FolderMail(folder, SENDER)
    await mail.send(LETTER)
    await mail.send(LETTER)
    (file,) = folder.iterdir()
    assert file.name == "rst_1.eml"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    letter = email.message_from_bytes(file.read_bytes(), policy=default)
    assert (letter["To"], letter["Subject"]) == ("ada@example.org", "A new password")
    assert LINK in file.read_text()


async def test_what_is_logged_of_a_letter_opens_nothing(
    office: Office, tmp_path: Path, everything_logged: Callable[[], str]
) -> None:
    await FolderMail(tmp_path, SENDER).send(LETTER)
    assert "rst_1.eml" in everything_logged()
    assert "ada@example.org" not in everything_logged()
    await SmtpMail(near(office.port), SENDER).send(LETTER)
    assert LINK not in everything_logged()


async def test_a_folder_keeps_the_newest(tmp_path: Path) -> None:
    mail = FolderMail(tmp_path, SENDER)
    for number in range(FILES_MAX + 5):
        (tmp_path / f"old_{number:05}.eml").touch()
    await mail.send(LETTER)
    kept = {file.name for file in tmp_path.glob("*.eml")}
    assert len(kept) == FILES_MAX
    assert "rst_1.eml" in kept


async def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file where the folder should be")
    with pytest.raises(MailNotSent, match="cannot be written"):
        await FolderMail(tmp_path / "mail", SENDER).send(LETTER)


def _closed_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
