"""Whatever the order of batches and positions, each live seat is given each signal once, in sequence."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from arena.kit.sockets import payloads, text_frame
from arena.marketplace.delivery.fan_out import fan_out
from arena.marketplace.delivery.line import RECENT_MAX, Connection, Line, Seat
from arena.marketplace.delivery.model import Grant
from arena.people.access import ANONYMOUS


@dataclass
class Kept:
    """An outlet that keeps what it is given."""

    congested: bool = False
    open: bool = True
    frames: list[bytes] = field(default_factory=list)

    def push(self, frames: bytes) -> bool:
        if self.open:
            self.frames.append(frames)
        return self.open

    def queued_bytes(self) -> int:
        return sum(map(len, self.frames))

    async def drained(self) -> None: ...

    def abort(self) -> None: ...

    def sequences(self) -> list[int]:
        return [int(payload) for payload in payloads(b"".join(self.frames))]


async def _send(_message: object) -> None: ...


def _seat(line: Line, last: int, **how: bool) -> tuple[Seat, Kept]:
    outlet = Kept(**how)
    connection = Connection(ANONYMOUS, outlet, _send)
    seat = Seat(connection, line, Grant(line.feed_id, "pro", None), last)
    line.live[seat] = None
    return seat, outlet


def _frames(first: int, count: int) -> list[tuple[int, bytes]]:
    return [(number, text_frame(str(number).encode())) for number in range(first, first + count)]


@given(
    start=st.integers(0, 50),
    ahead=st.lists(st.integers(0, 30), min_size=1, max_size=8),
    batches=st.lists(st.integers(1, 12), min_size=1, max_size=8),
)
def test_each_seat_gets_each_signal_once(start: int, ahead: list[int], batches: list[int]) -> None:
    """Seats that caught up from the database may be ahead of the line when they go live."""
    line = Line("fd_x", start)
    seats = [_seat(line, start + more) for more in ahead]
    for count in batches:
        fan_out(line, _frames(line.last + 1, count), queued_max=10**9)
    end = start + sum(batches)
    for more, (seat, outlet) in zip(ahead, seats, strict=True):
        assert outlet.sequences() == list(range(start + more + 1, end + 1))
        assert seat.last == max(start + more, end)


@given(st.integers(0, 600), st.integers(1, 300))
def test_memory_reaches_back_or_says_that_it_does_not(total: int, behind: int) -> None:
    line = Line("fd_x", 0)
    for number in range(1, total + 1):
        fan_out(line, _frames(number, 1), queued_max=1)
    asked = max(0, total - behind)
    remembered = line.since(asked)
    if total - asked <= RECENT_MAX:
        assert remembered is not None
        assert [sequence for sequence, _ in remembered] == list(range(asked + 1, total + 1))
    else:
        assert remembered is None


def test_only_those_who_read_too_slowly_are_named() -> None:
    line = Line("fd_x", 0)
    slow, _ = _seat(line, 0, congested=True)
    _seat(line, 0)
    gone, _ = _seat(line, 0, open=False)
    delivered, named = fan_out(line, _frames(1, 3), queued_max=5)
    assert (delivered, named) == (6, [slow])
    assert gone.last == 3
