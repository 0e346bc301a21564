"""What a process of the arena holds here: the database as the application, Stripe, settings, the log's key."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from arena import reactions
from arena.evidence.log import LogKey, log_key
from arena.kit.clock import TapeClock
from arena.kit.db import Tx, open_pool
from arena.kit.mail import choose_mail
from arena.kit.settings import Settings
from arena.money import billing, payouts
from arena.people import access
from arena.trading.venues import Rules
from arena.trading.venues.bars import BarVenue
from tests.doubles.stripe_server import SECRET_KEY
from tests.simulation.crash import Fate, MortalDatabase, MortalStripe, connect_is_mortal

PaidBy = Literal["stripe", "fake"]
"""Creators: through accounts of their own at Stripe, or as if by a bank."""
ORIGIN = "https://arena.example.org"
TWO_PEOPLE_CENTS = 30_000  # so that both ways of a payout are walked


@dataclass(slots=True)
class Handle:
    """Jobs take it for the arena: it has what those of money ask for."""

    db: MortalDatabase
    gateway: MortalStripe
    settings: Settings
    log_key: LogKey

    @property
    def clock(self) -> TapeClock:
        assert isinstance(self.db.clock, TapeClock)
        return self.db.clock

    @property
    def ways(self) -> Mapping[str, payouts.PayoutGateway]:
        return payouts.payout_gateways(self.db, self.settings)

    @property
    def connect(self) -> billing.StripeConnect:
        found = billing.stripe_connect(self.settings)
        assert found is not None
        return found

    def doomed(self, fate: Fate) -> None:
        self.db.fate = fate


def settings_of(home: Path, stripe_url: str, paid_by: PaidBy) -> Settings:
    return Settings(
        home=home, seed="test", payment_gateway="stripe", stripe_key=SECRET_KEY, stripe_url=stripe_url,
        payout_gateway=paid_by, payout_two_people_cents=TWO_PEOPLE_CENTS,
    )  # fmt: skip


async def _nobody_trades(tx: Tx, fact: object) -> None:
    """By the signals: no bars are played here."""


@asynccontextmanager
async def open_handle(
    url: str, home: Path, *, stripe_url: str, now: datetime, paid_by: PaidBy
) -> AsyncIterator[Handle]:
    """As the application's own role, which may not touch what is only added to."""
    settings = settings_of(home, stripe_url, paid_by)
    pool = await open_pool(url, size_min=1, size_max=3, as_application=True)
    try:
        post = access.Post(choose_mail(settings.home, None, None), settings)
        routing = reactions.table(BarVenue(Rules.from_settings(settings)), post)
        routing.handlers["following.follow"] = _nobody_trades
        db = MortalDatabase(pool, TapeClock(now), routing, url)
        gateway = MortalStripe(SECRET_KEY, url=stripe_url, origin=ORIGIN, db=db)
        with connect_is_mortal(db):
            yield Handle(db, gateway, settings, log_key(settings.vault))
    finally:
        pool.terminate()
