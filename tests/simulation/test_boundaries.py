"""One doing after the other dies at its first boundary, its second, and so on to its last; each time it heals."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from arena.marketplace import subscriptions
from tests.simulation import chance
from tests.simulation.acts import Words, person
from tests.simulation.calm import calm
from tests.simulation.crash import PLACES, Fate, Mode, Place
from tests.simulation.doing import Outcome, do
from tests.simulation.run import Plan, Simulation, open_simulation
from tests.simulation.wall import pass_wall

pytestmark = pytest.mark.slow
A_SALE_PAYS = 12  # payouts
Prepare = Callable[[Simulation, int], Awaitable[Words]]


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[Simulation]:
    plan = Plan(11, people=90, creators=1, crashes=0.0, kills=0.0, storms=False)
    async with open_simulation(plan, database_url, tmp_path) as simulation:
        for cards in simulation.cast.cards.values():
            cards.sort()
        yield simulation


async def rested(world: Simulation) -> None:
    await calm(world.arena, world.post, world.server)
    await world.check()


async def later(world: Simulation, span: timedelta) -> None:
    world.arena.clock.move_to(world.arena.clock.now() + span)
    await pass_wall(world.arena.db.url, world.server, int(span.total_seconds()))


async def done(world: Simulation, name: str, words: Words) -> Outcome:
    world.arena.doomed(Fate())
    return await do(world.arena, name, words)


async def new_subscriber(world: Simulation, number: int) -> Words:
    """Another person each time, whose first card pays."""
    person_id = world.cast.subscribers[number]
    for method in world.server.books.all("payment_method"):
        method["card"] = method["card"] | {"_number": "4242424242424242"}
    return {
        "person": person_id, "listing": world.cast.listings[0], "card": world.cast.cards[person_id][0], "tier": "basic",
        "period": "month", "trial": False, "coupon": None, "intent": f"boundary {number}",
    }  # fmt: skip


async def subscribed(world: Simulation, number: int) -> Words:
    words = await new_subscriber(world, number)
    assert (await done(world, "subscribe", words)).word == "active"
    return words


async def to_change(world: Simulation, number: int) -> Words:
    words = await subscribed(world, number)
    async with world.arena.db.transaction(readonly=True) as tx:
        found = await tx.one("select * from subscription where person_id = $1", words["person"])
        wish = subscriptions.NewTerms(found["id"], "pro", "month")
        quoted = await subscriptions.quote(tx, wish, actor=person(words))
    at = quoted.proration.at.isoformat() if quoted.proration else ""
    return {
        "person": words["person"], "subscription": found["id"], "tier": "pro", "period": "month",
        "charge": quoted.charge.minor, "at": at, "intent": words["intent"],
    }  # fmt: skip


async def to_refund(world: Simulation, number: int) -> Words:
    words = await subscribed(world, number)
    async with world.arena.db.transaction(readonly=True) as tx:
        attempt = await tx.one(
            "select id from payment_attempt where person_id = $1", words["person"]
        )
    return {
        "operator": world.cast.operators[0], "attempt": attempt["id"], "amount": None, "intent": words["intent"],
    }  # fmt: skip


async def to_renew(world: Simulation, number: int) -> Words:
    """One falls due; those before it are given up first."""
    async with world.arena.db.transaction(readonly=True) as tx:
        rows = await tx.fetch("select id, person_id from subscription where status <> 'ended'")
    for row in rows:
        world.gave_up.add(row["id"])
        off = {"person": row["person_id"], "subscription": row["id"], "at": "now"}
        assert (await done(world, "cancel", off)).word == "ended"
    await subscribed(world, number)
    await later(world, timedelta(days=32))
    return {}


async def to_give_back(world: Simulation, number: int) -> Words:
    words = await subscribed(world, number)
    async with world.arena.db.transaction(readonly=True) as tx:
        found = await tx.one("select id from subscription where person_id = $1", words["person"])
    off = {"person": words["person"], "subscription": found["id"]}
    assert (await done(world, "cool off", off)).word == "ended"
    return {}


async def to_react(world: Simulation, number: int) -> Words:
    """A charge went through: access, an invoice with the next number, a letter."""
    await subscribed(world, number)
    return {}


async def to_pay_out(world: Simulation, number: int) -> Words:
    """What is on its way to the creator's bank arrives first: one payout at a time."""
    await at_the_bank(world)
    if number % A_SALE_PAYS == 0:
        words = await new_subscriber(world, number) | {"tier": "enterprise"}
        assert (await done(world, "subscribe", words)).word == "active"
        await later(world, timedelta(days=9))
        await rested(world)
    else:
        await later(world, timedelta(hours=25))
        assert (await done(world, "heed", {})).kind == "done"
    wish = {"person": world.cast.creators[0], "amount": 2_500}
    assert (await done(world, "ask for payout", wish)).word == "reserved"
    return {}


