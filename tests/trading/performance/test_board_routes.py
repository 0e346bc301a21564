"""The leaderboard, comparisons and seasons over HTTP."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import numpy as np
import pytest

from arena.kit.canonical import sha256_hex
from arena.kit.clock import iso_ms
from arena.kit.db import Database
from arena.kit.ids import derived
from arena.kit.page import encode_cursor
from arena.kit.settings import Settings
from arena.trading import performance
from arena.trading.performance.boards.routes import routes
from tests.http import make_client, person
from tests.trading.performance.test_mark import add_marks, move_on
from tests.trading.performance.test_seasons import MIDNIGHT
from tests.trading.tape import BTC, open_purse, set_up

A, B, C = (derived("acc", name) for name in "abc")


@pytest.fixture
async def client(db: Database, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    await set_up(db)
    chance = np.random.default_rng(11)
    for name, drift in ((A, 0.004), (B, 0.0), (C, -0.004)):
        await open_purse(db, name)
        await add_marks(db, name, list(100_000 * np.cumprod(1 + chance.normal(drift, 0.004, 60))))
    await move_on(db, 2)
    async with make_client(db, settings, routes) as made:
        yield made


async def ids(client: httpx.AsyncClient, **query: Any) -> list[str]:
    answer = await client.get("/leaderboard", params=query)
    assert answer.status_code == 200, answer.text
    return [line["account_id"] for line in answer.json()["data"]]


async def test_the_board_is_filtered_and_read_page_by_page(
    client: httpx.AsyncClient, db: Database
) -> None:
    await move_on(db, 60)
    assert await ids(client) == [A, B, C]
    month = (await client.get("/leaderboard", params={"days": 30})).json()["data"]
    assert [line["daily_returns"] for line in month] == [30, 30, 30]
    assert {line["venue"] for line in month} == {"paper"}
    async with db.transaction() as tx:
        await tx.execute("update account set venue = 'binance' where id = $1", B)
    assert await ids(client, days=90) == [A, B, C]
    assert await ids(client, venue="live") == [B]
    assert await ids(client, venue="paper", days=365) == [A, C]
    assert await ids(client, symbol=BTC.symbol) == []
    first = (await client.get("/leaderboard", params={"limit": 2})).json()
    assert first["has_more"]
    assert await ids(client, after=first["next"]) == [C]
    for query, status in (
        ({"symbol": "NONE-USD"}, 404), ({"days": "31"}, 422), ({"venue": "moon"}, 422),
        ({"after": encode_cursor(-1)}, 400), ({"after": "x"}, 400),
    ):  # fmt: skip
        assert (await client.get("/leaderboard", params=query)).status_code == status, query


async def test_two_accounts_are_compared_day_by_day(
    client: httpx.AsyncClient, db: Database
) -> None:
    await move_on(db, 60)
    said = (await client.get("/leaderboard/compare", params={"a": A, "b": C})).json()
    assert (said["leads"], said["days"], said["days_min"]) == ("first", 59, 30)
    assert said["first"]["account"]["account_id"] == A
    assert said["sharpe_difference"]["low"] > 0
    assert len(said["data"]) == 60
    assert (said["data"][0]["first"], said["data"][0]["at"]) == (1, said["since"])
    assert said["data"][-1]["second"] - 1 == pytest.approx(said["second"]["total_return"])
    month = (await client.get("/leaderboard/compare", params={"a": A, "b": C, "days": 30})).json()
    assert month["days"] == 30
    for other, status in ((A, 422), (derived("acc", "nobody"), 404), ("acc_1", 422)):
        answer = await client.get("/leaderboard/compare", params={"a": A, "b": other})
        assert answer.status_code == status, other


async def test_a_season_from_its_announcement_to_its_document(
    client: httpx.AsyncClient, db: Database
) -> None:
    _, headers = await person(db, "operator")
    _, nobody = await person(db)
    draft = {
        "name": "Autumn", "note": "The first.", "starts_at": iso_ms(MIDNIGHT + timedelta(days=5)),
        "ends_at": iso_ms(MIDNIGHT + timedelta(days=40)), "venue": "paper",
    }  # fmt: skip
    path = "/leaderboard/seasons"
    assert (await client.post(path, json=draft, headers=nobody)).status_code == 403
    assert (await client.post(path, json=draft)).status_code == 401
    made = (await client.post(path, json=draft, headers=headers)).json()
    assert (made["phase"], made["name"], made["document_sha"]) == ("announced", "Autumn", None)
    short = {**draft, "name": "Short", "ends_at": iso_ms(MIDNIGHT + timedelta(days=20))}
    refused = await client.post(path, json=short, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (422, "season_span_refused")
    twice = await client.post(path, json=draft, headers=headers)
    assert (twice.status_code, twice.json()["code"]) == (409, "season_name_taken")
    one = f"{path}/{made['id']}"
    assert (await client.get(one)).json()["data"] == []
    assert (await client.get(f"{one}/document")).status_code == 404
    await move_on(db, 20)
    running = (await client.get(one)).json()
    assert (running["phase"], running["final"], len(running["data"])) == ("running", False, 3)
    assert all(line["rank"] is None for line in running["data"]), "fifteen days prove nothing"
    gone = await client.post(f"{one}/withdraw", json={"reason": "no more"}, headers=headers)
    assert (gone.status_code, gone.json()["code"]) == (409, "season_moved")
    await move_on(db, 40)
    assert (await client.get(one)).json()["phase"] == "over"
    await performance.freeze_seasons(db)
    frozen = (await client.get(one)).json()
    assert (frozen["phase"], frozen["final"]) == ("frozen", True)
    assert [line["account_id"] for line in frozen["data"]] == [A, B, C]
    document = await client.get(f"{one}/document")
    assert sha256_hex(document.content) == frozen["document_sha"]
    assert "immutable" in document.headers["cache-control"]
    assert [s["id"] for s in (await client.get(path)).json()["data"]] == [made["id"]]
    assert (await client.get(path, params={"after": "x"})).status_code == 400
    assert (await client.get(f"{path}/sea_{'0' * 26}")).status_code == 404


async def test_a_season_that_has_not_begun_is_withdrawn_and_gone(
    client: httpx.AsyncClient, db: Database
) -> None:
    _, headers = await person(db, "operator")
    draft = {
        "name": "Wrong", "starts_at": iso_ms(MIDNIGHT + timedelta(days=5)),
        "ends_at": iso_ms(MIDNIGHT + timedelta(days=40)), "symbol": BTC.symbol,
    }  # fmt: skip
    made = (await client.post("/leaderboard/seasons", json=draft, headers=headers)).json()
    path = f"/leaderboard/seasons/{made['id']}"
    assert (
        await client.post(f"{path}/withdraw", json={"reason": "no"}, headers=headers)
    ).status_code == 422
    said = await client.post(f"{path}/withdraw", json={"reason": "wrong dates"}, headers=headers)
    assert said.json()["phase"] == "withdrawn"
    assert (await client.get("/leaderboard/seasons")).json()["data"] == []
    assert (await client.get(path)).json()["phase"] == "withdrawn"
