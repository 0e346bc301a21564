"""Months of nothing but calls by key, through meters that die: no cap is passed, nothing is counted twice."""

from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from arena.kit.db import connect_options
from tests.simulation import chance
from tests.simulation.check_usage import usage_is_right
from tests.simulation.choose import correct_calls
from tests.simulation.choose_usage import OF_USAGE
from tests.simulation.crash import Fate
from tests.simulation.run import Plan, Simulation, open_simulation
from tests.simulation.wall import pass_wall

DAY_S = 24 * 3600
CHOOSERS = {name: (chooser, weight) for name, chooser, weight in OF_USAGE}
CHOOSERS["correct calls"] = (correct_calls, 0.3)


async def live(simulation: Simulation, days: int) -> None:
    """Some calls a day, a quarter of which die on the way; the worker invoices what is due."""
    for day in range(days):
        simulation.arena.clock.move_to(simulation.arena.clock.now() + timedelta(days=1))
        await pass_wall(simulation.arena.db.url, simulation.server, DAY_S)
        for number in range(4):
            draw = chance.of_step(simulation.plan.seed, "calls", day, number)
            [name] = draw.choices(list(CHOOSERS), [weight for _, weight in CHOOSERS.values()])
            simulation.arena.doomed(Fate())
            async with simulation.arena.db.transaction(readonly=True) as tx:
                words = await CHOOSERS[name][0](tx, draw, simulation.cast)
            if words is not None:
                await simulation.perform(name, words | {"intent": f"{day}:{number}"})
        await simulation.perform("invoice usage", {})
    simulation.arena.doomed(Fate())
    async with simulation.arena.db.transaction(readonly=True) as tx:
        await usage_is_right(tx, simulation.cast)


@pytest.mark.slow
async def test_no_cap_is_passed_whatever_dies_and_the_check_would_see_it(
    database_url: str, tmp_path: Path
) -> None:
    plan = Plan(5, people=8, creators=1, crashes=0.25, kills=0.03, paid_by="fake")
    async with open_simulation(plan, database_url, tmp_path) as simulation:
        await live(simulation, 75)
        ends = simulation.told.endings
        assert ends["call in bursts: done"] > 50
        assert ends["call in bursts: died"] > 1
        assert ends["call within: refused"] > 0, "some cap was reached"
        assert {"dropped", "killed"} <= {how.split()[0] for how in simulation.told.deaths}
        admin = await asyncpg.connect(**connect_options(simulation.arena.db.url))
        for tampered in (
            "update usage_month set units = units + 1",
            "insert into usage_event select 'ev_twin' || id, plan_id, key_id, month, at, 5000, null from usage_event"
            " where units > 0 and plan_id = (select id from usage_plan where cap is not null order by id limit 1)"
            " limit 1",
        ):
            async with simulation.arena.db.transaction(readonly=True) as tx:
                await usage_is_right(tx, simulation.cast)
            await admin.execute("set session_replication_role = replica")
            before = await admin.fetch("select * from usage_month")
            await admin.execute(tampered)
            if "ev_twin" in tampered:
                await admin.execute(
                    """update usage_month m set units = (select sum(units) from usage_event e
                       where e.plan_id = m.plan_id and e.month = m.month)"""
                )
            with pytest.raises(AssertionError):
                async with simulation.arena.db.transaction(readonly=True) as tx:
                    await usage_is_right(tx, simulation.cast)
            await admin.execute("delete from usage_month")
            rows = [tuple(row) for row in before]
            await admin.copy_records_to_table("usage_month", records=rows)
            await admin.execute("delete from usage_event where id like 'ev_twin%'")
        await admin.close()
