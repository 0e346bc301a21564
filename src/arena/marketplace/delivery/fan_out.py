"""One batch of signals to everybody who is live on its feed, in one pass that waits for nobody."""

from arena.marketplace.delivery.line import Line, Seat


def fan_out(line: Line, frames: list[tuple[int, bytes]], queued_max: int) -> tuple[int, list[Seat]]:
    """Writes the frames, joined, to each live seat; moves line and seats on.

    Returns how many signals were handed over, and the seats whose socket holds more than `queued_max` bytes:
    they read too slowly and are the caller's to close. A seat that is already past some of the frames (it
    caught up from the database while they were on their way) is given the rest only.
    """
    before, newest = line.last, frames[-1][0]
    joined = frames[0][1] if len(frames) == 1 else b"".join(frame for _, frame in frames)
    line.extend(frames)
    delivered, count, slow = 0, len(frames), []
    for seat in line.live:
        outlet = seat.outlet
        if seat.last == before:
            if outlet.push(joined):
                delivered += count
        else:
            rest = [frame for sequence, frame in frames if sequence > seat.last]
            if not rest:
                continue
            if outlet.push(b"".join(rest)):
                delivered += len(rest)
        seat.last = newest
        if outlet.congested and outlet.queued_bytes() > queued_max:
            slow.append(seat)
    return delivered, slow
