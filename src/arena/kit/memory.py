"""Keeps pauses of the garbage collector short in a process that lives long and answers at once."""

import gc

YOUNG = 20_000
"""Containers made before the youngest are looked at. The interpreter's 700 suits scripts: here a call makes hundreds,
nearly all of which are gone, by their counts, before anybody looks."""
GENERATIONS = (20, 20)
"""How many looks at the younger before one at the next older."""


def settle_memory() -> None:
    """What has been made so far, above all the code, stays for good and is never looked at again.

    A full collection of a process that serves would else take a tenth of a second, several times a minute under load,
    with everybody waiting. Call it once, when start-up is over.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *GENERATIONS)
