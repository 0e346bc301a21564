"""The meter of a process: lets calls through below their cap, gathers them, and commits them together twice a second.

A crash loses what was gathered since, which is never billed. What is sent to the database keeps its ids until it is
known to be there, so that nothing is counted twice, whatever breaks on the way.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from starlette.responses import Response

from arena.kit.clock import monotonic_s
from arena.kit.db import DATABASE_AWAY, Database, Tx
from arena.kit.errors import ArenaError
from arena.kit.ids import derived, fresh
from arena.money.usage import store
from arena.money.usage.count import (
    LEASE_MAX,
    add,
    call_event,
    cap_reached,
    check_room,
    take_lease,
)
from arena.money.usage.model import InvoicesUnpaid, Plan, month_after, month_of
from arena.money.usage.store import Event
from arena.people.access import Actor

GATHER_S = 0.5
KNOWN_S = 60.0  # a plan is looked up anew after this time; news of it comes earlier
REFUSED_S = 1.0  # whoever reached the cap is not asked about more often
KNOWN_MAX = 100_000
AHEAD = LEASE_MAX // 2
EVENTS_MAX = 1_000  # of one statement
log = structlog.get_logger()


@dataclass(slots=True)
class Slot:
    """A caller with a plan, in one month: what he may still call, and what he has called since the last commit."""

    plan: Plan
    month: datetime
    until: datetime
    number: int
    lease_id: str = ""
    left: int = 0
    under_way: int = 0
    units: dict[str, int] = field(default_factory=dict)
    named: list[Event] = field(default_factory=list)
    refused_until: float = 0.0
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def capped(self) -> bool:
        return self.plan.terms.cap is not None

    @property
    def blocked(self) -> bool:
        return self.plan.blocked_at is not None

    def count(self, key_id: str) -> None:
        """A call that was let through went well."""
        self.under_way -= 1
        self.units[key_id] = self.units.get(key_id, 0) + 1

    def count_named(self, event: Event) -> None:
        """The same for a call that may be repeated, and is to be counted once."""
        self.under_way -= 1
        self.named.append(event)

    def give_back(self) -> None:
        """It did not, and is not billed."""
        self.under_way -= 1
        if self.capped:
            self.left += 1


@dataclass(frozen=True, slots=True)
class _Batch:
    """What one commit counts, and what it takes off leases."""

    events: list[Event]
    spent: dict[str, int]
    number: int


class Meter:
    """One in a process; `run` beside it. Calls without a plan cost one look into a dictionary."""

    def __init__(self, db: Database, *, gather_s: float = GATHER_S) -> None:
        self._db = db
        self._gather_s = gather_s
        self._name = fresh("met")
        self._batches = 0
        self._slots = 0
        self._known: dict[str, tuple[Slot | None, float]] = {}
        self._retired: list[Slot] = []
        self._pending: list[_Batch] = []
        self._leasing: set[asyncio.Task[None]] = set()
        self._flushing = asyncio.Lock()
        self._looking = asyncio.Lock()

    async def admit(self, actor: Actor) -> Slot | None:
        """None where the caller pays for no calls; else `count` or `give_back` must follow. Raises CapReached,
        InvoicesUnpaid."""
        if actor.key_id is None:
            return None
        slot = await self._slot(actor)
        if slot is None:
            return None
        if slot.blocked:
            raise InvoicesUnpaid
        if slot.capped:
            while slot.left <= 0:
                async with slot.asking:
                    if slot.left <= 0:
                        await self._lease(slot)
            slot.left -= 1
            if slot.left == AHEAD:
                self._lease_ahead(slot)
        slot.under_way += 1
        return slot

    async def gathered(
        self, actor: Actor, intent: str, answer: Callable[[], Awaitable[Response]]
    ) -> Response:
        """A call without a transaction that lasts as long as it: counted where it ends well. With an `intent` (the
        digest of its Idempotency-Key) once, however often it is repeated. Raises CapReached,
        InvoicesUnpaid."""
        slot = await self.admit(actor)
        if slot is None:
            return await answer()
        try:
            response = await answer()
        except BaseException:
            slot.give_back()
            raise
        if not _billed(response):
            slot.give_back()
        elif intent:
            slot.count_named(call_event(slot.plan, actor, intent, self._db.clock.now()))
        else:
            slot.count(actor.key_id or "")
        return response

    async def within(
        self, tx: Tx, actor: Actor, intent: str, answer: Callable[[], Awaitable[Response]]
    ) -> Response:
        """A call in its own transaction, in which it is counted: both or neither. Raises CapReached, InvoicesUnpaid."""
        if actor.key_id is None:
            return await answer()
        if not self._is_known(actor.id):
            await self._look(tx, actor.id)
        slot = self._known.get(actor.id, (None, 0.0))[0]
        if slot is None:
            return await answer()
        if slot.blocked:
            raise InvoicesUnpaid
        await check_room(tx, slot.plan, slot.month)
        response = await answer()
        if _billed(response):
            await add(tx, [call_event(slot.plan, actor, intent, tx.now)])
        return response

    async def run(self) -> None:
        while True:
            await asyncio.sleep(self._gather_s)
            try:
                await self.flush()
            except DATABASE_AWAY as away:
                log.warning("usage is not counted yet", error=str(away))

    async def close(self) -> None:
        """Counts what is left and gives back what is held."""
        await asyncio.gather(*self._leasing)
        self.forget_all()
        with contextlib.suppress(*DATABASE_AWAY):
            await self.flush()

    def forget(self, subject: str) -> None:
        """What is known of a caller may have changed."""
        slot, _ = self._known.pop(subject, (None, 0.0))
        if slot is not None:
            self._retired.append(slot)

    def forget_all(self) -> None:
        for subject in list(self._known):
            self.forget(subject)

    async def flush(self) -> int:
        """How many units became known to the database."""
        async with self._flushing:
            self._gather()
            added = 0
            while self._pending:
                batch = self._pending[0]
                async with self._db.transaction() as tx:
                    fresh_units = await add(tx, batch.events) if batch.events else 0
                    if batch.spent:
                        await store.shrink_leases(tx, batch.spent, batch.number)
                self._pending.pop(0)
                added += fresh_units
            return added

    def _gather(self) -> None:
        """Moves what was called into batches whose ids never change."""
        events, spent = list[Event](), dict[str, int]()
        at = self._db.clock.now()
        self._batches += 1
        retired = self._retired
        self._retired = [slot for slot in retired if slot.under_way]
        for slot in [*(s for s, _ in self._known.values() if s is not None), *retired]:
            fresh_events = self._taken(slot, at)
            events += fresh_events
            done = sum(event.units for event in fresh_events)
            if slot in retired:  # nobody will use what is left of its lease
                done, slot.left = done + slot.left, 0
            if slot.lease_id and done:
                spent[slot.lease_id] = spent.get(slot.lease_id, 0) + done
        batches = [
            _Batch(events[first : first + EVENTS_MAX], {}, self._batches)
            for first in range(0, len(events), EVENTS_MAX)
        ]
        if spent:  # with the last of them: till then what is counted is held as well
            last = batches.pop() if batches else _Batch([], {}, self._batches)
            batches.append(_Batch(last.events, spent, self._batches))
        self._pending += batches

    def _taken(self, slot: Slot, at: datetime) -> list[Event]:
        plan, month = slot.plan.id, slot.month
        named, slot.named = slot.named, []
        units, slot.units = slot.units, {}
        batch = (self._name, self._batches, plan, slot.number)
        return named + [
            Event(derived("uev", *batch, key_id), plan, key_id, month, at, count)
            for key_id, count in units.items()
        ]

    async def _slot(self, actor: Actor) -> Slot | None:
        if self._is_known(actor.id):
            return self._known[actor.id][0]
        async with self._looking:
            if not self._is_known(actor.id):
                async with self._db.transaction(readonly=True) as tx:
                    await self._look(tx, actor.id)
        return self._known.get(actor.id, (None, 0.0))[0]

    def _is_known(self, subject: str) -> bool:
        slot, stale_at = self._known.get(subject, (None, 0.0))
        if monotonic_s() > stale_at:
            return False
        return slot is None or self._db.clock.now() < slot.until

    async def _look(self, tx: Tx, subject: str) -> None:
        plan = await store.live_plan(tx, subject)
        self.forget(subject)
        if len(self._known) >= KNOWN_MAX:
            self.forget_all()
        slot = None
        if plan is not None:
            month = month_of(self._db.clock.now())
            self._slots += 1
            slot = Slot(plan, month, month_after(month), self._slots)
        self._known[subject] = (slot, monotonic_s() + KNOWN_S)

    async def _lease(self, slot: Slot) -> None:
        """More calls below the cap, for the lease that the slot has. Raises CapReached."""
        if monotonic_s() < slot.refused_until:
            raise cap_reached(slot.plan)
        lease_id = slot.lease_id or fresh("ulz")
        try:
            async with self._db.transaction() as tx:
                new = (lease_id, self._batches)
                units = await take_lease(tx, slot.plan, slot.month, new)
        except ArenaError:
            slot.refused_until = monotonic_s() + REFUSED_S
            raise
        slot.lease_id, slot.left = lease_id, slot.left + units

    def _lease_ahead(self, slot: Slot) -> None:
        """Before a quick caller has to wait for it."""

        async def lease() -> None:
            with contextlib.suppress(ArenaError):
                async with slot.asking:
                    await self._lease(slot)

        task = asyncio.get_running_loop().create_task(lease())
        self._leasing.add(task)
        task.add_done_callback(self._leasing.discard)


def _billed(response: Response) -> bool:
    return 200 <= response.status_code < 300
