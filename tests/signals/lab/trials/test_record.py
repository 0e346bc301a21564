"""Results are written once, by whoever vouches for them; only what the arena ran itself is reproduced."""

from dataclasses import replace

import asyncpg
import pytest

from arena.signals.lab.trials import (
    BadFigures,
    Figures,
    ResultKept,
    TrialNotRegistered,
    family,
    family_id,
    record_results,
    register_trials,
    sharpe_ratios,
    trial,
)
from tests.signals.lab.trials.conftest import Bench

GOOD = Figures(0.18, 0.9, 0.21, 44, 700, "a" * 64)


@pytest.fixture
async def shas(bench: Bench) -> list[str]:
    async with bench.db.transaction() as tx:
        grid = await bench.grid(tx, 3)
        return await register_trials(tx, bench.collective, grid, kind="sweep_member")


async def test_figures_are_kept_and_labelled(bench: Bench, shas: list[str]) -> None:
    flat = Figures(0.0, None, 0.0, 0, 700)
    async with bench.db.transaction() as tx:
        await record_results(tx, bench.sister, {shas[0]: GOOD, shas[1]: flat})
        first, second, third = [await trial(tx, bench.collective, sha) for sha in shas]
    assert first.figures == {"self_reported": GOOD}
    assert second.figures == {"self_reported": flat}
    assert third.figures == {}
    assert first.vouched == "self_reported"


async def test_what_the_arena_ran_itself_stands_beside_what_was_reported(
    bench: Bench, shas: list[str]
) -> None:
    less = replace(GOOD, net_return=0.11)
    async with bench.db.transaction() as tx:
        await record_results(tx, bench.collective, {shas[0]: GOOD})
        await record_results(tx, bench.collective, {shas[0]: less}, vouched="reproduced")
        found = await trial(tx, bench.collective, shas[0])
        counted = await family(tx, family_id(bench.owner, "crossing"))
    assert found.figures == {"self_reported": GOOD, "reproduced": less}
    assert found.vouched == "reproduced"
    assert (counted.trials, counted.reproduced) == (3, 1)


async def test_sharpe_ratios_of_a_family_prefer_what_the_arena_ran(
    bench: Bench, shas: list[str]
) -> None:
    mine = family_id(bench.owner, "crossing")
    async with bench.db.transaction() as tx:
        told = {
            sha: replace(GOOD, sharpe=ratio)
            for sha, ratio in zip(shas, (0.9, None, 1.5), strict=True)
        }
        await record_results(tx, bench.collective, told)
        assert await sharpe_ratios(tx, mine) == [0.9, 1.5]
        ran = {shas[0]: replace(GOOD, sharpe=0.2), shas[1]: replace(GOOD, sharpe=-0.4)}
        await record_results(tx, bench.collective, ran, vouched="reproduced")
        assert await sharpe_ratios(tx, mine) == [0.2, -0.4, 1.5]
        assert await sharpe_ratios(tx, family_id(bench.owner, "another")) == []


async def test_the_same_figures_again_change_nothing_and_others_are_refused(
    bench: Bench, shas: list[str]
) -> None:
    async with bench.db.transaction() as tx:
        await record_results(tx, bench.collective, {shas[0]: GOOD})
        await record_results(tx, bench.collective, {shas[0]: GOOD, shas[1]: GOOD})
    with pytest.raises(ResultKept) as kept:
        async with bench.db.transaction() as tx:
            better = replace(GOOD, net_return=0.5)
            await record_results(tx, bench.collective, {shas[2]: GOOD, shas[0]: better})
    assert kept.value.facts["sha"] == shas[0]
    async with bench.db.transaction() as tx:
        assert (await trial(tx, bench.collective, shas[2])).figures == {}
        assert (await trial(tx, bench.collective, shas[0])).figures["self_reported"] == GOOD


async def test_a_run_that_was_not_registered_before_has_no_result(
    bench: Bench, shas: list[str]
) -> None:
    async with bench.db.transaction() as tx:
        for who, sha in ((bench.collective, "0" * 64), (bench.nobodys, shas[0])):
            with pytest.raises(TrialNotRegistered):
                await record_results(tx, who, {sha: GOOD})


@pytest.mark.parametrize(
    "bad",
    [
        replace(GOOD, net_return=float("nan")), replace(GOOD, net_return=-1.1),
        replace(GOOD, net_return=float("inf")), replace(GOOD, sharpe=float("nan")),
        replace(GOOD, max_drawdown=1.01), replace(GOOD, max_drawdown=float("nan")),
        replace(GOOD, trades=-1), replace(GOOD, periods=2**31),
    ],
)  # fmt: skip
async def test_figures_that_cannot_be_are_refused_by_name(
    bench: Bench, shas: list[str], bad: Figures
) -> None:
    async with bench.db.transaction() as tx:
        with pytest.raises(BadFigures):
            await record_results(tx, bench.collective, {shas[0]: bad})


@pytest.mark.parametrize(
    "sql",
    ["delete from trial_result", "update trial_result set net_return = 9", "truncate trial_result"],
)
async def test_a_result_cannot_be_taken_back(bench: Bench, shas: list[str], sql: str) -> None:
    async with bench.db.transaction() as tx:
        await record_results(tx, bench.collective, {shas[0]: GOOD})
    with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError, match="append-only"):
        async with bench.db.transaction() as tx:
            await tx.execute(sql)
