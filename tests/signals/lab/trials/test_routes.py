"""The register over HTTP: creators register and report, everybody counts."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.signals.lab.documents import Policy, model_document
from arena.signals.lab.routes import routes as lab_routes
from arena.signals.lab.trials.routes import routes as trial_routes
from tests.http import make_client, person
from tests.people.signer import Signer, enrolled
from tests.signals.lab.trials.conftest import PACK

EMPTY = {"version": "2", "indicators": []}
FIGURES = {"net_return": 0.18, "sharpe": 0.9, "max_drawdown": 0.21, "trades": 44, "periods": 700}


def model(bars: int, name: str = "crossing") -> dict[str, Any]:
    return model_document(name, {"bars": bars}, kind="own", code_version="0" * 64)


def sweep(*models: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "kind": "sweep_member", "engine_version": "lab-1",
        "shared": {"pack": PACK, "indicator_set": EMPTY, "policy": Policy().document()},
        "trials": [{"model_config": each} for each in models], **changes,
    }  # fmt: skip


@pytest.fixture
async def client(db: Database, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with make_client(db, settings, lab_routes, trial_routes) as made:
        yield made


@pytest.fixture
async def signer(db: Database) -> Signer:
    made, _ = await enrolled(db)
    return made


async def registered(client: httpx.AsyncClient, signer: Signer, body: dict[str, Any]) -> dict[str, Any]:  # fmt: skip
    answer = await client.post("/lab/trials", json=body, auth=signer.auth())
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_a_sweep_is_registered_with_its_documents_in_one_call(
    client: httpx.AsyncClient, signer: Signer
) -> None:
    made = await registered(client, signer, sweep(model(10), model(20), model(30)))
    assert made["vouched"] == "self_reported"
    [family] = made["families"]
    counted = (await client.get(f"/lab/families/{family}")).json()
    assert (counted["model"], counted["trials"], counted["reproduced"]) == ("crossing", 3, 0)
    page = (await client.get("/lab/trials", params={"family": family})).json()
    assert [one["sha"] for one in page["data"]] == made["trials"]
    first = page["data"][0]
    body = (await client.get(f"/documents/{first['lineage']['model_config_sha']}")).json()["body"]
    assert body == model(10)
    again = await registered(client, signer, sweep(model(30), model(10)))
    assert again["trials"] == [made["trials"][2], made["trials"][0]]
    assert (await client.get(f"/lab/families/{family}")).json() == counted


async def test_pages_of_trials_follow_each_other(client: httpx.AsyncClient, signer: Signer) -> None:
    made = await registered(client, signer, sweep(*(model(bars) for bars in range(5))))
    where: dict[str, Any] = {"family": made["families"][0], "limit": 2}
    seen: list[str] = []
    for _ in range(3):
        page = (await client.get("/lab/trials", params=where)).json()
        seen += [one["sha"] for one in page["data"]]
        where["after"] = page["next"]
    assert page["has_more"] is False
    assert seen == made["trials"]
    registration = page["data"][0]["registration"]
    one = {"family": made["families"][0], "registration": registration}
    assert len((await client.get("/lab/trials", params=one)).json()["data"]) == 5
    for after in ("x", "WzEuNV0", "Wy0xXQ"):
        answer = await client.get("/lab/trials", params={**where, "after": after})
        assert answer.json()["code"] == "bad_cursor"


async def test_what_came_of_a_trial_is_reported_once(
    client: httpx.AsyncClient, signer: Signer
) -> None:
    sha = (await registered(client, signer, sweep(model(10))))["trials"][0]
    path = f"/lab/trials/{sha}/result"
    first = await client.post(path, json=FIGURES, auth=signer.auth())
    assert first.status_code == 200, first.text
    assert first.json()["figures"] == {"self_reported": {**FIGURES, "returns_sha": None}}
    assert first.json()["vouched"] == "self_reported"
    again = await client.post(path, json=FIGURES, auth=signer.auth())
    assert again.json() == first.json()
    other = await client.post(path, json={**FIGURES, "net_return": 0.5}, auth=signer.auth())
    assert (other.status_code, other.json()["code"]) == (409, "result_kept")
    nobody = await client.post(f"/lab/trials/{'0' * 64}/result", json=FIGURES, auth=signer.auth())
    assert (nobody.status_code, nobody.json()["code"]) == (404, "trial_not_registered")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (sweep(model(1), shared={"pack": PACK}), "trial_incomplete"),
        (sweep(model(1), trials=[{"policy": Policy().document()}]), "trial_incomplete"),
        (sweep({**model(1), "seed": -1}), "bad_document"),
        (sweep(trials=[{"model_config_sha": "0" * 64}]), "lineage_unknown"),
        (sweep(model(1), kind="guess"), "invalid"), (sweep(model(1), seed=-1), "invalid"),
        (sweep(model(1), windows={"n": 2**60}), "bad_trial"), (sweep(model(1), windows={"n": 1.0}), "invalid"),
        (sweep(model(1), windows={"n": "a\x00b"}), "bad_trial"), (sweep(model(1), windows={"n": True}), "invalid"),
        (sweep(trials=[]), "invalid"),
        (sweep(model(1), engine_version="a\nb"), "invalid"),
    ],
)  # fmt: skip
async def test_a_registration_that_does_not_hold_is_refused_whole(
    client: httpx.AsyncClient, signer: Signer, db: Database, body: dict[str, Any], code: str
) -> None:
    answer = await client.post("/lab/trials", json=body, auth=signer.auth())
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    async with db.transaction() as tx:
        assert await tx.fetchval("select count(*) from trial") == 0


async def test_only_collectives_register(client: httpx.AsyncClient, db: Database) -> None:
    _, headers = await person(db, "creator")
    answer = await client.post("/lab/trials", json=sweep(model(1)), headers=headers)
    assert answer.status_code == 403
    assert (await client.post("/lab/trials", json=sweep(model(1)))).status_code == 401


async def test_an_unknown_family_is_not_found_and_has_no_trials(client: httpx.AsyncClient) -> None:
    unknown = "fam_" + "0" * 26
    assert (await client.get(f"/lab/families/{unknown}")).json()["code"] == "no_such_family"
    assert (await client.get("/lab/trials", params={"family": unknown})).json()["data"] == []


async def test_schemas_of_documents_are_served_as_they_stand(client: httpx.AsyncClient) -> None:
    for name in ("pack", "indicator-set", "model-config", "policy"):
        answer = await client.get(f"/schemas/{name}-v2.json")
        assert answer.headers["content-type"] == "application/schema+json"
        assert answer.json()["$id"] == f"/schemas/{name}-v2.json"
    assert (await client.get("/schemas/letter-v2.json")).status_code == 422


async def test_a_document_of_the_second_version_is_refused_with_pointers(
    client: httpx.AsyncClient, signer: Signer
) -> None:
    bad = {**Policy().document(), "stop_bps": -5}
    del bad["costs"]
    body = {"kind": "policy", "body": bad}
    answer = await client.post("/documents", json=body, auth=signer.auth())
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.status_code == 422
    assert sorted(error["pointer"] for error in answer.json()["errors"]) == ["/costs", "/stop_bps"]
