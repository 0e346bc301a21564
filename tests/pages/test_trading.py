"""The pages of accounts that trade by themselves: what they show, who sees them, what is done from them."""

import csv
import io

import pytest
from playwright.async_api import Browser

from tests.pages.bourse import bourse, busy, trader
from tests.pages.looking import look_at
from tests.pages.reader import Reader, text_of
from tests.stories.house import House

__all__ = ["bourse"]


@pytest.fixture
async def owner(bourse: House) -> Reader:
    async with Reader(bourse) as opened:
        yield await opened.sign_in("creator")  # type: ignore[misc]  # a fixture yields


async def test_the_list_says_how_to_begin_and_then_shows_what_is_there(
    bourse: House, owner: Reader
) -> None:
    empty = text_of((await owner.get("/studio/trading")).text)
    assert "Make a collective" in empty
    assert "bring-your-bot.md" in empty
    made = await trader(bourse, owner)
    page = await owner.get("/studio/trading")
    assert made.name in page.text
    assert made.path in page.text
    assert "100,000.00 USD" in text_of(page.text)
    assert "/studio/trading" in (await owner.get("/studio")).text


async def test_an_account_shows_what_it_holds_and_how_it_came_to_it(
    bourse: House, owner: Reader
) -> None:
    made = await busy(bourse, owner)
    page = await owner.get(made.path)
    text = text_of(page.text)
    for words in (
        "Positions",
        "BTC-USD",
        "Open orders",
        "Since it was opened",
        "Realised",
        "hypothetical",
    ):
        assert words.lower() in text.lower(), words
    assert 'class="bar-figure"' in page.text
    assert 'class="equity-figure"' in page.text
    orders = text_of((await owner.get(f"{made.path}/orders")).text)
    assert "filled" in orders
    assert "accepted" in orders
    fills = await owner.get(f"{made.path}/fills")
    assert "Why this price" in fills.text
    assert "It took what stood in the book" in text_of(fills.text)
    assert "the price of the fill" in text_of(fills.text)
    pnl = text_of((await owner.get(f"{made.path}/pnl")).text)
    for words in ("By instrument", "By day", "Fees by asset", "Lots, first in first out"):
        assert words in pnl
    limits = text_of((await owner.get(f"{made.path}/limits")).text)
    assert "All positions, of the equity" in limits
