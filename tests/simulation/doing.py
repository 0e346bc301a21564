"""Do one thing and say how it ended: done, refused with a name, unknown for now, or dead."""

from dataclasses import dataclass
from typing import Literal

from arena.kit.errors import ArenaError, Unavailable
from tests.simulation.acts import Words
from tests.simulation.crash import Died
from tests.simulation.handle import Handle
from tests.simulation.rounds import DOINGS

FAULTS = {
    "JournalDiffers", "WrongPosting", "UnknownAccount", "NotPending", "Overdrawn", "DoesNotAddUp", "GatewayKeyReused",
}  # fmt: skip
"""Refusals that no person can cause: where one comes up, the product is wrong."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`unknown`: whoever asked does not know what became of it. What is neither of these is a fault of the product."""

    kind: Literal["done", "refused", "unknown", "died", "broken"]
    word: str


async def do(arena: Handle, name: str, words: Words) -> Outcome:
    """Raises what is no error for people: a broken assertion, a fault of the code."""
    try:
        return Outcome("done", await DOINGS[name](arena, words))
    except Died:
        return Outcome("died", "dropped")
    except Unavailable as away:
        return Outcome("unknown", type(away).__name__)
    except ArenaError as refused:
        if type(refused).status >= 500 or type(refused).__name__ in FAULTS:
            raise
        return Outcome("refused", type(refused).__name__)
