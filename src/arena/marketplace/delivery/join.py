"""A seat catches up with its feed and goes live, or is given the days that are over: no gap, no repeat.

The seam: as long as the seat is behind its line it is given what it lacks, from memory or the database; the
moment it is not behind, it becomes live in the same step of the event loop, so no signal can pass between.
"""

from datetime import datetime
from itertools import groupby

from arena.marketplace.delivery import counters, render
from arena.marketplace.delivery.hub import BATCH, Hub
from arena.marketplace.delivery.line import Seat
from arena.marketplace.delivery.model import midnight_before
from arena.signals.feeds import signals

DAYS_MAX = 200  # answers kept for others; each may hold BATCH signals
Frames = list[tuple[int, bytes]]


async def join(hub: Hub, seat: Seat) -> bool:
    """Brings a waiting seat up to date. False where it stays waiting: closed, or its grant is over."""
    if seat.joining:
        return False
    seat.joining = True
    try:
        return await (_join_days(hub, seat) if seat.grant.basic else _join_live(hub, seat))
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
    return False


async def _join_days(hub: Hub, seat: Seat) -> bool:
    line = seat.line
    while _may_go_on(hub, seat):
        midnight = midnight_before(hub.db.clock.now())
        frames, count = await _days(hub, seat, midnight)
        if not _may_go_on(hub, seat):
            break
        if not frames:
            del line.waiting[seat]
            line.daily[seat] = None
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


async def _days(hub: Hub, seat: Seat, midnight: datetime) -> tuple[Frames, int]:
    """One digest for each day before `midnight` that the seat has not had, and how many signals they hold.

    Many seats ask the same on the stroke of midnight, so answers are kept until the next one, or until those
    who resume from anywhere have made them too many.
    """
    if hub.days_until != midnight:
        hub.days_until = midnight
        hub.days.clear()
    asked = (seat.line.feed_id, seat.last)
    if asked not in hub.days:
        async with hub.db.transaction(readonly=True) as tx:
            fresh = await signals(
                tx, seat.line.feed_id, after=seat.last, limit=BATCH, issued_before=midnight
            )
        frames = []
        for day, said in groupby(fresh, key=lambda signal: signal.issued_at.date()):
            of_day = list(said)
            frame = render.digest_frame(seat.line.feed_id, day.isoformat(), of_day)
            frames.append((of_day[-1].sequence, frame))
        if hub.days_until != midnight or not frames:
            return frames, len(fresh)
        if len(hub.days) >= DAYS_MAX:
            hub.days.clear()
        hub.days[asked] = (frames, len(fresh))
    return hub.days[asked]
