"""The letter as a period closes: what it came to, what comes back of what was held, and the warning."""

from email import message_from_bytes
from email.policy import default

import pytest

from arena.kit.db import Database
from arena.kit.mail import choose_mail
from arena.kit.settings import Settings
from arena.money import performance_fees as fees
from arena.people.access import Post
from tests.http import person
from tests.money.performance_fees.contracts import OCTOBER, QUARTER


@pytest.mark.parametrize(
    ("fee", "held", "charged", "outcome", "words"),
    [
        (20_000, 43_636, True, "due", "The fee is 200.00 USD; an invoice comes. 436.36 USD had been set aside"),
        (20_000, 43_636, True, "due", "236.36 USD of it is free again"),
        (5_000, 0, False, "due", "The fee would be 50.00 USD; it is only shown"),
        (0, 0, True, "nothing", "there was no new high"),
        (0, 0, True, "warned", "If it is still so when the next period closes"),
        (0, 0, True, "stopped", "Nothing is due. Withdrawals had left less"),
        (300, 0, True, "stopped", "The fee is 3.00 USD; an invoice comes. Withdrawals had left less"),
    ],
)  # fmt: skip
async def test_a_copier_is_told_what_a_period_came_to(
    db: Database, settings: Settings, fee: int, held: int, charged: bool, outcome: str, words: str
) -> None:
    creator_id, _ = await person(db, "creator", name="Quant")
    copier_id, _ = await person(db)
    fact = fees.FeePeriodClosed(
        "pfc_1", "pfs_1", copier_id, creator_id, fee, held, "USD", charged, outcome
    )
    post = Post(choose_mail(settings.home, None, None), settings)
    for _ in range(2):  # it is delivered at least once
        async with db.transaction() as tx:
            await fees.send_period_closed(tx, fact, post=post)
    [letter] = (settings.home / "mail").rglob("*.eml")
    body = message_from_bytes(letter.read_bytes(), policy=default).get_body(("plain",))
    assert body is not None
    said = " ".join(body.get_content().split())
    assert "contract with Quant has closed" in said
    assert words in said
    assert "/account/performance-fees/pfc_1" in said


@pytest.mark.parametrize(
    ("at_once", "words"),
    [
        (False, "From 2022-01-01 on performance fees are charged: invoiced as a period closes. It concerns"),
        (False, "The open period ends as it began: in it performance fees are computed and shown, and not charged."),
        (True, "From now on performance fees are charged"),
    ],
)  # fmt: skip
async def test_copier_and_creator_are_told_when_an_operator_switches(
    db: Database, settings: Settings, at_once: bool, words: str
) -> None:
    creator_id, _ = await person(db, "creator", name="Quant")
    copier_id, _ = await person(db)
    holds_from = OCTOBER if at_once else QUARTER
    fact = fees.FeeModeChanged(
        "pfc_1", copier_id, creator_id, "charged", "shadow", holds_from, OCTOBER
    )
    post = Post(choose_mail(settings.home, None, None), settings)
    for _ in range(2):
        async with db.transaction() as tx:
            await fees.send_mode_changed(tx, fact, post=post)
    said = {}
    for letter in (settings.home / "mail").rglob("*.eml"):
        message = message_from_bytes(letter.read_bytes(), policy=default)
        body = message.get_body(("plain",))
        assert body is not None
        said[message["to"]] = " ".join(body.get_content().split())
    assert len(said) == 2
    assert all(words in each for each in said.values())
    assert any("/account/performance-fees/pfc_1" in each for each in said.values())
    assert any("/studio/performance-fees/pfc_1" in each for each in said.values())
    assert sum("leaves before" in each for each in said.values()) == (0 if at_once else 1)
