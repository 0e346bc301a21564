"""Which copier's money moves next, who comes and goes, and what an operator switches."""

import random

from arena.kit.db import Tx
from arena.money import performance_fees as fees
from tests.simulation.acts import Words
from tests.simulation.cast import Cast


async def _contract(tx: Tx, draw: random.Random, cast: Cast) -> fees.Contract | None:
    found = await fees.contracts(tx, creator_id=cast.creators[0])
    return draw.choice(sorted(found, key=lambda one: one.id)) if found else None


async def move_money_of_a_copier(tx: Tx, draw: random.Random, cast: Cast) -> Words | None:
    found = await _contract(tx, draw, cast)
    accounts = await fees.accounts(tx, found.id) if found else []
    if found is None or not accounts or found.period_end <= tx.now:
        return None
    flow = draw.choice((0, 200_000, 700_000, -300_000, -1_200_000))
    return {
        "contract": found.id, "account": draw.choice(accounts), "equity": draw.randint(1_000_000, 2_800_000),
        "flow": flow,
    }  # fmt: skip


async def leave_a_creator(tx: Tx, draw: random.Random, cast: Cast) -> Words | None:
    """Not once the period is over: it closes first."""
    found = await _contract(tx, draw, cast)
    if found is None or found.status != "active" or found.period_end <= tx.now:
        return None
    equity = draw.randint(1_000_000, 2_800_000)
    return {"contract": found.id, "person": found.copier.person_id, "equity": equity}


async def agree_with_a_creator(tx: Tx, draw: random.Random, cast: Cast) -> Words | None:
    found = await _contract(tx, draw, cast)
    if found is None or (found.status in ("active", "ending") and found.period_end <= tx.now):
        return None
    person = found.copier.person_id
    return {
        "person": person, "creator": found.creator_id, "country": draw.choice(("DE", "DE", "AT")),
        "account": f"acc_{person}_{draw.randint(1, 2)}", "equity": draw.randint(900_000, 2_500_000),
        "rise": draw.random() < 0.2,
    }  # fmt: skip


async def lower_a_rate(tx: Tx, draw: random.Random, cast: Cast) -> Words | None:
    found = await _contract(tx, draw, cast)
    return found and {
        "contract": found.id, "creator": found.creator_id, "rate": draw.choice((500, 1_000, 1_500)),
    }  # fmt: skip


async def offer_a_rate(_: Tx, draw: random.Random, cast: Cast) -> Words:
    return {"creator": cast.creators[0], "rate": draw.choice((800, 1_500, 2_000, 2_500))}


async def switch_fees(_: Tx, draw: random.Random, cast: Cast) -> Words:
    mode = draw.choice(("charged", "charged", "charged", "shadow", "off"))
    return {"operator": cast.operators[0], "mode": mode, "at_once": draw.random() < 0.2}


OF_FEES = (
    ("move money of a copier", move_money_of_a_copier, 1), ("leave a creator", leave_a_creator, 0.3),
    ("agree with a creator", agree_with_a_creator, 0.5), ("lower a rate", lower_a_rate, 0.1),
    ("offer a rate", offer_a_rate, 0.1), ("switch fees", switch_fees, 0.1),
)  # fmt: skip
