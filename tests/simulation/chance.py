"""The one seed: each step draws from a source of its own, and ids that the product would take from the system too."""

import random
from types import SimpleNamespace

from arena.kit import ids


def of_step(seed: int, *step: int | str) -> random.Random:
    """The chance of one step: what an earlier step drew, or that it was left out, changes nothing here."""
    return random.Random("/".join(str(part) for part in (seed, *step)))


def give_ids(seed: int, *step: int | str) -> None:
    """From now on `kit.ids.fresh` makes the ids of this step. The kit asks the system for chance and time, as it
    should; a run that is to be repeated exactly gives it both."""
    chance, ticks = of_step(seed, "ids", *step), iter(range(1, 1 << 40))
    ids.secrets = SimpleNamespace(randbits=chance.getrandbits)  # type: ignore[assignment]  # stands in for the module
    at_ns = 1_700_000_000_000_000_000
    ids.time = SimpleNamespace(time_ns=lambda: at_ns + next(ticks) * 1_000_000)  # type: ignore[assignment]  # as above


def give_back() -> None:
    """The system's chance and time again."""
    import secrets
    import time

    ids.secrets, ids.time = secrets, time
