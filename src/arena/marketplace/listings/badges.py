"""Badges: what a record has come through so far, each computed from its score, never given by hand. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from arena.marketplace.trust import Score

BadgeName = Literal["forward", "ranked", "proven", "seasoned"]
BADGE_NAMES: tuple[BadgeName, ...] = get_args(BadgeName)  # in rising order of what they ask
SEASONED_DAYS = 180


@dataclass(frozen=True, slots=True)
class Badge:
    """A badge in words: its title, and one sentence of what it says and what it does not."""

    name: BadgeName
    title: str
    meaning: str


BADGES: Mapping[str, Badge] = MappingProxyType(
    {
        badge.name: badge
        for badge in (
            Badge(
                "forward", "Forward",
                "Every signal was signed and logged before the prices it met; a paper account followed it.",
            ),
            Badge("ranked", "Ranked", "At least 30 days of record, enough to be scored at all."),
            Badge(
                "proven", "Proven",
                "The whole 80 % interval of its net Sharpe ratio lies above zero: more than luck, most likely.",
            ),
            Badge("seasoned", "Seasoned", "At least 180 days of record, so more than one mood of the market."),
        )
    }
)  # fmt: skip


def badges_of(score: Score) -> tuple[BadgeName, ...]:
    """The badges a record with this score bears. All records here are forward ones so far."""
    borne: list[BadgeName] = ["forward"]
    if score.value is not None:
        borne.append("ranked")
        if score.low > 0:
            borne.append("proven")
    if score.days >= SEASONED_DAYS:
        borne.append("seasoned")
    return tuple(borne)
