"""What is done to performance fees: money moves, copiers come and go, a creator and an operator change terms."""

from dataclasses import replace

from arena.money import performance_fees as fees
from arena.people.access import Actor
from tests.simulation.acts import PLATFORM_BPS, Words, act, operator
from tests.simulation.handle import Handle

REFERENCE = "acc_reference"


@act
async def move_money_of_a_copier(arena: Handle, words: Words) -> str:
    """What the account is worth, and what goes in or out; what is due on what goes is held at once."""
    key = fees.reading_key(arena.settings.vault)
    async with arena.db.transaction() as tx:
        reading = fees.Reading(words["account"], tx.now, words["equity"], words["flow"])
        new = await fees.observe(tx, words["contract"], reading, reference=words["intent"], key=key)
        held = await fees.keep_aside(tx, words["contract"], platform_bps=PLATFORM_BPS)
    return f"{new}, {held} held"


@act
async def leave_a_creator(arena: Handle, words: Words) -> str:
    key = fees.reading_key(arena.settings.vault)
    async with arena.db.transaction() as tx:
        equities = dict.fromkeys(await fees.accounts(tx, words["contract"]), words["equity"])
        left = await fees.leave(
            tx, words["contract"], words["person"], equities=equities, key=key, platform_bps=PLATFORM_BPS,
            references={REFERENCE: 1_000_000},
        )  # fmt: skip
    return left.status


@act
async def agree_with_a_creator(arena: Handle, words: Words) -> str:
    """Again, or with a second account; what he declares may be another country."""
    key = fees.reading_key(arena.settings.vault)
    copier = fees.Copier(words["person"], words["country"], us_person=False)
    async with arena.db.transaction() as tx:
        made = await fees.agree(
            tx, copier, words["creator"], words["account"], equity=words["equity"], key=key, rise=words["rise"]
        )  # fmt: skip
    return f"{made.status} at {made.terms.rate_bps}, then {made.next_rate_bps}"


@act
async def lower_a_rate(arena: Handle, words: Words) -> str:
    async with arena.db.transaction() as tx:
        made = await fees.change_rate(
            tx, words["contract"], words["rate"], creator_id=words["creator"]
        )
    return str(made.next_rate_bps)


@act
async def offer_a_rate(arena: Handle, words: Words) -> str:
    actor = Actor("person", words["creator"])
    async with arena.db.transaction() as tx:
        terms = replace(await fees.offer_of(tx, words["creator"]), rate_bps=words["rate"])
        return str(await fees.set_offer(tx, words["creator"], terms, actor=actor))


@act
async def switch_fees(arena: Handle, words: Words) -> str:
    async with arena.db.transaction() as tx:
        told = await fees.switch(
            tx, "DE", words["mode"], reason="simulated", actor=operator(words), at_once=words["at_once"]
        )  # fmt: skip
    return f"{told} told"
