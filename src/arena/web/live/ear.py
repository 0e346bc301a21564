"""The ear, one per app: tells whoever listens of news of a topic, and counts the streams of each caller."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from starlette.requests import Request

from arena.kit.bus import Bus, Listener
from arena.kit.errors import Unavailable

TOPICS = ("clock", "entitlement", "key", "person", "signal", "sweep", "*")
Heard = Callable[[str, str], None]  # topic, words


class TooManyStreams(Unavailable):
    """You have {held} live pages open already. Close one of them, then reload this one."""

    status, title = 429, "Too many requests"


class Ear:
    """News is a hint: whoever listens also looks by himself now and then."""

    def __init__(self, bus: Bus, *, streams_max: int) -> None:
        self._bus = bus
        self._streams_max = streams_max
        self._listening: dict[str, dict[object, tuple[str, Heard]]] = {t: {} for t in TOPICS}
        self._held: Counter[str] = Counter()
        self.closing = asyncio.Event()
        for topic in TOPICS:
            bus.listen(topic, self._listener(topic))

    @property
    def deaf(self) -> bool:
        """Whether news of other processes cannot come in right now."""
        return not self._bus.connected

    @property
    def empty(self) -> bool:
        """Whether nobody listens and no stream is open."""
        return not self._held and not any(self._listening.values())

    def close(self) -> None:
        """The server stops: every stream ends now, and its reader comes again to whoever serves then."""
        self.closing.set()

    @contextmanager
    def listening(self, woken: asyncio.Event, **topics: str) -> Iterator[None]:
        """Sets `woken` at news of the topics that begin with the given words (all news of one for ""),
        and whenever news may have been missed."""
        with self.hearing(lambda _topic, _words: woken.set(), **topics):
            yield

    @contextmanager
    def hearing(self, heard: Heard, **topics: str) -> Iterator[None]:
        """Calls `heard` at such news, with topic "*" where news may have been missed. It is called in the
        midst of whoever tells the news, once for each listener: it makes a note and returns."""
        listener = object()
        wanted = {**topics, "*": ""}
        for topic, words in wanted.items():
            self._listening[topic][listener] = (words, heard)
        try:
            yield
        finally:
            for topic in wanted:
                del self._listening[topic][listener]

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
        def told(words: str) -> None:
            for wanted, heard in self._listening[topic].values():
                if words.startswith(wanted):
                    heard(topic, words)

        return told


def end_streams(app: Any) -> None:
    """Ends the live pages of an app that is about to stop, where it has any."""
    ear: Ear | None = getattr(getattr(app, "state", None), "ear", None)
    if ear is not None:
        ear.close()


def ear_of(request: Request) -> Ear:
    """The ear of the app that serves this request; made on first use."""
    state = request.app.state
    if not hasattr(state, "ear"):
        state.ear = Ear(state.arena.bus, streams_max=state.arena.settings.stream_sockets_max)
    ear: Ear = state.ear
    return ear
