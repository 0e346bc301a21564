"""The stream behind a subscriber's page: each signal as the row it becomes, for as long as he is entitled.

Entitlement and session are asked about before anything is sent, whenever news raises a doubt, at the grant's
end by the product clock, and now and then; no transaction is open while the stream waits or sends.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from arena.kit.clock import from_iso, iso_ms, monotonic_s
from arena.kit.errors import ArenaError, Forbidden, Unauthenticated
from arena.marketplace import delivery, entitlements, subscriptions
from arena.people import access
from arena.web.live import ear_of, event, shared_of
from arena.web.live.events import HEARTBEAT_S
from arena.web.page import Visit
from arena.web.page.render import render
from arena.web.pages.subscriber.rows import Row, rows
from arena.web.pages.subscriber.standing import over_because

BATCH = 50
CATCH_UP_MAX = 150  # less than a page keeps: who was away for longer sees what is missing as a gap
POLL_S = 5.0  # news of signals may be lost
ASK_S = 15.0  # and so may that of entitlements; sessions run out without any
DEAF_S = 0.8  # without a bus, both
PATIENCE_S = 0.4  # a renewal falls due at the very moment a grant ends: it may be under way
MOMENT_S = 0.05
MINE_MAX = 200
NOTHING = timedelta(0)


@dataclass(slots=True)
class Attention:
    """What was heard since the last look: `doubt` whether the reader may go on, and the newest `sequence`.

    `whose` is `reader:feed`, in doubt with news of his entitlement; `seated` where it is somebody else's as well.
    The clock is heard with every step of the tape; it wakes the reader only where it passes `ends`, or for
    delayed tiers `reaches`, when the next signals may come into reach.
    """

    woken: asyncio.Event = field(default_factory=asyncio.Event)
    doubt: bool = True
    sequence: int = 0
    delayed: bool = False
    seated: bool = False
    whose: str = ""
    ends: datetime | None = None
    reaches: datetime | None = None

    def heard(self, topic: str, words: str) -> None:
        if topic == "clock":
            if not self.passed(from_iso(words)):
                return
        elif topic == "signal":
            if self.delayed:
                return
            self.sequence = max(self.sequence, int(words.rpartition(":")[2]))
        elif topic == "entitlement" and not self._concerns(words):
            return
        else:
            self.doubt = True
        self.woken.set()

    def _concerns(self, words: str) -> bool:
        """News `person:feed`. A seat hangs on somebody else's subscription, so it listens to all of its feed."""
        person, _, feed_id = words.partition(":")
        reader, _, mine = self.whose.partition(":")
        return feed_id == mine and (self.seated or person in (reader, "anybody"))

    def passed(self, now: datetime) -> bool:
        """Whether it is time to look, by the product clock."""
        over = self.ends is not None and now >= self.ends
        self.doubt |= over
        return over or (self.reaches is not None and now >= self.reaches)

    async def wait(self, now: datetime, *, at_most_s: float) -> None:
        """Until something is heard, or falls due by a clock that is the wall's and tells no news."""
        due = [(at - now).total_seconds() for at in (self.ends, self.reaches) if at is not None]
        with suppress(TimeoutError):
            async with asyncio.timeout(max(min(at_most_s, *due, at_most_s), MOMENT_S)):
                await self.woken.wait()
        self.woken.clear()


async def feed_events(visit: Visit, feed_id: str, after: int | None) -> AsyncIterator[bytes]:
    """Events `signal` (a row, its id the sequence), `beat` (product time: this is all there is up to now) and,
    last of all, `ended` (why).

    Begins after the sequence `after`; None means with what is yet to come. Raises TooManyStreams and what
    `delivery.entitled` raises.
    """
    actor, ear = visit.actor, ear_of(visit.request)
    attention = Attention(whose=f"{actor.id}:{feed_id}")
    topics = {
        "signal": f"{feed_id}:", "entitlement": "", "person": actor.id,
        "key": actor.key_id or "none", "clock": "",
    }  # fmt: skip
    with ear.stream_of(actor.id), ear.hearing(attention.heard, **topics):
        reader = _Reader(visit, feed_id, attention)
        await reader.begin(after)
        told, silent_since = False, monotonic_s()  # told: that there is nothing more up to now
        while True:
            now = visit.call.db.clock.now()
            attention.passed(now)
            if attention.doubt or ear.deaf or monotonic_s() - reader.asked_at >= ASK_S:
                try:
                    await reader.ask_patiently()
                except (Forbidden, Unauthenticated) as refused:
                    yield await reader.farewell(refused)
                    return
            sent, more = await reader.read()
            told = told and not sent and monotonic_s() - silent_since < HEARTBEAT_S
            if sent or not told:
                told, silent_since = not more, monotonic_s()
                yield sent if more else sent + _beat(visit)
            if not more and not attention.doubt:
                await attention.wait(now, at_most_s=DEAF_S if ear.deaf else POLL_S)


