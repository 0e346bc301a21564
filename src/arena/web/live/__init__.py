"""Pages that keep up: server-sent events for people, woken by news, ended with their reader."""

from arena.web.live.ear import Ear, ear_of
from arena.web.live.events import EventStream, event

__all__ = ["Ear", "EventStream", "ear_of", "event"]
