"""Runs the language models beside the tape: each is asked when a bar of its instrument has closed.

The tape never waits for them. A model that is still being asked when the next bar closes misses that bar.
"""

import asyncio
import contextlib
from datetime import datetime

import structlog

from arena.kit.clock import to_ms
from arena.kit.db import DATABASE_AWAY, Database, Tx
from arena.kit.settings import Settings
from arena.signals.strategists.language_model import answers
from arena.signals.strategists.language_model.answers import Ask
from arena.signals.strategists.language_model.budget import Purse
from arena.signals.strategists.language_model.converse import Speaker
from arena.signals.strategists.language_model.decide import Speaking, conclude, decide
from arena.signals.strategists.language_model.model import Hired, NoAnswer
from arena.signals.strategists.language_model.replay import take_up
from arena.signals.strategists.language_model.sight import last_close
from arena.trading.market import NoTape, Tape, tape

log = structlog.get_logger()
LOOK_EVERY_S = 5.0
OFF = (
    "language models are off: ARENA_LANGUAGE_MODEL_KEY is not set; everything else works without it"
)


class Desk:
    """One per worker. `nudge` it when a bar may have closed."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db = db
        self._settings = settings
        self._wanted = asyncio.Event()
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._speaking: Speaking | None = None
        self._line = contextlib.AsyncExitStack()
        self._told: dict[str, str] = {}

    def nudge(self, _news: str = "") -> None:
        self._wanted.set()

    async def run(self) -> None:
        """Works until cancelled; returns at once where there is no key. What is being asked then is taken up by the
        next worker."""
        if self._settings.language_model_key is None:
            log.info(OFF)
            return
        try:
            while True:
                self._wanted.clear()
                await self.look()
                # Not wait_for: on Python 3.11 it may swallow a cancellation, and Ctrl-C would hang.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_EVERY_S):
                        await self._wanted.wait()
        finally:
            await self.close()

    async def look(self) -> None:
        """Begins what is due: decisions another process left, and bars that have closed."""
        async with self._db.transaction(readonly=True) as tx:
            due = await self._due(tx)
        for hired, ask, interval_s in due:
            self._begin(hired, ask, interval_s)

    async def settled(self) -> None:
        """Returns when nobody is being asked."""
        while self._asking:
            await asyncio.gather(*self._asking.values(), return_exceptions=True)

    async def close(self) -> None:
        """Leaves what is being asked where it is, and closes the line; `run` does so at its end."""
        tasks = list(self._asking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._speaking = None
        await self._line.aclose()

    async def _due(self, tx: Tx) -> list[tuple[Hired, Ask | None, int]]:
        working = [one for one in await answers.hired(tx) if one.feed_id not in self._asking]
        if not working:
            return []
        try:
            played = await tape(tx)
        except NoTape:
            return []
        interval_s = played.interval_s
        left = {ask.feed_id: ask for ask in await answers.unfinished(tx)}
        due: list[tuple[Hired, Ask | None, int]] = []
        for one in working:
            if one.feed_id in left:
                due.append((one, left[one.feed_id], interval_s))
            elif self._may_ask(one, played) and await self._closed(tx, one, interval_s):
                due.append((one, None, interval_s))
        return due

    def _may_ask(self, hired: Hired, played: Tape) -> bool:
        lasts_s = bar_lasts_s(played)
        fast = lasts_s < hired.configuration.timeout_s
        resting = fast and not self._settings.language_model_on_fast_replays
        self._say(
            hired,
            "rests: the tape is played faster than it may take to answer"
            if resting
            else "is at work",
        )
        return not resting

    async def _closed(self, tx: Tx, hired: Hired, interval_s: int) -> bool:
        at = await last_close(tx, hired.instrument, interval_s, tx.now)
        if at is None or not _its_turn(at, interval_s, hired.configuration.every_bars):
            return False
        return not await answers.is_taken(tx, hired.feed_id, at)

    def _say(self, hired: Hired, words: str) -> None:
        if self._told.get(hired.feed_id) != words:
            self._told[hired.feed_id] = words
            log.info(f"a language model {words}", feed=hired.feed_id, name=hired.name)

    def _begin(self, hired: Hired, ask: Ask | None, interval_s: int) -> None:
        task = asyncio.ensure_future(self._one(hired, ask, interval_s))
        self._asking[hired.feed_id] = task
        task.add_done_callback(lambda _done: self._asking.pop(hired.feed_id, None))

    async def _one(self, hired: Hired, ask: Ask | None, interval_s: int) -> None:
        try:
            if ask is not None:
                await take_up(self._db, self._settings, hired, ask, interval_s=interval_s)
            else:
                speaking = await self._speakers()
                await decide(
                    self._db, self._settings, hired, interval_s=interval_s, speaking=speaking
                )
        except DATABASE_AWAY as away:
            # The question is taken up at a later look.
            log.warning("a language model lost the database", feed=hired.feed_id, error=str(away))
        except Exception as broken:  # noqa: BLE001 - the edge of a job: others must go on
            log.error("a language model failed", feed=hired.feed_id, error=repr(broken))
            await self._give_up(hired, broken, interval_s)

    async def _give_up(self, hired: Hired, broken: Exception, interval_s: int) -> None:
        """A fault of ours ends the decision, so that it is not begun again and again."""
        try:
            async with self._db.transaction(readonly=True) as tx:
                left = [ask for ask in await answers.unfinished(tx) if ask.feed_id == hired.feed_id]
            for ask in left:
                await conclude(
                    self._db, self._settings, hired, ask.closed_at, interval_s=interval_s,
                    answer=NoAnswer("broken", repr(broken)), spent=ask.reserved,
                )  # fmt: skip
        except DATABASE_AWAY as away:
            log.warning("a language model lost the database", feed=hired.feed_id, error=str(away))

    async def _speakers(self) -> Speaking:
        """Makes the line at the first question; the client is loaded beside the loop, which goes on meanwhile."""
        if self._speaking is None:
            await asyncio.to_thread(_load)
            from arena.signals.strategists.language_model.line import open_line
            from arena.signals.strategists.language_model.live import Live

            if self._speaking is None:
                key = self._settings.language_model_key
                assert key is not None, "without a key nobody is asked"
                client = await self._line.enter_async_context(
                    open_line(self._settings.language_model_url, key.get_secret_value())
                )

                def speaking(ask: Ask, purse: Purse) -> Speaker:
                    return Live(self._db, client, ask, purse)

                self._speaking = speaking
        return self._speaking


def bar_lasts_s(played: Tape) -> float:
    """How long a bar lasts on the wall at the tape's pace; 0 where it is as fast as it can be."""
    if played.source == "live":
        return played.interval_s
    if played.speed == "auto":
        return played.interval_s if played.source == "recorded" else 0
    if played.speed in ("max", "pause"):
        return played.interval_s if played.speed == "pause" else 0
    return played.interval_s / int(played.speed[:-1])


def _its_turn(at: datetime, interval_s: int, every_bars: int) -> bool:
    return (to_ms(at) // 1_000 // interval_s) % every_bars == 0


def _load() -> None:
    import arena.signals.strategists.language_model.live  # noqa: F401 - loading it is the point
