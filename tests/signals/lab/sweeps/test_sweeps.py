"""Sweeps as the arena keeps them: what must be registered first, how they move, and who sees them."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from arena.kit.db import Tx
from arena.signals.lab.sweeps import (
    MOVES,
    BadReport,
    NoResult,
    NoSuchSweep,
    Reached,
    RunElsewhere,
    Status,
    SweepMoved,
    TrialsMissing,
    begin_sweep,
    cancel_sweep,
    end_sweep,
    next_sweep,
    reopen_sweep,
    report_sweep,
    results_of,
    sweep_id,
    sweep_of,
    sweeps_of,
)
from tests.signals.lab.sweeps.conftest import ASKED, SPACE, Yard

SUMMARY: dict[str, Any] = {"distinct": 6, "best": [], "maps": [], "stability": []}
BEST = {"parameters": {"fast_bars": 5}, "sharpe": 0.4, "total_return": 0.1}


async def told(tx: Tx) -> list[tuple[str, str]]:
    rows = await tx.fetch("select action, object from audit_event order by id")
    return [(row["action"], row["object"]) for row in rows]


async def test_a_sweep_is_refused_until_all_of_its_configurations_are_registered(
    yard: Yard,
) -> None:
    async with yard.db.transaction() as tx:
        await yard.register(tx, 5)
        with pytest.raises(TrialsMissing, match="5 of these 6"):
            await yard.open(tx)
        await yard.register(tx)
        sweep = await yard.open(tx)
        assert (sweep.status, sweep.owner_id) == (Status.RUNNING, yard.owner)
        assert ("lab.open_sweep", sweep.id) in await told(tx)
        assert list(sweep.asked.space) == list(SPACE)
        # A search registers as it goes; it is counted when it ends.
        await yard.open(tx, method="optimise", configurations=1000)


async def test_the_same_things_swept_are_one_sweep_whatever_they_are_called(yard: Yard) -> None:
    sweep = await yard.opened()
    again = await yard.opened(name="Called otherwise", where={})
    other = await yard.opened(space={**SPACE, "fast_bars": (5, 10, 16)})
    assert again.id == sweep.id
    assert other.id != sweep.id
    assert sweep_id(yard.collective, "arena", ASKED) != sweep.id
    assert sweep_id(yard.sister, "creator", ASKED) != sweep.id


async def test_progress_is_kept_and_the_sweep_ends_with_what_came_of_it(yard: Yard) -> None:
    sweep = await yard.opened()
    async with yard.db.transaction() as tx:
        at = await report_sweep(tx, sweep.id, Reached(3, 2.0, BEST), run_by="creator")
        assert (at.reached.done, at.share, at.seconds_left) == (3, 0.5, 1.5)
        assert at.reached.best == BEST
        with pytest.raises(BadReport, match="a summary"):
            await end_sweep(tx, sweep.id, Status.DONE, run_by="creator")
        done = await end_sweep(
            tx,
            sweep.id,
            Status.DONE,
            run_by="creator",
            summary=SUMMARY,
            reached=Reached(6, 2.0, BEST),
        )
        assert (done.status, done.reached.done, done.summary) == (Status.DONE, 6, SUMMARY)
        assert done.ended_at is not None
        assert (await yard.open(tx)).status is Status.DONE
        with pytest.raises(NoResult):
            await results_of(tx, sweep.id)
        assert [one[0] for one in await told(tx)][-1] == "lab.sweep_done"


@pytest.mark.parametrize(
    ("reached", "why"),
    [
        (Reached(7, 1.0), "7 are done of 6"),
        (Reached(-1, 1.0), "-1 are done"),
        (Reached(1, float("inf")), "the rate"),
        (Reached(1, -1.0), "the rate"),
    ],
)
async def test_what_cannot_be_is_not_told(yard: Yard, reached: Reached, why: str) -> None:
    sweep = await yard.opened()
    async with yard.db.transaction() as tx:
        with pytest.raises(BadReport, match=why):
            await report_sweep(tx, sweep.id, reached, run_by="creator")


async def test_a_search_that_registered_too_few_cannot_be_done(yard: Yard) -> None:
    sweep = await yard.opened(method="optimise", configurations=16)
    async with yard.db.transaction() as tx:
        with pytest.raises(TrialsMissing, match="6 of these 9"):
            await end_sweep(
                tx, sweep.id, Status.DONE, run_by="creator", summary={**SUMMARY, "distinct": 9}
            )


async def test_an_interrupted_or_failed_sweep_goes_on_where_it_was(yard: Yard) -> None:
    sweep = await yard.opened()
    for status in (Status.INTERRUPTED, Status.FAILED):
        async with yard.db.transaction() as tx:
            await report_sweep(tx, sweep.id, Reached(3, 2.0, BEST), run_by="creator")
            ended = await end_sweep(tx, sweep.id, status, run_by="creator", why="It was late.")
            assert (ended.status, ended.why) == (status, "It was late.")
            opened = await yard.open(tx)
            assert (opened.status, opened.why, opened.ended_at) == (Status.RUNNING, None, None)
            assert (opened.reached.done, opened.reached.per_second) == (3, 0.0)


async def test_its_owner_cancels_it_and_whoever_runs_it_sees_so(yard: Yard) -> None:
    sweep = await yard.opened()
    async with yard.db.transaction() as tx:
        with pytest.raises(NoSuchSweep):
            await cancel_sweep(tx, sweep.id, "usr_else", actor=yard.actor)
        await cancel_sweep(tx, sweep.id, yard.owner, actor=yard.actor)
        at = await report_sweep(tx, sweep.id, Reached(5, 1.0), run_by="creator")
        assert (at.status, at.reached.done) == (Status.CANCELLED, 0)
        with pytest.raises(SweepMoved, match="cancelled and cannot become done"):
            await end_sweep(tx, sweep.id, Status.DONE, run_by="creator", summary=SUMMARY)
        with pytest.raises(RunElsewhere):
            await reopen_sweep(tx, sweep.id, yard.owner, actor=yard.actor)


async def test_the_arena_takes_the_oldest_of_its_own_and_lets_nobody_else_tell_of_it(
    yard: Yard,
) -> None:
    await yard.opened()
    first = await yard.opened(run_by="arena")
    second = await yard.opened(run_by="arena", seed=1)
    async with yard.db.transaction() as tx:
        waiting = await next_sweep(tx)
        assert waiting is not None
        assert waiting.id == first.id
        with pytest.raises(RunElsewhere, match="run by arena"):
            await report_sweep(tx, first.id, Reached(1, 1.0), run_by="creator")
        assert (await begin_sweep(tx, first.id)).status is Status.RUNNING
        assert (await begin_sweep(tx, first.id)).status is Status.RUNNING
        await end_sweep(tx, first.id, Status.DONE, run_by="arena", summary=SUMMARY, parquet=b"PAR1")
        assert await results_of(tx, first.id) == b"PAR1"
        waiting = await next_sweep(tx)
        assert waiting is not None
        assert waiting.id == second.id
        await cancel_sweep(tx, second.id, yard.owner, actor=yard.actor)
        assert await next_sweep(tx) is None
        again = await reopen_sweep(tx, second.id, yard.owner, actor=yard.actor)
        assert again.status is Status.QUEUED


async def test_sweeps_are_seen_by_whoever_answers_for_them_alone(yard: Yard) -> None:
    first = await yard.opened()
    second = await yard.opened(seed=1)
    async with yard.db.transaction() as tx:
        for reader in (yard.owner, yard.collective, yard.sister):
            assert (await sweep_of(tx, first.id, reader)).id == first.id
            assert [one.id for one in await sweeps_of(tx, reader)] == [second.id, first.id]
        with pytest.raises(NoSuchSweep):
            await sweep_of(tx, first.id, "usr_else")
        assert await sweeps_of(tx, "usr_else") == []
        page = await sweeps_of(tx, yard.owner, before=second.number, limit=1)
        assert [one.id for one in page] == [first.id]
        assert all(newer.number > older.number for newer, older in pairwise([second, first]))


def test_only_done_is_for_good() -> None:
    assert {status for status, to in MOVES.items() if not to} == {Status.DONE}
    assert MOVES.keys() == set(Status)
    assert replace(ASKED, name="x").varied == ("fast_bars", "slow_bars")
