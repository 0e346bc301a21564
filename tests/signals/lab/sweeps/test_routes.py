"""Sweeps over HTTP: told by a collective's machine, read and cancelled by its owner."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import numpy as np
import polars as pl
import pytest

from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.people.identity import Registration, register_collective
from arena.signals.lab.sweep import summary_of
from arena.signals.lab.sweeps import ENGINE, member_documents
from arena.signals.lab.sweeps.routes import routes as sweep_routes
from arena.signals.lab.trials.routes import routes as trial_routes
from arena.signals.strategists import strategist
from tests.http import make_client, person
from tests.people.signer import Signer
from tests.signals.lab.sweeps.conftest import ASKED, MEMBERS

DRAFT: dict[str, Any] = {
    **{k: v for k, v in ASKED.document().items() if k not in ("space", "where")},
    "space": {name: list(values) for name, values in ASKED.space.items()}, "command": "arena lab sweep --resume",
}  # fmt: skip
REACHED = {
    "done": 4, "per_second": 2.5,
    "best": {"parameters": {"fast_bars": 5}, "sharpe": 0.9, "total_return": 0.1},
}  # fmt: skip


def summary() -> dict[str, Any]:
    """As a machine makes it of its six configurations."""
    sharpes = np.linspace(-0.4, 1.1, 6)
    rows = [
        {"number": n, **one, "total_return": s / 5, "drawdown_max": 0.2, "fills": 30, "sharpe": s,
         "turnover": 9.5, "fees": 80.0, "failed": None}
        for n, (one, s) in enumerate(zip(MEMBERS, sharpes.tolist(), strict=True))
    ]  # fmt: skip
    return summary_of(pl.DataFrame(rows, schema_overrides={"failed": pl.String}))


@pytest.fixture
async def client(db: Database, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with make_client(db, settings, trial_routes, sweep_routes) as made:
        yield made


@pytest.fixture
async def owner(db: Database) -> tuple[str, dict[str, str]]:
    return await person(db, "creator")


@pytest.fixture
async def signer(db: Database, owner: tuple[str, dict[str, str]]) -> Signer:
    made = Signer()
    async with db.transaction() as tx:
        await register_collective(tx, Registration("Tellers", "", made.key.public, owner[0]))
    return made


async def opened(client: httpx.AsyncClient, signer: Signer) -> dict[str, Any]:
    model = strategist(ASKED.model)
    members = [
        member_documents(model, one, kind="rule", code_version=ASKED.code_version)
        for one in MEMBERS
    ]
    shared = {"pack": DRAFT["pack"], "policy": DRAFT["policy"]}
    body = {"kind": "sweep_member", "engine_version": ENGINE, "shared": shared, "trials": members}
    registered = await client.post("/lab/trials", json=body, auth=signer.auth())
    assert registered.status_code == 201, registered.text
    answer = await client.post("/lab/sweeps", json=DRAFT, auth=signer.auth())
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_a_sweep_is_opened_followed_and_ended(
    client: httpx.AsyncClient, signer: Signer, owner: tuple[str, dict[str, str]]
) -> None:
    early = await client.post("/lab/sweeps", json=DRAFT, auth=signer.auth())
    assert (early.status_code, early.json()["code"]) == (422, "trials_missing")
    made = await opened(client, signer)
    path = f"/lab/sweeps/{made['id']}"
    assert (made["status"], made["vouched"], made["summary"]) == ("running", "self_reported", None)
    at = await client.put(f"{path}/progress", json=REACHED, auth=signer.auth())
    assert at.json() == {"status": "running", "done": 4}
    seen = (await client.get(path, headers=owner[1])).json()
    assert (seen["done"], seen["best"], seen["seconds_left"]) == (4, REACHED["best"], 0.8)
    end = {"status": "done", "summary": summary(), "reached": {**REACHED, "done": 6}}
    ended = await client.post(f"{path}/end", json=end, auth=signer.auth())
    assert ended.status_code == 200, ended.text
    assert ended.json()["summary"] == summary()
    listed = (await client.get("/lab/sweeps", headers=owner[1])).json()["data"]
    assert [(one["id"], one["status"], one["summary"]) for one in listed] == [(made["id"], "done", None)]  # fmt: skip


async def test_its_owner_cancels_it_and_the_machine_is_told(
    client: httpx.AsyncClient, signer: Signer, owner: tuple[str, dict[str, str]]
) -> None:
    made = await opened(client, signer)
    path = f"/lab/sweeps/{made['id']}"
    stopped = await client.post(f"{path}/cancel", headers=owner[1])
    assert stopped.json()["status"] == "cancelled"
    at = await client.put(f"{path}/progress", json=REACHED, auth=signer.auth())
    assert at.json() == {"status": "cancelled", "done": 0}


async def test_nobody_else_reads_tells_or_cancels(
    client: httpx.AsyncClient, signer: Signer, db: Database
) -> None:
    made = await opened(client, signer)
    path = f"/lab/sweeps/{made['id']}"
    _, stranger = await person(db, "creator")
    other = Signer()
    async with db.transaction() as tx:
        await register_collective(tx, Registration("Strangers", "", other.key.public, None))
    for answer in (
        await client.get(path, headers=stranger),
        await client.post(f"{path}/cancel", headers=stranger),
        await client.put(f"{path}/progress", json=REACHED, auth=other.auth()),
        await client.post(f"{path}/end", json={"status": "failed"}, auth=other.auth()),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_sweep")
    assert (await client.get("/lab/sweeps")).status_code == 401


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"maps": [{**summary()["maps"][0], "cells": [[1.0]]}]}, "/body/summary/maps/0"),
        ({"above_zero": 1.5}, "/body/summary/above_zero"),
        ({"surplus": 1}, "/body/summary/surplus"),
        ({"stability": [{**summary()["stability"][0], "low": []}]}, "/body/summary/stability/0"),
    ],
)
async def test_a_summary_that_cannot_be_drawn_is_refused(
    client: httpx.AsyncClient, signer: Signer, change: dict[str, Any], where: str
) -> None:
    made = await opened(client, signer)
    body = {"status": "done", "summary": {**summary(), **change}}
    answer = await client.post(f"/lab/sweeps/{made['id']}/end", json=body, auth=signer.auth())
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == where
