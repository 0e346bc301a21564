"""The feeds of several collectives at once, for whoever owns them."""

from collections.abc import Sequence

from arena.kit.db import Tx
from arena.signals.feeds import store
from arena.signals.feeds.model import Feed


async def feeds_of(tx: Tx, collective_ids: Sequence[str], *, limit: int = 100) -> list[Feed]:
    """Open ones first, each group in the order they were opened."""
    return await store.feeds_of(tx, collective_ids, limit)
