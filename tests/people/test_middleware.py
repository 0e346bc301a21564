"""Request ids and the bound on bodies, before every route."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.people.access import BodyLimit, CallDep, RequestId, Routes, public
from tests.http import client_of, make_app

routes = Routes("test")


@routes.add("POST", "/length", gate=public("for the test"))
async def length(call: CallDep, body: dict[str, str]) -> dict[str, str]:
    return {"request_id": call.request_id}


@pytest.fixture
def app(db: Database, settings: Settings) -> FastAPI:
    made = make_app(db, settings, routes)
    made.user_middleware.clear()  # the real ones instead
    made.add_middleware(BodyLimit, bytes_max=1000)
    made.add_middleware(RequestId)
    return made


async def test_a_harmless_request_id_is_kept_and_returned(app: FastAPI, settings: Settings) -> None:
    async with client_of(app, settings.origin) as client:
        answer = await client.post("/length", json={}, headers={"X-Request-Id": "my-id:1.2"})
        assert answer.json()["request_id"] == answer.headers["x-request-id"] == "my-id:1.2"


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "<script>", "a\u00e9"])
async def test_any_other_request_id_is_replaced(
    app: FastAPI, settings: Settings, given: str
) -> None:
    async with client_of(app, settings.origin) as client:
        headers = [(b"x-request-id", given.encode("latin-1"))]
        answer = await client.post("/length", json={}, headers=headers)
        assert answer.headers["x-request-id"].startswith("req_")
        missing = await client.get("/nowhere")
        assert missing.json()["request_id"] == missing.headers["x-request-id"]


async def test_a_body_over_the_limit_is_refused(app: FastAPI, settings: Settings) -> None:
    async with client_of(app, settings.origin) as client:
        fits = await client.post("/length", json={"a": "b" * 900})
        assert fits.status_code == 200
        announced = await client.post("/length", json={"a": "b" * 1000})
        assert (announced.status_code, announced.json()["code"]) == (413, "too_large")
        assert announced.headers["connection"] == "close"

        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(20):
                yield b"x" * 100

        unannounced = await client.post("/length", content=pieces())
        assert unannounced.status_code == 413
        lying = httpx.Request(
            "POST",
            f"{settings.origin}/length",
            content=pieces(),
            headers={"Content-Length": "-5", "Idempotency-Key": "k"},
        )
        assert (await client.send(lying)).status_code == 413
