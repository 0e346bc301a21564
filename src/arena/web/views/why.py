"""Why this price: the evidence on a fill, in sentences, and what of it has no words as it stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from arena.trading.venues import Fill
from arena.web.page import N_, _

_SOURCES = {
    "book": N_("It took what stood in the book at this price."),
    "crossing": N_("The market came to the price at which the order was waiting."),
    "trade": N_("A trade of the market reached the order where it was waiting."),
    "order": N_("It met an order of somebody else in the arena, at the price of the one that was there first."),
}  # fmt: skip
# Keys that a sentence needs, the sentence, and further keys that it tells of.
_SENTENCES: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("level", "displayed", "consumed"),
        N_("At %(level)s stood %(displayed)s, of which others in the arena had taken %(consumed)s before."),
    ),
    (
        ("trade_price", "trade_quantity", "trade_id"),
        N_("It was trade %(trade_id)s: %(trade_quantity)s at %(trade_price)s."),
    ),
    (
        ("queue_at_acceptance", "queue_ahead"),
        N_("%(queue_at_acceptance)s stood before it when it was taken, %(queue_ahead)s when it was filled."),
    ),
    (("book_id",), N_("The book was that of update %(book_id)s.")),
    (("counterparty",), N_("The other order was %(counterparty)s.")),
    (("consumed_before",), N_("Of what the bar offered, %(consumed_before)s was taken before.")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Why:
    """`rest` are the names and values that no sentence tells."""

    sentences: tuple[str, ...]
    rest: tuple[tuple[str, str], ...]


def why(fill: Fill) -> Why:
    """Of any venue: what is not known here is shown as it stands."""
    evidence: Mapping[str, Any] = fill.evidence
    said: list[str] = []
    told: set[str] = set()
    source = _SOURCES.get(str(evidence.get("source")))
    if source:
        said.append(_(source))
        told.add("source")
    for keys, words in _SENTENCES:
        if all(key in evidence for key in keys):
            said.append(_(words, **{key: evidence[key] for key in keys}))
            told |= set(keys)
    rest = tuple((key, str(value)) for key, value in evidence.items() if key not in told)
    return Why(tuple(said), rest)
