"""Checks a feed's whole chain as stored, down to the leaf of each signal in the log."""

from collections.abc import Sequence

from arena.evidence import log
from arena.kit.db import Tx
from arena.people.identity import keys
from arena.signals.feeds import read, store
from arena.signals.feeds.chain import chain_faults, expected_entry, head_faults
from arena.signals.feeds.model import ChainFault, ChainReport, Signal

BATCH = 1_000


async def check_chain(tx: Tx, feed_id: str) -> ChainReport:
    """Sequence without gap, hashes, signatures by the collective's keys, and each one's leaf in the log.

    Raises NoSuchFeed.
    """
    feed = await read.feed(tx, feed_id)
    signals: list[Signal] = []
    while more := await store.signals(
        tx, feed_id, after=signals[-1].sequence if signals else 0, limit=BATCH, issued_before=None
    ):
        signals += more
    faults = chain_faults(signals, {key.id: key for key in await keys(tx, feed.collective_id)})
    faults += head_faults(feed, signals)
    faults += await _log_faults(tx, signals)
    return ChainReport(feed_id, len(signals), tuple(faults))


async def _log_faults(tx: Tx, signals: Sequence[Signal]) -> list[ChainFault]:
    found = []
    size = await log.size_of(tx)
    tiles: dict[int, bytes] = {}
    for signal in signals:
        number, place = divmod(signal.log_index, log.WIDTH)
        if number not in tiles:
            width = min(log.WIDTH, size - number * log.WIDTH)
            tiles[number] = (await log.tile(tx, 0, number, width) if width > 0 else None) or b""
        stored = tiles[number][place * 32 : place * 32 + 32]
        if stored != log.leaf_hash(expected_entry(signal)):
            words = f"the log's leaf {signal.log_index} does not commit to it"
            found.append(ChainFault(signal.sequence, "log", words))
    return found
