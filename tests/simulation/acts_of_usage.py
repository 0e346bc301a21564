"""What customers by the call do, by their keys: calls through the meters of two processes, in bursts, below a cap."""

from starlette.responses import Response

from arena.kit.db import DATABASE_AWAY
from arena.money import usage
from arena.people.access import Actor
from tests.simulation.acts import Words, act, person
from tests.simulation.handle import Handle

REFUSALS = (usage.CapReached, usage.InvoicesUnpaid)


def caller(words: Words) -> Actor:
    return Actor("person", words["person"], frozenset(), "key_1")


async def _answered() -> Response:
    return Response()


@act
async def call_in_bursts(arena: Handle, words: Words) -> str:
    """Two processes let calls through in turn, some of which fail; both count now and then. Where the power goes off
    they forget what they had not counted, and what they held is withheld for a while."""
    meters = [usage.Meter(arena.db) for _ in range(2)]
    through = 0
    for number in range(words["times"]):
        meter = meters[number % len(meters)] if meters else None
        if meter is None:
            break
        try:
            slot = await meter.admit(caller(words))
        except REFUSALS:
            meters.remove(meter)
            await _counted(meter)
            continue
        assert slot is not None
        if number % words["fails"]:
            slot.count("key_1")
            through += 1
        else:
            slot.give_back()
        if not number % words["counts"]:
            await _counted(meter)
    for meter in meters if words["ends"] == "well" else []:
        await meter.close()
    return f"{through} through"


@act
async def call_within(arena: Handle, words: Words) -> str:
    """A call that changes something: counted in its own transaction, once however often it is sent."""
    meter = usage.Meter(arena.db)
    async with arena.db.transaction() as tx:
        done = await meter.within(tx, caller(words), words["intent"], _answered)
    return str(done.status_code)


@act
async def set_cap(arena: Handle, words: Words) -> str:
    async with arena.db.transaction() as tx:
        plan = await usage.set_cap(tx, words["person"], words["cap"], actor=person(words))
    return str(plan.terms.cap)


async def _counted(meter: usage.Meter) -> None:
    """As the meter's own round does it: what could not be said to be there is sent again."""
    try:
        await meter.flush()
    except DATABASE_AWAY:
        await meter.flush()
