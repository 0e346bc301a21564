"""Frames are what RFC 6455 says, by another's reading of it, and come apart as they were put together."""

from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from arena.kit.sockets import payloads, text_frame

TEXTS = st.one_of(
    st.text(max_size=200), st.sampled_from(["", "a" * 125, "a" * 126, "a" * 65_535, "ä" * 65_536])
)


def _read(data: bytes) -> list[Frame]:
    reader = StreamReader()
    reader.feed_data(data)
    frames = []
    while reader.buffer:
        parsing = Frame.parse(reader.read_exact, mask=False)
        try:
            next(parsing)
        except StopIteration as done:
            frames.append(done.value)
    return frames


@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_frames_are_read_by_others_as_they_were_meant(texts: list[str]) -> None:
    joined = b"".join(text_frame(text.encode()) for text in texts)
    frames = _read(joined)
    assert [bytes(frame.data).decode() for frame in frames] == texts
    assert all(frame.opcode is Opcode.TEXT and frame.fin for frame in frames)
    assert [payload.decode() for payload in payloads(joined)] == texts
