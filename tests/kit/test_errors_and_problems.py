"""Errors say what to do next, and reach the caller as RFC 9457 problems."""

from decimal import Decimal
from typing import Any

import httpx
import pytest
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from arena.kit import errors
from arena.kit.db import Database
from arena.kit.errors import (
    ArenaError,
    Conflict,
    Forbidden,
    NotFound,
    Refused,
    Unauthenticated,
    Unavailable,
)
from arena.kit.settings import Settings
from tests.http import client_of, make_app, make_client

router = APIRouter()


class WishTooLarge(Refused):
    """This order of {notional} {quote} is more than
    the account holds; place a smaller one."""


class PayFirst(Forbidden):
    """Subscribe to see this."""

    status = 402


class Slower(Unavailable):
    """Too many calls."""

    status = 429


class Wish(BaseModel):
    model_config = ConfigDict(extra="forbid")

    count: int


RAISED: dict[str, ArenaError] = {
    "large": WishTooLarge(notional=Decimal("1E+3"), quote="USD"),
    "pay": PayFirst(),
    "who": Unauthenticated(),
    "slow": Slower(retry_after_s=7, headers={"RateLimit": '"a";r=0;t=7'}),
    "away": Unavailable("Gone fishing."),
    "sets": Conflict(kinds={"b", "a"}),
}


@router.get("/raise/{name}")
async def _raise(name: str) -> None:
    raise RAISED[name]


@router.post("/wish")
async def _wish(wish: Wish) -> Wish:
    return wish


@pytest.fixture
def client(db: Database, settings: Settings) -> httpx.AsyncClient:
    return make_client(db, settings, router)


async def problem(client: httpx.AsyncClient, name: str, status: int) -> dict[str, Any]:
    answer = await client.get(f"/raise/{name}", headers={"X-Request-Id": "req_1"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["request_id"] == "req_1"
    return body


def test_the_docstring_is_the_message_and_the_class_name_the_code() -> None:
    error = WishTooLarge(notional=Decimal(5), quote="USD")
    assert str(error) == "This order of 5 USD is more than the account holds; place a smaller one."
    assert error.code() == "wish_too_large"
    assert WishTooLarge("Said otherwise.").detail == "Said otherwise."
    assert "{notional}" in WishTooLarge().detail


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (Unauthenticated, 401),
        (Forbidden, 403),
        (NotFound, 404),
        (Conflict, 409),
        (Refused, 422),
        (Unavailable, 503),
    ],
)
def test_each_kind_of_error_has_its_status(kind: type[ArenaError], status: int) -> None:
    assert kind.status == status
    assert kind().detail
    assert kind.__name__ in (errors.__doc__ or "")


async def test_an_error_becomes_a_problem_with_its_facts(client: httpx.AsyncClient) -> None:
    body = await problem(client, "large", 422)
    assert body == {
        "type": "/docs/problems#wish_too_large", "title": "Refused", "status": 422, "code": "wish_too_large",
        "detail": "This order of 1E+3 USD is more than the account holds; place a smaller one.",
        "notional": "1000", "quote": "USD", "request_id": "req_1",
    }  # fmt: skip
    assert (await problem(client, "sets", 409))["kinds"] == ["a", "b"]
    assert (await problem(client, "pay", 402))["code"] == "pay_first"


async def test_headers_go_with_the_kinds_that_need_them(client: httpx.AsyncClient) -> None:
    assert (await client.get("/raise/who")).headers["www-authenticate"].startswith("Bearer")
    slow = await client.get("/raise/slow")
    assert slow.headers["retry-after"] == "7"
    assert slow.headers["ratelimit"] == '"a";r=0;t=7'
    assert "headers" not in slow.json()
    assert (await client.get("/raise/away")).headers["retry-after"] == "1"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [("{", 400, "malformed"), ('{"count": "x"}', 422, "invalid"), ('{"count": 1, "more": 2}', 422, "invalid"),
     ("", 422, "invalid"), ("[]", 422, "invalid"), ("\x00", 400, "malformed")],
)  # fmt: skip
async def test_a_body_that_does_not_fit_is_a_problem_too(
    client: httpx.AsyncClient, body: str, status: int, code: str
) -> None:
    answer = await client.post("/wish", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert answer.json()["code"] == code
    assert all(error["pointer"].startswith("/body") for error in answer.json()["errors"])


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [("GET", "/nowhere", 404, "not_found"), ("DELETE", "/wish", 405, "method_not_allowed")],
)
async def test_what_the_framework_refuses_is_a_problem_too(
    client: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    answer = await client.request(method, path)
    assert answer.status_code == status
    assert answer.json()["code"] == code
    assert path in answer.json()["detail"]


async def test_what_nobody_foresaw_tells_nothing_but_the_request_id(
    db: Database, settings: Settings
) -> None:
    app = make_app(db, settings, router)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with client_of(app, settings.origin, transport=transport) as client:
        answer = await client.get("/raise/unknown", headers={"X-Request-Id": "req_2"})
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal"
    assert answer.json()["request_id"] == "req_2"
    assert "KeyError" not in answer.text
