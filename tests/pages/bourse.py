"""A house whose floor is at work, for the pages of trading accounts; its tape stands still but for the bars played."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from arena.kit import ids
from arena.kit.settings import Settings
from arena.people.access import COLLECTIVE_SCOPES, Actor
from arena.people.identity import Registration, register_collective
from arena.trading.venues import OrderRequest, VenueOrder
from sigma_sdk.keys import SigningKey
from tests.conftest import Server
from tests.pages.reader import Reader
from tests.stories.house import House, open_house


@pytest.fixture(scope="module")
async def bourse(server: Server, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A day of the sample tape is played; orders take effect at once."""
    name = await server.create()
    settings = Settings(
        home=tmp_path_factory.mktemp("bourse"), seed="bourse", source="sample", demo=False,
        exchange_latency_ms=0, rate_anonymous_per_min=0, rate_caller_per_min=0,
    )  # fmt: skip
    async with open_house(server.url_of(name), settings) as opened, opened.arena.floor.at_work():
        for _ in range(96):
            assert await opened.player.step()
        yield opened
    await server.drop(name)


@dataclass(frozen=True)
class Trader:
    """A collective of a reader's with an account on the floor."""

    house: House
    name: str
    account_id: str
    actor: Actor

    @property
    def path(self) -> str:
        return f"/studio/trading/{self.account_id}"

    async def order(self, side: str, quantity: object, **how: Any) -> VenueOrder:
        """A market order unless it is said otherwise."""
        asked = {
            "client_order_id": ids.fresh("c")[-12:],
            "symbol": "BTC-USD",
            "type": "market",
            **how,
        }
        return await self.house.arena.floor.place(
            self.account_id, OrderRequest(side=side, quantity=Decimal(str(quantity)), **asked), by=self.actor
        )  # type: ignore[arg-type]  # side is one of the two in every test  # fmt: skip

    async def resting(self, price: object = "1000") -> VenueOrder:
        return await self.order("buy", "0.01", type="limit", limit_price=Decimal(str(price)))

    async def one(self, sql: str, *values: object) -> Any:
        async with self.house.arena.db.transaction(readonly=True) as tx:
            return await tx.fetchval(sql, *values)


async def trader(house: House, reader: Reader) -> Trader:
    """Of the person who is signed in."""
    name = ids.fresh("n")[-10:]
    async with house.arena.db.transaction() as tx:
        made = await register_collective(
            tx, Registration(f"Bot {name}", "", SigningKey(name.encode().ljust(32, b".")).public, reader.person_id)
        )  # fmt: skip
    account_id = await house.arena.floor.open_account(made.id)
    return Trader(house, made.name, account_id, Actor("collective", made.id, COLLECTIVE_SCOPES))


async def busy(house: House, reader: Reader) -> Trader:
    """Who has traded over two days, holds something and has an order waiting."""
    made = await trader(house, reader)
    for number in range(2 * 96 + 10):
        if number % 40 == 3:
            await made.order("buy", "0.2")
        if number % 40 == 25:
            await made.order("sell", "0.1")
        assert await house.player.step()
    await made.resting()
    return made
