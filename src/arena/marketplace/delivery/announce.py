"""The reaction to a published signal: every process is told, so that its hub and pages take it up."""

from arena.kit.db import Tx
from arena.signals.feeds import SignalPublished


async def announce(tx: Tx, published: SignalPublished) -> None:
    """Says again what publishing said: news is a hint that may be lost, and hearing it twice is harmless."""
    tx.tell(f"signal:{published.feed_id}:{published.sequence}")
