"""What an operator sees and does over HTTP: health, the tape, dead letters; and the pages for people."""

import dataclasses
import importlib
from dataclasses import dataclass

import pytest

from arena.kit.db import Database, Tx
from arena.kit.facts import Reaction, Routing
from arena.kit.outbox import ATTEMPTS_MAX, drain
from arena.kit.settings import Settings
from arena.trading import market
from arena.web.api import health, operate
from arena.web.pages.open import docs, front
from arena.web.views.board import board
from tests.http import make_client, person
from tests.signals.stage import Stage


@dataclass(frozen=True, slots=True)
class KettleBoiled:
    kettle: str

    @property
    def key(self) -> str:
        return self.kettle


async def _open_tape(db: Database) -> None:
    async with db.transaction() as tx:
        await market.open_tape(tx, market.sample_source("for a test"), "pause")


async def test_without_prices_it_is_not_ready(db: Database, settings: Settings) -> None:
    async with make_client(db, settings, health.routes) as client:
        answer = await client.get("/health")
        assert answer.status_code == 503
        assert answer.json()["parts"]["prices"]["status"] == "down"
        assert (await client.get("/health/live")).status_code == 200


async def test_health_tells_of_each_part(db: Database, settings: Settings) -> None:
    await _open_tape(db)
    async with make_client(db, settings, health.routes) as client:
        answer = await client.get("/health")
    assert answer.status_code == 200
    parts = answer.json()["parts"]
    assert parts["prices"]["source"] == "sample"
    assert parts["prices"]["reason"] == "for a test"
    assert parts["ledger"] == {"status": "ok", "sum": 0}
    assert set(parts) >= {
        "database",
        "prices",
        "feeds",
        "market",
        "delivery",
        "log",
        "ledger",
        "reactions",
    }


async def test_a_dead_letter_is_shown_and_replayed(db: Database, settings: Settings) -> None:
    broken = True

    async def pour(_tx: Tx, _fact: KettleBoiled) -> None:
        if broken:
            raise RuntimeError("no cup")

    db.routing = Routing({KettleBoiled: [Reaction("tea.pour", pour)]})
    async with db.transaction() as tx:
        await tx.record(KettleBoiled("blue"))
    assert await drain(db) == ATTEMPTS_MAX
    _, operator = await person(db, "operator")
    async with make_client(db, settings, operate.routes) as client:
        [letter] = (await client.get("/dead-letters", headers=operator)).json()
        assert letter["handler"] == "tea.pour"
        assert "no cup" in letter["error"]
        assert letter["fact"] == dataclasses.asdict(KettleBoiled("blue"))
        broken = False
        path = f"/dead-letters/{letter['fact_id']}/tea.pour/replay"
        assert (await client.post(path, headers=operator)).status_code == 202
        assert await drain(db) == 1
        assert (await client.get("/dead-letters", headers=operator)).json() == []
        assert (await client.post(path, headers=operator)).status_code == 404


@pytest.mark.parametrize("speed", ["1x", "900x", "max", "pause", "auto"])
async def test_an_operator_drives_the_tape(db: Database, settings: Settings, speed: str) -> None:
    await _open_tape(db)
    _, operator = await person(db, "operator")
    async with make_client(db, settings, operate.routes) as client:
        driven = await client.post("/tape", json={"speed": speed}, headers=operator)
        assert driven.status_code == 200, driven.text
        assert (await client.get("/tape", headers=operator)).json()["speed"] == speed
        refused = await client.post("/tape", json={"speed": "warp"}, headers=operator)
        assert refused.status_code == 422
    async with db.transaction(readonly=True) as tx:
        assert (
            await tx.fetchval("select count(*) from audit_event where action = 'tape.drive'") == 1
        )


async def test_others_than_operators_drive_nothing(db: Database, settings: Settings) -> None:
    await _open_tape(db)
    _, subscriber = await person(db)
    async with make_client(db, settings, operate.routes, health.routes) as client:
        for method, path in (
            ("GET", "/tape"),
            ("POST", "/tape"),
            ("GET", "/dead-letters"),
            ("GET", "/metrics"),
        ):
            assert (await client.request(method, path, headers=subscriber)).status_code == 403, path
            assert (await client.request(method, path)).status_code == 401, path


async def test_the_front_page_says_what_it_is_and_what_state_it_is_in(
    db: Database, settings: Settings
) -> None:
    async with make_client(db, settings, front.routes) as client:
        empty = await client.get("/")
        assert "No feed is open yet" in empty.text
        await _open_tape(db)
        page = await client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert "sample, BTC-USD" in page.text
    assert "The tape is paused" in page.text
    assert 'href="/docs"' in page.text
    assert "<script>" not in page.text
    assert "style=" not in page.text


async def test_every_error_of_the_product_stands_on_the_page_of_errors(
    db: Database, settings: Settings
) -> None:
    importlib.import_module("arena.app")  # knows every package, and so every error
    async with make_client(db, settings, docs.routes) as client:
        page = await client.get("/docs/problems")
    for code in ("bad_signature", "sequence_gap", "card_declined", "idempotency_key_missing"):
        assert f'id="{code}"' in page.text


async def test_the_public_page_gives_no_paid_signal_away(db: Database, settings: Settings) -> None:
    """Neither the target nor the equity of this moment, from which the target could be read."""
    stage = Stage(db, settings, market.sample_source("for a test"))
    async with db.transaction() as tx:
        await market.open_tape(tx, stage.source, "pause")
    await stage.employ()
    await stage.play(150, deciding=True)
    async with db.transaction(readonly=True) as tx:
        lines = (await board(tx)).feeds
    moved = [line for line in lines if line.equity != line.equity_at_midnight]
    assert len(moved) >= 4
    assert any(line.last_weight for line in moved)
    async with make_client(db, settings, front.routes) as client:
        for path in ("/",):
            page = (await client.get(path)).text
            assert "Target" not in page
            for line in moved:
                assert f"{line.equity_at_midnight:,.2f}" in page
                assert f"{line.equity:,.2f}" not in page


async def test_a_time_without_a_zone_does_not_drive_the_tape(
    db: Database, settings: Settings
) -> None:
    await _open_tape(db)
    _, headers = await person(db, "operator")
    async with make_client(db, settings, operate.routes) as client:
        answer = await client.post(
            "/tape", headers=headers, json={"speed": "60x", "until": "2021-09-28T00:00:00"}
        )
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
