"""Pages that keep up: server-sent events for people, woken by news, ended with their reader."""

from arena.web.live.ear import Ear, TooManyStreams, ear_of, end_streams
from arena.web.live.events import EventStream, event
from arena.web.live.pictures import PAUSE_S, pictures
from arena.web.live.shared import Shared, shared_of

__all__ = [
    "PAUSE_S",
    "Ear",
    "EventStream",
    "Shared",
    "TooManyStreams",
    "ear_of",
    "end_streams",
    "event",
    "pictures",
    "shared_of",
]