async def at_the_bank(world: Simulation, *, fails: str | None = None) -> None:
    """What is pending there arrives, or is sent back, and Stripe has told of it."""
    for account in world.server.books.all("account"):
        for payout in world.server.of(account["id"]).all("payout"):
            if payout["status"] == "pending":
                world.server.end_payout(account["id"], payout["id"], fails=fails)
    await world.post.deliver(world.arena.db, chance.of_step(0), storm=False)


async def to_bounce(world: Simulation, number: int) -> Words:
    """The bank sends a payout back: every other one only after it had arrived, as the arena knows."""
    await to_pay_out(world, number)
    assert (await done(world, "pay creators", {})).kind == "done"
    if number % 2:
        await at_the_bank(world)
        await rested(world)
        account = world.server.books.all("account")[-1]["id"]
        world.server.of(account).all("payout")[0]["status"] = "pending"
    await at_the_bank(world, fails="account_closed")
    return {}


async def to_open_account(world: Simulation, number: int) -> Words:
    return {"person": world.cast.subscribers[number], "country": "DE"}


async def to_heed(world: Simulation, number: int) -> Words:
    """A charge is disputed, and Stripe has told of it."""
    words = await subscribed(world, number)
    async with world.arena.db.transaction(readonly=True) as tx:
        attempt = await tx.one(
            "select gateway_charge_id from payment_attempt where person_id = $1", words["person"]
        )
    world.server.dispute(attempt["gateway_charge_id"])
    await world.post.deliver(world.arena.db, chance.of_step(0), storm=False)
    return {}


SCENES: dict[str, tuple[str, Prepare]] = {
    "subscribing": ("subscribe", new_subscriber), "changing": ("change", to_change),
    "refunding": ("refund", to_refund), "renewing": ("renew subscriptions", to_renew),
    "giving back": ("give back what is owed", to_give_back), "paying out": ("pay creators", to_pay_out),
    "heeding": ("heed", to_heed), "bouncing": ("heed", to_bounce),
    "reacting": ("react", to_react), "opening an account": ("open account", to_open_account),
}  # fmt: skip


@pytest.mark.parametrize("scene", SCENES)
async def test_whatever_boundary_it_dies_at_it_heals(world: Simulation, scene: str) -> None:
    name, prepare = SCENES[scene]
    number, died = 0, 0
    for place in PLACES:
        # Statements of one transaction die alike: every sixth will do.
        step = 6 if place == "statement" else 1
        count = 1
        while True:
            words = await prepare(world, number)
            fate = Fate(_mode(place), place, count)
            world.arena.doomed(fate)
            ended = await do(world.arena, name, words)
            world.arena.doomed(Fate())
            number, count = number + 1, count + step
            if not fate.fired:
                assert ended.kind == "done"
                break
            died += 1
            assert (await done(world, name, words)).kind in ("done", "unknown")
            await rested(world)
    assert died >= len(PLACES) - 1


async def test_a_creator_who_is_paid_twice_is_seen(world: Simulation) -> None:
    await to_pay_out(world, 0)
    assert (await done(world, "pay creators", {})).kind == "done"
    await rested(world)
    account = world.server.books.all("account")[0]["id"]
    for books, kind, prefix, seen in (
        (world.server.books, "transfer", "tr", "transferred 2 times"),
        (world.server.of(account), "payout", "po", "its bank was paid 2 times"),
    ):
        given = ("id", "object", "created", "livemode")
        [sent] = books.all(kind)
        more = {name: value for name, value in sent.items() if name not in given}
        twin = books.make(kind, prefix, **more)
        with pytest.raises(AssertionError, match=seen):
            await world.check()
        del books.things[kind][twin["id"]]
    await world.check()


def _mode(place: Place) -> Mode:
    return "answer lost" if place == "after commit" else "dropped"
