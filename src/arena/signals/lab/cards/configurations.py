"""Which configurations a card's study tries: all of its grid, what is not varied being as the card has it. Pure."""

from collections.abc import Mapping
from itertools import product
from math import prod
from typing import Any


def count_of(study: Mapping[str, Any]) -> int:
    """How many there are before the pairs leave some out."""
    return prod(len(set(values)) for values in study["space"].values())


def configurations_of(study: Mapping[str, Any], chosen: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each with all parameters. Of a pair in `less` the first is the smaller."""
    space: Mapping[str, list[int]] = study["space"]
    every = (
        {**chosen, **dict(zip(space, values, strict=True))}
        for values in product(*(dict.fromkeys(values) for values in space.values()))
    )
    return [one for one in every if all(one[low] < one[high] for low, high in study["less"])]
