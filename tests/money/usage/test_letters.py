"""Letters of usage: to the person who pays, once for each share of the cap, with the way to the cap."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest

from arena.kit.db import Database
from arena.kit.mail import choose_mail
from arena.kit.settings import Settings
from arena.money import usage
from arena.people import identity
from arena.people.access import Post


@pytest.mark.parametrize(("percent", "words"), [(80, "would be refused"), (100, "are refused")])
async def test_who_pays_is_told_how_much_of_the_cap_is_used(
    db: Database, settings: Settings, percent: int, words: str
) -> None:
    async with db.transaction() as tx:
        ada = await identity.create_person(
            tx, email="ada@example.org", name="Ada", password="four words in a row"
        )
    fact = usage.UsageAlerted("upl_1", ada.id, datetime(2021, 9, 1, tzinfo=UTC), percent, 120_050)
    post = Post(choose_mail(settings.home, None, None), settings)
    for _ in range(2):  # it is delivered at least once
        async with db.transaction() as tx:
            await usage.send_usage_alert(tx, fact, post=post)
    (letter,) = (settings.home / "mail").rglob("*.eml")
    text = message_from_bytes(letter.read_bytes(), policy=default)
    body = text.get_body(("plain",))
    assert body is not None
    said = " ".join(body.get_content().split())
    assert text["to"] == "ada@example.org"
    assert f"{percent} % of your cap of $1,200.50" in said
    assert words in said
    assert "/account/usage" in said
