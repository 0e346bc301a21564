"""Rate limits: what is left is said with every answer, and too much is refused with the time to wait."""

import httpx
import pytest

from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.people.access import CallDep, Routes, needs, public
from arena.people.access.rate import address_of
from tests.http import client_of, make_app, person

routes = Routes("test")


@routes.add("GET", "/open", gate=public("for the test"))
async def anyone(call: CallDep) -> dict[str, str]:
    return {}


@routes.add("GET", "/mine/{number}", gate=needs("signals:read"))
async def mine(call: CallDep, number: int) -> dict[str, str]:
    return {}


def client_with(db: Database, settings: Settings, **limits: int) -> httpx.AsyncClient:
    return client_of(make_app(db, settings.model_copy(update=limits), routes), settings.origin)


async def test_every_answer_says_what_is_left(db: Database, settings: Settings) -> None:
    _, headers = await person(db)
    async with client_with(db, settings, rate_caller_per_min=7, rate_anonymous_per_min=5) as client:
        answer = await client.get("/open")
        assert answer.headers["ratelimit-policy"] == '"anonymous";q=5;w=60'
        assert answer.headers["ratelimit"] in {'"anonymous";r=4;t=60', '"anonymous";r=4;t=59'}
        answer = await client.get("/mine/1", headers=headers)
        assert answer.headers["ratelimit-policy"] == '"caller";q=7;w=60'
        assert answer.headers["ratelimit"].startswith('"caller";r=6;t=')
        refused = await client.get("/mine/1")
        assert (refused.status_code, refused.headers["ratelimit"][:15]) == (401, '"anonymous";r=3')
        invalid = await client.get("/mine/x", headers=headers)
        assert (invalid.status_code, invalid.headers["ratelimit"][:12]) == (422, '"caller";r=5')


async def test_too_many_calls_are_refused_with_the_time_to_wait(
    db: Database, settings: Settings
) -> None:
    _, one = await person(db)
    _, two = await person(db)
    async with client_with(db, settings, rate_caller_per_min=3) as client:
        answers = [await client.get("/mine/1", headers=one) for _ in range(4)]
        assert [a.status_code for a in answers] == [200, 200, 200, 429]
        refused = answers[-1]
        assert refused.json()["code"] == "too_many_requests"
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert refused.headers["ratelimit"].startswith('"caller";r=0;t=')
        assert (await client.get("/mine/1", headers=two)).status_code == 200


async def test_guessing_keys_counts_like_calling_without_a_name(
    db: Database, settings: Settings
) -> None:
    async with client_with(db, settings, rate_anonymous_per_min=3) as client:
        guess = {"Authorization": "Bearer ak_guess"}
        codes = [(await client.get("/open", headers=guess)).status_code for _ in range(4)]
        assert codes == [401, 401, 401, 429]


async def test_zero_means_no_limit(db: Database, settings: Settings) -> None:
    async with client_with(db, settings, rate_anonymous_per_min=0) as client:
        for _ in range(20):
            answer = await client.get("/open")
        assert answer.status_code == 200
        assert "ratelimit" not in answer.headers


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("not:an:address", "not:an:address"),
    ],
)
def test_an_ipv6_network_counts_as_one_address(host: str, address: str) -> None:
    from starlette.requests import HTTPConnection

    assert (
        address_of(HTTPConnection({"type": "http", "client": (host, 1), "headers": []})) == address
    )
