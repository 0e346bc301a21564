"""What host and hosted strategy say to each other: MessagePack in frames with their length before them.

The host trusts nothing that comes back: frames have a size limit, values their types, and each answer is looked at
again by `answers` before it is used.
"""

import os
import socket
import struct

import msgspec
import numpy as np

from arena.kit.clock import monotonic_s
from arena.signals.lab.bars import Bars, Floats
from arena.trading.market import Instrument

ANSWER_BYTES_MAX = 64 * 1024
_HEAD = struct.Struct("<I")
_CHUNK = 1 << 18


class Load(msgspec.Struct, tag=True, array_like=True):
    text: str
    class_name: str
    name: str


class AskIndicators(msgspec.Struct, tag=True, array_like=True):
    parameters: dict[str, int]


class Begin(msgspec.Struct, tag=True, array_like=True):
    """A run begins; `names` are the indicators in the order of the rows."""

    interval_s: int
    names: list[str]
    parameters: dict[str, int]


class Step(msgspec.Struct, tag=True, array_like=True):
    """Rows of close_ms, open, high, low, close, volume and the indicators; then a decision at the last of them."""

    rows: list[tuple[float | int, ...]]
    weight: str


class AskPlan(msgspec.Struct, tag=True, array_like=True):
    """All bars; arrays as their bytes, float64 and int64 of this machine."""

    instrument: Instrument
    interval_s: int
    open_ms: bytes
    prices: list[bytes]
    series: dict[str, bytes]
    parameters: dict[str, int]


class Loaded(msgspec.Struct, tag=True, array_like=True):
    name: str
    about: str
    ranges: dict[str, tuple[int, int, int]]
    planned: bool


class Indicators(msgspec.Struct, tag=True, array_like=True):
    named: dict[str, tuple[str, dict[str, int], str]]


class Begun(msgspec.Struct, tag=True, array_like=True):
    """A run may go on."""


class Wanted(msgspec.Struct, array_like=True):
    """A target, its decimals spelled."""

    weight: str
    confidence: str
    rationale: str
    limit_price: float | None
    stop_price: float | None
    take_profit_price: float | None
    valid_bars: int


class Decided(msgspec.Struct, tag=True, array_like=True):
    """What was decided at a bar; None for no change."""

    target: Wanted | None


class Planned(msgspec.Struct, tag=True, array_like=True):
    enter: bytes
    hold: bytes
    limit_prices: bytes | None
    stop_prices: bytes | None
    take_profit_prices: bytes | None
    valid_bars: int
    band_pct: int


class Broken(msgspec.Struct, tag=True, array_like=True):
    """It went wrong there. `kind`: bad (the source), failed, large, forbidden, unwalled (no strategy ran);
    or unplanned: it says itself that it has no plan with these parameters."""

    kind: str
    why: str
    lines: str = ""


Question = Load | AskIndicators | Begin | Step | AskPlan
Answer = Loaded | Indicators | Begun | Decided | Planned | Broken

encode = msgspec.msgpack.Encoder(decimal_format="string").encode
questions = msgspec.msgpack.Decoder(Question)
answers = msgspec.msgpack.Decoder(Answer)


class TooLong(Exception):
    """A frame is longer than allowed."""


class Late(Exception):
    """No whole frame came in time."""


class Gone(Exception):
    """The other side closed."""


class Line:
    """The host's end."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._rest = bytearray()

    def send(self, message: Question, within_s: float | None = None) -> None:
        """Raises Late where the other side does not read, Gone where it is not there."""
        try:
            self._end.settimeout(within_s)
            self._end.sendall(packed(message))
        except TimeoutError:
            raise Late from None
        except OSError:
            raise Gone from None

    def receive(self, bytes_max: int, within_s: float | None = None) -> bytes:
        """The next frame. Raises TooLong, Late, Gone."""
        until = None if within_s is None else monotonic_s() + within_s
        self._fill(_HEAD.size, until)
        length = _HEAD.unpack_from(self._rest)[0]
        if length > bytes_max:
            raise TooLong
        self._fill(_HEAD.size + length, until)
        frame = bytes(self._rest[_HEAD.size : _HEAD.size + length])
        del self._rest[: _HEAD.size + length]
        return frame

    def close(self) -> None:
        self._end.close()

    def _fill(self, count: int, until: float | None) -> None:
        while len(self._rest) < count:
            try:
                if until is not None:
                    left = until - monotonic_s()
                    if left <= 0:
                        raise Late
                    self._end.settimeout(left)
                data = self._end.recv(_CHUNK)
            except TimeoutError:
                raise Late from None
            except OSError:
                raise Gone from None
            if not data:
                raise Gone
            self._rest += data


class Far:
    """The hosted end: it waits for ever, and knows only reading and writing, as the filter allows no more."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._rest = bytearray()

    def receive(self) -> Question:
        """Raises Gone."""
        self._fill(_HEAD.size)
        length = _HEAD.unpack_from(self._rest)[0]
        self._fill(_HEAD.size + length)
        question: Question = questions.decode(
            memoryview(self._rest)[_HEAD.size : _HEAD.size + length]
        )
        self._rest = self._rest[_HEAD.size + length :]
        return question

    def send(self, message: Answer) -> None:
        self.write(packed(message))

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._number, view) :]

    def _fill(self, count: int) -> None:
        while len(self._rest) < count:
            data = os.read(self._number, _CHUNK)
            if not data:
                raise Gone
            self._rest += data


def packed(message: Question | Answer) -> bytes:
    """The whole frame."""
    data = encode(message)
    return _HEAD.pack(len(data)) + data


def plan_bytes_max(count: int) -> int:
    """The longest plan for so many bars."""
    return 5 * 8 * count + ANSWER_BYTES_MAX


def ask_plan(bars: Bars, series: dict[str, Floats], parameters: dict[str, int]) -> AskPlan:
    prices = (bars.opens, bars.highs, bars.lows, bars.closes, bars.volumes)
    return AskPlan(
        bars.instrument, bars.interval_s, bars.open_ms.tobytes(),
        [array.tobytes() for array in prices],
        {name: values.tobytes() for name, values in series.items()}, parameters,
    )  # fmt: skip


def bars_of(message: AskPlan) -> Bars:
    """The same bars over there, read-only."""
    return Bars(
        message.instrument, message.interval_s, np.frombuffer(message.open_ms, np.int64),
        *(floats(data) for data in message.prices),
    )  # fmt: skip


def floats(data: bytes) -> Floats:
    """Read-only. Raises ValueError where it is no whole number of them."""
    return np.frombuffer(data, np.float64)
