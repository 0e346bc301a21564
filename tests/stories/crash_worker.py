"""A process that plays ten days, lists, and charges subscribers as it goes; made to be killed and started again.

Usage: python -m tests.stories.crash_worker DATABASE_URL HOME UNTIL. Prints `ready`, plays as fast as it can,
prints `done` when the tape has reached UNTIL and every subscriber has paid.
"""

import sys
from datetime import datetime, timedelta
from pathlib import Path

import uvloop

from arena import demo
from arena.cli.up import prepare
from arena.kit.canonical import sha256_hex
from arena.kit.clock import from_iso
from arena.kit.errors import ArenaError
from arena.kit.outbox import react_once
from arena.kit.settings import Settings
from arena.marketplace import listings, subscriptions
from arena.money import billing
from arena.people import access, identity
from arena.wire import Arena, open_arena
from arena.worker import Player, Reactor
from arena.worker.jobs import STANDING

SUBSCRIBERS = 12


def crash_settings(home: Path) -> Settings:
    return Settings(
        home=home, seed="crash", source="sample", burn_in_days=2, burn_in_fills=1, port=8000
    )


async def main(url: str, home: Path, until: datetime) -> None:
    settings = crash_settings(home)
    source = await prepare(settings, url)
    async with open_arena(settings, url) as arena:
        await demo.prepare(arena)
        reactor = Reactor(arena.db)
        arena.bus.listen("fact", reactor.wake)
        player = Player(arena, source, reactor, STANDING)
        print("ready", flush=True)
        await billing.janitor(arena.db, arena.gateway, sending_s_max=0)
        await player.catch_up()
        while arena.db.clock.now() < until:
            assert await player.step()
            await _subscribe_some(arena)
        async with reactor.quiet:
            await reactor.settle()
        while await react_once(arena.db, outward=True):  # letters, which the tape does not wait for
            pass
        print("done", flush=True)


async def _subscribe_some(arena: Arena) -> None:
    """Subscriber n comes when the tape has played 3 days and 6 hours for each before him; once, by his intent."""
    async with arena.db.transaction(readonly=True) as tx:
        first = await tx.fetchval("select min(open_at) from candle")
        on_offer = await tx.fetch("select id from listing where status = 'listed' order by id")
        begun = await tx.fetchval("select count(*) from subscription where status <> 'incomplete'")
    if not on_offer:
        return
    for n in range(begun, SUBSCRIBERS):
        if arena.db.clock.now() < first + timedelta(days=3, hours=6 * n):
            return
        await _subscribe(arena, n, on_offer[n % len(on_offer)]["id"])


async def _subscribe(arena: Arena, n: int, listing_id: str) -> None:
    email = f"crash{n}@arena.example"
    async with arena.db.transaction() as tx:
        found = await identity.person_by_email(tx, email)
        person = found[0] if found else await identity.create_person(
            tx, email=email, name=f"Subscriber {n}", password="a long pass phrase"
        )  # fmt: skip
        actor = access.Actor("person", person.id, access.PERSON_SCOPES)
        cards = await billing.payment_methods(tx, person.id)
        card = cards[0] if cards else await billing.add_payment_method(
            tx, gateway=arena.gateway, number="4242424242424242", actor=actor
        )  # fmt: skip
    wish = subscriptions.Wish(listing_id, listings.TIERS[n % 3], card.id)
    terms = subscriptions.Terms(sha256_hex(email.encode()), arena.settings.platform_share_bps)
    try:
        await subscriptions.subscribe(arena.db, arena.gateway, wish, actor=actor, terms=terms)
    except ArenaError as refused:
        print(f"refused: {refused}", flush=True)
        raise


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], Path(sys.argv[2]), from_iso(sys.argv[3])))
