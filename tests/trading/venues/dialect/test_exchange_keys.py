"""Exchange keys: shown once, sealed at rest, listed and revoked by the collective and its owner, and nobody else."""

from collections.abc import AsyncIterator

import httpx
import pytest

from arena.kit.db import Database
from arena.kit.ids import fresh
from arena.kit.settings import Settings
from arena.people.access import COLLECTIVE_SCOPES, Actor
from arena.people.identity import Registration, register_collective
from arena.trading.venues.dialects.binance import exchange_keys
from arena.trading.venues.dialects.binance.exchange_keys import (
    KEYS_MAX,
    TooManyExchangeKeys,
    active_exchange_key,
    create_exchange_key,
    stands,
)
from arena.trading.venues.dialects.binance.routes import routes
from sigma_sdk import Collective, SigningKey
from sigma_sdk.http_signature import Unsigned
from tests.http import make_client, person

KEY = SigningKey(b"n" * 32)


@pytest.fixture
async def owner(db: Database) -> tuple[str, dict[str, str]]:
    return await person(db, "creator")


@pytest.fixture
async def collective_id(db: Database, owner: tuple[str, dict[str, str]]) -> str:
    async with db.transaction() as tx:
        made = await register_collective(tx, Registration("Northwind", "", KEY.public, owner[0]))
    return made.id


@pytest.fixture
async def client(db: Database, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with make_client(db, settings, routes) as made:
        yield made


class Signing(httpx.Auth):
    """The collective's signature on each request."""

    requires_request_body = True

    def auth_flow(self, request: httpx.Request):  # type: ignore[no-untyped-def]  # a generator of httpx's own
        key = None
        if request.method != "GET":
            key = request.headers.setdefault("Idempotency-Key", fresh("idem"))
        unsigned = Unsigned(request.method, str(request.url), request.content, key)
        request.headers.update(Collective(KEY).headers(unsigned))
        yield request


async def test_a_secret_is_shown_once(
    client: httpx.AsyncClient, collective_id: str, owner: tuple[str, dict[str, str]]
) -> None:
    path = f"/collectives/{collective_id}/exchange-keys"
    made = await client.post(path, json={"name": "freqtrade"}, auth=Signing())
    assert made.status_code == 201, made.text
    assert made.headers["cache-control"] == "no-store"
    shown = made.json()
    assert (len(shown["api_key"]), len(shown["secret"])) == (64, 64)
    for listed in (
        await client.get(path, auth=Signing()),
        await client.get(path, headers=owner[1]),
    ):
        (row,) = listed.json()["data"]
        assert row == {name: shown[name] for name in ("id", "api_key", "name", "at", "revoked_at")}
    ended = await client.delete(f"{path}/{shown['id']}", headers=owner[1])
    assert ended.json()["revoked_at"] is not None
    again = await client.delete(f"{path}/{shown['id']}", auth=Signing())
    assert again.json() == ended.json()


async def test_nobody_else_sees_or_makes_them(
    db: Database, client: httpx.AsyncClient, collective_id: str, owner: tuple[str, dict[str, str]]
) -> None:
    path = f"/collectives/{collective_id}/exchange-keys"
    _, stranger = await person(db, "operator")
    for answer in (
        await client.get(path, headers=stranger),
        await client.post(path, json={"name": "x"}, headers=owner[1]),
        await client.delete(f"{path}/exk_{'0' * 26}", headers=stranger),
    ):
        assert answer.status_code == 403, answer.text
    assert (await client.get(path)).status_code == 401
    unknown = await client.delete(f"{path}/exk_{'0' * 26}", auth=Signing())
    assert unknown.json()["code"] == "no_such_exchange_key"


async def test_the_secret_is_sealed_and_comes_back_for_an_active_key_only(
    db: Database, settings: Settings, collective_id: str
) -> None:
    async with db.transaction() as tx:
        made, secret = await create_exchange_key(tx, settings.vault, collective_id, "bot")
        sealed = await tx.fetchval("select sealed from exchange_key")
        assert secret.encode() not in bytes(sealed)
        found = await active_exchange_key(tx, settings.vault, made.api_key)
        assert found == (made, secret)
        assert await stands(tx, made.id)
        await tx.execute("update collective set status = 'suspended'")
        assert await active_exchange_key(tx, settings.vault, made.api_key) is None
        assert not await stands(tx, made.id)
        await tx.execute("update collective set status = 'active'")
        await exchange_keys.revoke_exchange_key(tx, collective_id, made.id, by=collective_id)
        assert await active_exchange_key(tx, settings.vault, made.api_key) is None
        actions = await tx.fetch(
            "select action, detail::text from audit_event where action like 'venues.%' order by id"
        )
    assert [row["action"] for row in actions] == [
        "venues.create_exchange_key",
        "venues.revoke_exchange_key",
    ]
    assert all(secret not in row["detail"] for row in actions)


async def test_there_are_only_so_many(db: Database, settings: Settings, collective_id: str) -> None:
    async with db.transaction() as tx:
        for number in range(KEYS_MAX):
            await create_exchange_key(tx, settings.vault, collective_id, f"bot {number}")
        with pytest.raises(TooManyExchangeKeys):
            await create_exchange_key(tx, settings.vault, collective_id, "one more")


def test_a_collective_holds_the_scope_they_need() -> None:
    assert Actor("collective", "col_1", COLLECTIVE_SCOPES).may("keys:write")
