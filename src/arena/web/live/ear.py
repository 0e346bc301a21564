"""The ear, one per app: wakes whoever waits for news of a topic, and counts the streams of each caller."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.requests import Request

from arena.kit.bus import Bus, Listener
from arena.kit.errors import Unavailable

TOPICS = ("clock", "entitlement", "person", "signal", "*")


class TooManyStreams(Unavailable):
    """You have {held} live pages open already. Close one of them, then reload this one."""

    status, title = 429, "Too many requests"


class Ear:
    """News is a hint: whoever listens also looks by himself now and then."""

    def __init__(self, bus: Bus, *, streams_max: int) -> None:
        self._streams_max = streams_max
        self._waiting: dict[str, dict[asyncio.Event, str]] = {topic: {} for topic in TOPICS}
        self._held: Counter[str] = Counter()
        for topic in TOPICS:
            bus.listen(topic, self._listener(topic))

    @contextmanager
    def listening(self, woken: asyncio.Event, **topics: str) -> Iterator[None]:
        """Sets `woken` at news of the topics that begin with the given words (all news of one for ""),
        and whenever news may have been missed."""
        wanted = {**topics, "*": ""}
        for topic, words in wanted.items():
            self._waiting[topic][woken] = words
        try:
            yield
        finally:
            for topic in wanted:
                self._waiting[topic].pop(woken, None)

    @contextmanager
    def stream_of(self, caller: str) -> Iterator[None]:
        """Raises TooManyStreams."""
        if self._held[caller] >= self._streams_max:
            raise TooManyStreams(held=self._held[caller], retry_after_s=5)
        self._held[caller] += 1
        try:
            yield
        finally:
            self._held[caller] -= 1
            self._held += Counter()  # forgets who holds none

    def _listener(self, topic: str) -> Listener:
        def heard(words: str) -> None:
            for woken, wanted in self._waiting[topic].items():
                if words.startswith(wanted):
                    woken.set()

        return heard


def ear_of(request: Request) -> Ear:
    """The ear of the app that serves this request; made on first use."""
    state = request.app.state
    if not hasattr(state, "ear"):
        state.ear = Ear(state.arena.bus, streams_max=state.arena.settings.stream_sockets_max)
    ear: Ear = state.ear
    return ear
