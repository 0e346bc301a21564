"""Prices stand within the operator's bounds; what was sold before they were drawn closer goes on."""

from typing import Any

import httpx
import pytest

from arena.kit.settings import Settings
from arena.marketplace.listings import price_bounds, usual_tiers
from arena.marketplace.listings.routes import routes
from tests.http import make_client
from tests.marketplace.market import WORDS, Market

HERE = "/market/listings"


def body(**changes: Any) -> dict[str, Any]:
    names = ("title", "summary", "intended_use", "method", "risks")
    return {name: getattr(WORDS, name) for name in names} | changes


def bounded(settings: Settings) -> Settings:
    return settings.model_copy(update={"price_cents_min": 1_000, "price_cents_max": 20_000})


@pytest.mark.parametrize(
    ("tiers", "status"),
    [
        ({"pro": {"amount": 1_000}}, 201),
        ({"pro": {"amount": 20_000, "year_amount": 240_000}}, 201),
        ({"pro": {"amount": 999}}, 422),
        ({"basic": {"amount": 2_900}, "pro": {"amount": 20_001}}, 422),
        ({"pro": {"amount": 9_900, "year_amount": 240_001}}, 422),
    ],
)
async def test_a_price_outside_is_refused_with_the_bounds_said(
    market: Market, settings: Settings, tiers: dict[str, Any], status: int
) -> None:
    author, _, headers = await market.creator()
    async with make_client(market.db, bounded(settings), routes) as client:
        made = await client.post(
            HERE, json=body(feed_id=author.feed.id, tiers=tiers), headers=headers
        )
    assert made.status_code == status, made.text
    if status == 422:
        assert made.json()["code"] == "price_out_of_bounds"
        assert "from 10.00 USD to 2" in made.json()["detail"]


async def test_what_is_sold_already_goes_on_when_bounds_are_drawn_closer(
    market: Market, settings: Settings
) -> None:
    author, _, headers = await market.creator()

    async def write(client: httpx.AsyncClient, **changes: Any) -> httpx.Response:
        return await client.post(HERE, json=body(**changes), headers=headers)

    async with make_client(market.db, settings, routes) as client:
        made = (await write(client, feed_id=author.feed.id)).json()
    async with make_client(market.db, bounded(settings), routes) as client:
        better = await write(client, id=made["id"], title="Southwind", note="A better name")
        dearer = await write(
            client, id=made["id"], tiers={"enterprise": {"amount": 59_900}}, note="Dearer"
        )
    assert better.status_code == 200, better.text
    assert (dearer.status_code, dearer.json()["code"]) == (422, "price_out_of_bounds")


def test_usual_prices_are_moved_into_the_bounds(settings: Settings) -> None:
    tiers = usual_tiers(price_bounds(bounded(settings)))
    assert [tier.amount.minor for tier in tiers] == [2_900, 9_900, 20_000]