class _Reader:
    """One reader's place in a feed: the last sequence he was given, and what he may have."""

    def __init__(self, visit: Visit, feed_id: str, attention: Attention) -> None:
        self._visit, self._feed_id, self._attention = visit, feed_id, attention
        self._db = visit.call.db
        self._shared = shared_of(visit.request)
        self._last = 0
        self.asked_at = 0.0

    async def begin(self, after: int | None) -> None:
        await self.ask()
        async with self._db.transaction(readonly=True) as tx:
            newest = await delivery.last_sequence(tx, self._grant)
        self._last = newest if after is None else max(after, newest - CATCH_UP_MAX)

    async def ask(self) -> None:
        """Whether the session still stands, and what its person may have now."""
        self._attention.doubt, self.asked_at = False, monotonic_s()
        visit = self._visit
        actor = await access.authenticate(self._db, visit.settings, visit.request)
        if (actor.id, actor.key_id) != (visit.actor.id, visit.actor.key_id):
            raise Unauthenticated
        async with self._db.transaction(readonly=True) as tx:
            self._grant = await delivery.entitled(tx, actor, self._feed_id)
        self._attention.ends = self._grant.until
        self._attention.seated = (self._grant.right_id or "").startswith("set_")

    async def ask_patiently(self) -> None:
        try:
            await self.ask()
        except Forbidden:
            if self._grant.holds_at(self._db.clock.now()):
                raise  # somebody ended it
            await asyncio.sleep(PATIENCE_S)
            await self.ask()

    async def read(self) -> tuple[bytes, bool]:
        """The next rows as events, and whether there may be more. All who stand at the same place in a feed
        read it together, as far as they have heard of the same signal."""
        grant, now = self._grant, self._db.clock.now()
        reach = grant.reach(now)
        self._attention.delayed = not grant.live
        later = (
            timedelta(days=1) if grant.daily else timedelta(minutes=1) + (grant.delay or NOTHING)
        )
        self._attention.reaches = None if reach is None else reach + later
        key = ("feed", self._feed_id, grant.live, reach, self._last, self._attention.sequence)
        found = await self._shared.ask(
            key, lambda: self._read(replace(grant, until=None), self._last)
        )
        if not found or not grant.holds_at(self._db.clock.now()):
            return b"", False
        self._last = found[-1][0]
        if grant.live:
            newest = (self._feed_id, self._last)
            entitlements.given_of(self._db).note(grant.right_id, newest, "page")
        return b"".join(row for _, row in found), len(found) == BATCH

    async def _read(self, grant: delivery.Grant, last: int) -> list[tuple[int, bytes]]:
        """Begins one signal earlier, for the first row says what it changes."""
        async with self._db.transaction(readonly=True) as tx:
            found = await delivery.items(tx, grant, after=max(last - 1, 0), limit=BATCH + 1)
            now = tx.now
        fresh = [row for row in rows(found, now) if row.sequence > last][:BATCH]
        return [(row.sequence, _signal(row)) for row in fresh]

    async def farewell(self, refused: ArenaError) -> bytes:
        """Why the stream ends, in words: by the person's newest subscription to the feed."""
        newest, signed_out = None, isinstance(refused, Unauthenticated)
        if not signed_out:
            async with self._db.transaction(readonly=True) as tx:
                mine = await subscriptions.subscriptions_of(
                    tx, self._visit.actor.id, limit=MINE_MAX
                )
                newest = next((s for s in mine if s.feed_id == self._feed_id), None)
        html = render(
            "subscriber/part-ended.html", subscription=newest, reason=over_because(newest),
            signed_out=signed_out,
        )  # fmt: skip
        return event(html, name="ended")


def _signal(row: Row) -> bytes:
    html = render("subscriber/part-signal.html", row=row)
    return event(html, name="signal", id=str(row.sequence))


def _beat(visit: Visit) -> bytes:
    return event(iso_ms(visit.call.db.clock.now()), name="beat")
