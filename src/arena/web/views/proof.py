"""The newest signal with its place in the transparency log: what anyone can hold the arena to, this moment."""

from dataclasses import dataclass
from datetime import datetime

from arena.evidence import log
from arena.kit.db import Tx
from arena.signals import feeds
from arena.web.views.board import Board


@dataclass(frozen=True, slots=True)
class Proof:
    """A published signal without what it says. `leaf_hash` is hex; `checkpoint_size` None before the first."""

    feed_id: str
    feed: str
    listing_id: str | None
    sequence: int
    received_at: datetime
    log_index: int
    leaf_hash: str
    checkpoint_size: int | None

    @property
    def sealed(self) -> bool:
        """Whether a signed checkpoint covers it: from then on it cannot be taken back unseen."""
        return self.checkpoint_size is not None and self.log_index < self.checkpoint_size


async def newest_proof(tx: Tx, state: Board) -> Proof | None:
    """Of the feed that spoke last; None before the first signal. The salted commitment is public, the target is not."""
    spoken = [line for line in state.feeds if line.last_issued_at is not None]
    if not spoken:
        return None
    last = max(spoken, key=lambda line: (line.last_issued_at, line.feed_id))
    signal = await feeds.signal(tx, last.feed_id, last.signals)
    assert signal is not None, f"{last.feed_id} lacks signal {last.signals}"
    leaf = await log.leaf(tx, signal.log_index)
    checkpoint = await log.latest_checkpoint(tx)
    return Proof(
        last.feed_id, last.name, last.listing_id if last.listing_status == "listed" else None,
        signal.sequence, signal.received_at, signal.log_index, log.leaf_hash(leaf.entry).hex(),
        checkpoint.size if checkpoint else None,
    )  # fmt: skip
