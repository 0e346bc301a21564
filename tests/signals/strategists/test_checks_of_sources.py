"""What creators send is looked at in the sandbox: passed, or refused with the reason; whether that can be is told."""

import pytest

from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.signals.lab import sources
from arena.signals.lab.own import Source
from arena.signals.strategists.hosting import (
    check_for_ever,
    check_next,
    hosting_health,
    hosting_state,
    try_hosting,
)
from tests.signals.lab.own.stage import CROSS, CROSS_PLAN, honest, written
from tests.signals.strategists.hosted_sources import sent


@pytest.fixture
def hosting(settings: Settings) -> Settings:
    return settings.model_copy(update={"host_strategies": True})


CHECKED = {
    "honest": (honest(), "passed", "look-ahead", "stood in"),
    "looks ahead": (
        written(CROSS, plan=CROSS_PLAN.replace('table["fast"]', 'np.roll(table["fast"], -1)')),
        "refused", "look-ahead", "looks ahead: what `plan` decided at bar",
    ),
    "loops": (written("while True: pass"), "refused", "look-ahead", "took longer than 1 s"),
    "no Python": (Source("class Own(:\n", "Own", "own.py"), "refused", "loads", "line 1: "),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("way", sorted(CHECKED))
async def test_what_is_sent_is_looked_at_line_by_line(
    db: Database, hosting: Settings, way: str
) -> None:
    source, outcome, name, words = CHECKED[way]
    kept = await sent(db, hosting, "usr_ada", source, passed=False)
    assert await check_next(db, hosting) == outcome
    assert await check_next(db, hosting) is None
    async with db.transaction(readonly=True) as tx:
        found = await sources.source_by_id(tx, kept.id)
    assert found.state == outcome
    assert found.checked is not None
    assert words in next(line.words for line in found.checked.lines if line.name == name)


@pytest.mark.slow
async def test_a_worker_tries_whether_it_can_host(db: Database, hosting: Settings) -> None:
    async with db.transaction(readonly=True) as tx:
        assert (await hosting_health(tx, hosting))["works"] is False
    assert await try_hosting(db)
    async with db.transaction(readonly=True) as tx:
        health = await hosting_health(tx, hosting)
    assert (health["ok"], health["on"], health["works"], health["why"]) == (True, True, True, "")


async def test_where_it_is_off_that_is_written_down(db: Database, settings: Settings) -> None:
    await check_for_ever(db, settings)
    async with db.transaction(readonly=True) as tx:
        state, health = await hosting_state(tx), await hosting_health(tx, settings)
    assert state is not None
    assert (state.is_on, health["ok"], health["on"]) == (False, True, False)
