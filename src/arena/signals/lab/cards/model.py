"""What a kept card is, how it was computed again, and how a card may be refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from arena.kit.errors import Conflict, NotFound, Refused
from arena.signals.feeds import Lineage

Label = Literal["self_reported", "reproduced"]
Outcome = Literal["reproduced", "different", "no_data", "failed"]
Code = Literal["built_in", "kept", "deleted", "never_sent"]
"""Where the code of a card's model is: the arena's own, sent by the author, sent and deleted since, with the author."""
CONFIGURATIONS_MAX = 5_000
"""In a card's study: they are registered in one transaction."""
DIFFERENCES_MAX = 50


@dataclass(frozen=True, slots=True)
class Reproduction:
    """One try of the arena's to compute a card again. `differences` are JSON pointers with both values, or one line
    that says why nothing could be computed. Product time."""

    outcome: Outcome
    engine_version: str
    differences: Sequence[str]
    at: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """A card as it was sent, `body`, and what the arena knows of it. `at` is product time; the entry at `log_index`
    of the transparency log names the card. Reproductions come in the order they were made."""

    sha: str
    body: Mapping[str, Any]
    owner_id: str
    kept_by: str
    family_id: str
    lineage: Lineage
    log_index: int
    at: datetime
    number: int
    reproductions: Sequence[Reproduction]
    code: Code = "built_in"

    @property
    def label(self) -> Label:
        """Self-reported until the arena has come to the very same card, whatever the card says of itself; and again
        from when its author has deleted the code that the arena came to it with."""
        found = any(one.outcome == "reproduced" for one in self.reproductions)
        return "reproduced" if found and self.code != "deleted" else "self_reported"

    @property
    def built_in(self) -> bool:
        """Whether its model is the arena's own code, so that the arena can compute it again."""
        return bool(self.body["documents"]["model_config"]["kind"] == "rule")


class NoSuchCard(NotFound):
    """There is no card {sha}; POST /lab/cards keeps one."""


class MalformedCard(Refused):
    """This card cannot be kept: see `errors`; `arena lab card` writes cards as they must be."""


class CardOfAnother(Conflict):
    """Somebody else has kept the card {sha}, word for word. Say in its study what is yours, and make it again."""
