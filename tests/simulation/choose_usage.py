"""Whose calls come next, how many, and below which cap."""

import random

from arena.kit.db import Tx
from tests.simulation.acts import Words
from tests.simulation.cast import Cast

CAPS = (300, 800, 2_000)
"""Cents, as calls at the default price."""


async def call_in_bursts(_: Tx, draw: random.Random, cast: Cast) -> Words:
    return {
        "person": draw.choice(cast.capped), "times": draw.randint(1, 250), "fails": draw.randint(2, 12),
        "counts": draw.randint(5, 60), "ends": draw.choice(("well", "well", "off")),
    }  # fmt: skip


async def call_within(_: Tx, draw: random.Random, cast: Cast) -> Words:
    return {"person": draw.choice(cast.capped)}


async def set_cap(_: Tx, draw: random.Random, cast: Cast) -> Words:
    """At times below what is used."""
    return {"person": draw.choice(cast.capped), "cap": draw.choice(CAPS)}


OF_USAGE = (
    ("call in bursts", call_in_bursts, 1.5), ("call within", call_within, 1), ("set cap", set_cap, 0.4),
)  # fmt: skip
