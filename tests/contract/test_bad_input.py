"""Whatever is sent to any route of the OpenAPI document: never a 500, and every refusal says what to do."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck

from arena.kit import ids
from arena.kit.problems import MEDIA_TYPE
from arena.kit.settings import Settings
from arena.people import access, identity
from tests.conftest import Server
from tests.stories.house import House, open_house

EXAMPLES = 12


@pytest.fixture(scope="module")
async def house(server: Server, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    name = await server.create()
    settings = Settings(
        home=tmp_path_factory.mktemp("house"), seed="bad input", source="sample", burn_in_days=1,
        burn_in_fills=1, rate_anonymous_per_min=0, rate_caller_per_min=0,
    )  # fmt: skip
    async with open_house(server.url_of(name), settings) as opened:
        for _ in range(150):
            assert await opened.player.step()
        yield opened
    await server.drop(name)


async def _mighty_key(house: House) -> str:
    """A person who may do everything: what he sends gets past the gates, to the code behind them."""
    async with house.arena.db.transaction() as tx:
        person = await identity.create_person(
            tx, email="mighty@arena.example", name="Mighty", password="a long pass phrase",
            roles=("creator", "operator"),
        )  # fmt: skip
        _, key = await access.create_api_key(
            tx, house.arena.settings.vault, access.NewApiKey(person.id, "all")
        )
    return key


@pytest.mark.slow
async def test_no_input_gives_a_500_and_every_refusal_is_a_problem(house: House) -> None:
    key = await _mighty_key(house)
    broken = await asyncio.to_thread(_try_all, house.url, key)
    assert not broken, "\n".join(broken)
    assert house.arena.db.clock.now()


def _try_all(url: str, key: str) -> list[str]:
    schema = schemathesis.openapi.from_url(
        f"{url}/openapi.json", headers={"Accept": "application/json"}
    )
    broken: list[str] = []
    tried = 0
    for result in schema.get_all_operations():
        tried += 1
        operation = result.ok()
        found = _try_one(operation, url, key)
        if found:
            broken.append(f"{operation.method.upper()} {operation.path}: {found}")
    assert tried >= 50, f"only {tried} operations were found"
    return broken


def _try_one(operation: Any, url: str, key: str) -> str | None:
    """The first thing wrong with the operation, in words."""
    wrong: list[str] = []

    @hypothesis.given(case=operation.as_strategy())
    @hypothesis.settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def attempt(case: Any) -> None:
        headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": ids.fresh("idem")}
        answer = case.call(base_url=url, headers=headers)
        if answer.status_code == 503 and operation.path.startswith("/health"):
            return
        if answer.status_code >= 500:
            wrong.append(
                f"{answer.status_code} for {case.path_parameters} {case.query} {case.body!r:.300}"
            )
        elif answer.status_code >= 400 and MEDIA_TYPE not in str(
            answer.headers.get("content-type")
        ):
            wrong.append(
                f"{answer.status_code} without a problem: {answer.headers.get('content-type')}"
            )
        assert not wrong

    try:
        attempt()
    except AssertionError:
        return wrong[0]
    return None
