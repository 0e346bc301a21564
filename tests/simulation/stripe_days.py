"""Stripe's good and bad days: faults drawn from the step's chance, the clock of its wall, and webhooks on odd ways."""

import json
import random
from dataclasses import dataclass, field

from arena.kit.db import Database
from arena.money.billing.events import receive
from arena.money.billing.model import WebhookMisdirected
from arena.money.billing.stripe import verified
from tests.doubles.stripe_server import WEBHOOK_SECRET, Faults, StripeServer
from tests.doubles.stripe_server.books import Thing
from tests.doubles.stripe_server.faults import Fault
from tests.doubles.stripe_server.webhooks import signature

# Of Stripe's clock, Unix seconds: later than the wall of whoever runs this, since what was made there is asked for
# since a moment on our wall.
BEGINNING = 4_000_000_000
RATES: dict[Fault, float] = {"429": 0.01, "500": 0.03, "drop": 0.03}
"""Of each call in a storm: too many calls, 500 after the deed, the answer lost after the deed."""


@dataclass(slots=True)
class DrawnFaults(Faults):
    """Each call may fail, by the chance of the step it is made in; none while it is calm."""

    chance: random.Random = field(default_factory=random.Random)
    storm: bool = False
    met: dict[Fault, int] = field(default_factory=dict)

    def take(self, call: str, *among: Fault) -> Fault | None:
        found = Faults.take(self, call, *among)
        if found is not None or not self.storm:
            return found
        for fault in among:
            if self.chance.random() < RATES.get(fault, 0.0):
                self.met[fault] = self.met.get(fault, 0) + 1
                return fault
        return None


def make_server() -> tuple[StripeServer, DrawnFaults]:
    """A server whose time passes only when it is told to."""
    server, faults = StripeServer(), DrawnFaults()
    server.faults = faults
    server.books.now = lambda: BEGINNING + server.books.passed_s  # type: ignore[method-assign]  # a clock that is given
    return server, faults


class Post:
    """Carries events to the arena: in order or shuffled, once or thrice, now or days later."""

    def __init__(self, server: StripeServer) -> None:
        self._server = server
        self._late: list[Thing] = []

    async def deliver(self, db: Database, chance: random.Random, *, storm: bool) -> str:
        """How many were carried; in a storm some wait for another time."""
        events = self._late + self._server.mailbox.new()
        self._late = []
        if storm:
            self._late = [event for event in events if chance.random() < 0.2]
            late = {event["id"] for event in self._late}
            events = [event for event in events if event["id"] not in late]
            events = [event for event in events for _ in range(chance.choice((1, 1, 3)))]
            if chance.random() < 0.5:
                chance.shuffle(events)
        for event in events:
            body = json.dumps(event).encode()
            found = verified(body, signature(body), secret=WEBHOOK_SECRET)
            try:
                async with db.transaction() as tx:
                    await receive(tx, "stripe", found)
            except WebhookMisdirected:  # of an account that nobody knows yet: Stripe tells it again
                self._late.append(event)
        return f"{len(events)} events, {len(self._late)} wait"
