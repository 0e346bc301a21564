"""WebSocket text frames as bytes (RFC 6455 section 5.2): a server's, so unmasked, whole and final."""

import struct
from collections.abc import Iterator

_TEXT_FINAL = 0x81


def text_frame(payload: bytes) -> bytes:
    """One frame with the payload, which must be UTF-8."""
    size = len(payload)
    if size < 126:
        return bytes((_TEXT_FINAL, size)) + payload
    if size < 65_536:
        return struct.pack("!BBH", _TEXT_FINAL, 126, size) + payload
    return struct.pack("!BBQ", _TEXT_FINAL, 127, size) + payload


def payloads(frames: bytes) -> Iterator[bytes]:
    """The payloads of frames made by `text_frame` and joined."""
    at = 0
    while at < len(frames):
        size, start = frames[at + 1], at + 2
        if size == 126:
            (size,), start = struct.unpack_from("!H", frames, start), start + 2
        elif size == 127:
            (size,), start = struct.unpack_from("!Q", frames, start), start + 8
        yield frames[start : start + size]
        at = start + size
