"""Make a failing run smaller: fewer months, people and kinds of doings, as long as it fails in the same way."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace

from tests.simulation import bank
from tests.simulation.choose import CHOOSERS
from tests.simulation.run import Broken, Plan, Told

RUNS_MAX = 40


async def shrink(plan: Plan, broken: Broken, run: Callable[[Plan], Awaitable[Told]]) -> Plan:
    """The smallest plan that was found. Each doing draws from its own chance, so that what is left out changes only
    what follows from it; still a smaller plan is another world: one that holds or fails otherwise is passed over."""
    smallest, runs, kind = replace(plan, months=broken.month), 0, _kind(broken.why)
    progressed = True
    while progressed and runs < RUNS_MAX:
        progressed = False
        for smaller in _smaller(smallest):
            runs += 1
            if runs > RUNS_MAX:
                break
            try:
                await run(smaller)
            except Broken as again:
                if _kind(again.why) == kind:
                    smallest, progressed = replace(smaller, months=again.month), True
                    break
    return smallest


def _smaller(plan: Plan) -> Iterator[Plan]:
    if plan.kills:
        yield replace(plan, kills=0.0)
    if plan.crashes:
        yield replace(plan, crashes=0.0)
    if plan.storms:
        yield replace(plan, storms=False)
    if plan.people > 4:
        yield replace(plan, people=plan.people // 2)
    if plan.creators > 1:
        yield replace(plan, creators=1)
    if plan.months > 1:
        yield replace(plan, months=plan.months // 2)
    names = [name for name, _, _ in CHOOSERS]
    names += [happening.__name__.replace("_", " ") for happening, _ in bank.HAPPENINGS]
    for name in names:
        if name not in plan.without:
            yield replace(plan, without=plan.without | {name})


def _kind(why: str) -> str:
    """The words before what differs from run to run."""
    return (
        why.split(":")[0]
        + ":"
        + " ".join(
            w for w in why.split(":")[1].split() if "_" not in w and not any(c.isdigit() for c in w)
        )
    )
