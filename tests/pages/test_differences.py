"""Where an exchange and our books differ: shown to the operator, booked or closed, and never counted as gain."""

from decimal import Decimal
from typing import Any

import pytest
from playwright.async_api import Browser

from arena.kit import ids
from arena.trading import portfolio
from tests.pages.bourse import Trader, bourse, trader
from tests.pages.looking import look_at
from tests.pages.reader import Reader, text_of
from tests.stories.house import House

__all__ = ["bourse"]
PATH = "/operator/differences"


async def at_an_exchange(house: House, owner: Reader) -> Trader:
    """An account of the reader's collective at an exchange, as adding a key opens it."""
    made = await trader(house, owner)
    account_id = ids.fresh("acc")
    async with house.arena.db.transaction() as tx:
        await tx.execute(
            """insert into account (id, kind, owner_id, venue, quote, opening_cash, opened_at)
               values ($1, 'collective', $2, 'binance', 'USD', 1000, $3)""",
            account_id, made.actor.id, tx.now,
        )  # fmt: skip
        await tx.execute("insert into balance values ($1, 'USD', 1000)", account_id)
    return Trader(house, made.name, account_id, made.actor)


async def differ(made: Trader, kind: str, subject: str, ours: str, theirs: str) -> str:
    found = ids.fresh("dif")
    async with made.house.arena.db.transaction() as tx:
        await tx.execute(
            """insert into venue_difference (id, account_id, venue, kind, subject, ours, theirs, at)
               values ($1, $2, 'binance', $3, $4, $5, $6, $7)""",
            found, made.account_id, kind, subject, ours, theirs, tx.now,
        )  # fmt: skip
    return found


@pytest.fixture
async def operator(bourse: House) -> Any:
    async with Reader(bourse) as opened:
        yield await opened.sign_in("operator")


async def test_a_difference_of_balances_is_booked_as_money_moved(
    bourse: House, operator: Reader
) -> None:
    async with Reader(bourse) as owner:
        await owner.sign_in("creator")
        made = await at_an_exchange(bourse, owner)
    found = await differ(made, "balance", "USD", "1000", "1250.5")
    page = await operator.get(PATH)
    assert made.name in page.text
    assert "ours: 1000, theirs: 1250.5" in text_of(page.text)
    wrong = await operator.send(f"{PATH}/{found}/book", {"note": ""})
    assert wrong.status_code == 422
    done = await operator.send(f"{PATH}/{found}/book", {"note": "a deposit by its owner"})
    assert "neither as gain nor as loss" in text_of(done.text)
    assert "a deposit by its owner" in done.text
    async with bourse.arena.db.transaction(readonly=True) as tx:
        held = await portfolio.portfolio(tx, made.account_id)
        (flow,) = await portfolio.flows(tx, made.account_id)
    assert (held.cash, flow.quantity) == (Decimal("1250.5"), Decimal("250.5"))
    assert (await operator.send(f"{PATH}/{found}/book", {"note": "again"})).status_code == 404
    seen = text_of((await operator.get(f"/operator/trading/{made.account_id}")).text)
    assert "1,250.50 USD" in seen


async def test_what_needs_no_booking_is_closed_with_a_word(bourse: House, operator: Reader) -> None:
    async with Reader(bourse) as owner:
        await owner.sign_in("creator")
        made = await at_an_exchange(bourse, owner)
        assert (await owner.get(PATH)).status_code == 403
    found = await differ(made, "order_not_ours", "77001", "", "NEW")
    page = await operator.get(PATH)
    assert f"{PATH}/{found}/book" not in page.text
    assert (await operator.send(f"{PATH}/{found}/book", {"note": "by hand"})).status_code == 422
    done = await operator.send(f"{PATH}/{found}/close", {"note": "placed by hand"})
    assert "opens again" in text_of(done.text)
    assert (
        await made.one("select ended_by from venue_difference where id = $1", found)
        == operator.person_id
    )


async def test_the_page_is_drawn_well(bourse: House, operator: Reader, browser: Browser) -> None:
    async with Reader(bourse) as owner:
        await owner.sign_in("creator")
        made = await at_an_exchange(bourse, owner)
    await differ(made, "balance", "BTC", "0.5", "0.49")
    await differ(made, "fill_not_ours", "88123", "", "0.01 at 43,000")
    await look_at(browser, bourse, PATH, "operator-differences", cookies=operator.cookies)
