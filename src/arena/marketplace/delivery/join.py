"""A seat catches up with its feed and goes live, or is given what has come into its reach: no gap, no repeat.

The seam: as long as the seat is behind its line it is given what it lacks, from memory or the database; the
moment it is not behind, it becomes live in the same step of the event loop, so no signal can pass between.
"""

from datetime import datetime
from itertools import groupby

from arena.marketplace.delivery import counters, render
from arena.marketplace.delivery.hub import BATCH, Hub
from arena.marketplace.delivery.line import Seat
from arena.signals.feeds import signals

DAYS_MAX = 200  # answers kept for others; each may hold BATCH signals
Frames = list[tuple[int, bytes]]


async def join(hub: Hub, seat: Seat) -> bool:
    """Brings a waiting seat up to date. False where it stays waiting: closed, or its grant is over."""
    if seat.joining:
        return False
    seat.joining = True
    try:
        return await (_join_live(hub, seat) if seat.grant.live else _join_later(hub, seat))
    finally:
        seat.joining = False


async def _join_live(hub: Hub, seat: Seat) -> bool:
    line = seat.line
    while _may_go_on(hub, seat):
        frames = line.since(seat.last)
        if frames is None:
            fresh = await hub.read(line.feed_id, seat.last)
            frames = [(signal.sequence, render.signal_frame(signal)) for signal in fresh]
            if not _may_go_on(hub, seat):
                break
        if not frames:
            del line.waiting[seat]
            line.live[seat] = None
            return True
        if not await _give(seat, frames, len(frames)):
            break
        hub.given.note(seat.grant.right_id, (line.feed_id, seat.last), "stream")
    return False


async def _join_later(hub: Hub, seat: Seat) -> bool:
    line = seat.line
    while _may_go_on(hub, seat):
        reach = seat.grant.reach(hub.db.clock.now())
        if reach is None:
            break  # of a live tier meanwhile
        frames, count = await _reached(hub, seat, reach)
        if not _may_go_on(hub, seat):
            break
        if not frames:
            del line.waiting[seat]
            line.later[seat] = None
            return True
        if not await _give(seat, frames, count):
            break
    return False


def _may_go_on(hub: Hub, seat: Seat) -> bool:
    return (
        not seat.connection.closing
        and seat in seat.line.waiting
        and seat.grant.holds_at(hub.db.clock.now())
    )


async def _give(seat: Seat, frames: Frames, count: int) -> bool:
    outlet = seat.connection.outlet
    if not outlet.push(b"".join(frame for _, frame in frames)):
        return False
    seat.last = frames[-1][0]
    counters.DELIVERIES.inc(count)
    if outlet.congested:
        await outlet.drained()
    return True


async def _reached(hub: Hub, seat: Seat, reach: datetime) -> tuple[Frames, int]:
    """What the seat has not had of the signals issued before `reach`, and how many they are: for Basic a digest of
    each day, else one by one.

    Many seats ask the same at the same moment, so answers are kept until they have become too many.
    """
    asked = (seat.line.feed_id, seat.last, seat.grant.daily, reach)
    if asked in hub.days:
        return hub.days[asked]
    async with hub.db.transaction(readonly=True) as tx:
        fresh = await signals(
            tx, seat.line.feed_id, after=seat.last, limit=BATCH, issued_before=reach
        )
    if not seat.grant.daily:
        frames = [(signal.sequence, render.signal_frame(signal, delayed=True)) for signal in fresh]
    else:
        frames = []
        for day, said in groupby(fresh, key=lambda signal: signal.issued_at.date()):
            of_day = list(said)
            frame = render.digest_frame(seat.line.feed_id, day.isoformat(), of_day)
            frames.append((of_day[-1].sequence, frame))
    if frames:
        if len(hub.days) >= DAYS_MAX:
            hub.days.clear()
        hub.days[asked] = (frames, len(fresh))
    return frames, len(fresh)
