"""A whole arena at work for the SDK's tests: the real app on loopback, twelve days of real prices played."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from arena.kit.settings import Settings
from sigma_sdk import ApiKey, Client
from sigma_sdk.verify import ArenaSource, CheckpointBook, verify_listing
from tests.conftest import Server
from tests.stories.house import House, open_house

T = TypeVar("T")
DAYS = 12
PASSWORD = "correct horse battery"


@pytest.hookimpl(tryfirst=True)  # before the marks are looked at
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs an arena that has played for days runs with the long ones."""
    for item in items:
        if "bazaar" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


@dataclass(frozen=True)
class Bazaar:
    """The arena, its address, and a listing with its feed."""

    house: House
    origin: str
    listing_id: str
    feed_id: str

    async def sync(self, act: Callable[[Client], T], key: str | None = None) -> T:
        """Runs blocking SDK code in a thread of its own, beside the server."""

        def run() -> T:
            with Client(self.origin, None if key is None else ApiKey(key)) as client:
                return act(client)

        async with asyncio.timeout(90):
            return await asyncio.to_thread(run)

    async def subscriber(self, name: str, *, tier: str = "pro") -> str:
        """A new person with a subscription to the listing; the API key."""
        key = await self.sync(lambda client: sign_up(client, name))
        await self.sync(lambda client: subscribe(client, self.listing_id, tier), key)
        return key


@pytest.fixture(scope="session")
async def bazaar(server: Server, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bazaar]:
    home = tmp_path_factory.mktemp("bazaar")
    settings = Settings(
        home=home, seed="test", source="sample", burn_in_days=3, burn_in_fills=2,
        rate_anonymous_per_min=0, rate_caller_per_min=0,
    )  # fmt: skip
    name = await server.create()
    try:
        async with open_house(server.url_of(name), settings) as house:
            await house.play_until(house.arena.db.clock.now() + timedelta(days=DAYS))
            listing = await asyncio.to_thread(_first_listing, house.url)
            yield Bazaar(house, house.url, listing["id"], listing["feed_id"])
    finally:
        await server.drop(name)


@pytest.fixture(scope="session")
async def saved(bazaar: Bazaar, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The evidence a subscriber gets of the listing, saved to a folder."""
    folder = tmp_path_factory.mktemp("evidence") / "saved"
    book = CheckpointBook(tmp_path_factory.mktemp("checkpoints"))
    key = await bazaar.subscriber("saver")

    def save(client: Client) -> None:
        source = ArenaSource(client)
        report = verify_listing(source, bazaar.listing_id, book)
        assert report.broken is None, report.broken
        source.save(folder, bazaar.listing_id)

    await bazaar.sync(save, key)
    return folder


def sign_up(client: Client, name: str, *, creator: bool = False) -> str:
    """A new person; the API key."""
    email = f"{name}@example.org"
    client.sign_up(email=email, name=name, password=PASSWORD, creator=creator)
    client.sign_in(email=email, password=PASSWORD)
    key: str = client.make_api_key(name="test")["key"]
    return key


def subscribe(client: Client, listing_id: str, tier: str) -> str:
    """Subscribes with the test card; the subscription's id."""
    method = client.add_payment_method("4242424242424242")
    made = client.subscribe(listing_id, tier=tier, payment_method_id=method["id"])
    assert made["status"] == "active"
    return str(made["id"])


def _first_listing(origin: str) -> dict[str, str]:
    """The listing with the most signals: it proves most."""
    with Client(origin) as client:
        found = list(client.listings())
        assert found, "the demo brought no listing to market"
        most: dict[str, str] = max(
            found, key=lambda one: int(client.feed(one["feed_id"])["last_sequence"])
        )
        return most
