"""Who takes part: creators with listings and papers, operators, subscribers with cards, customers by the call."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from arena.kit.clock import TapeClock
from arena.kit.db import Database, open_pool
from arena.kit.facts import Routing
from arena.kit.ids import derived
from arena.kit.money import Money
from arena.kit.settings import Settings
from arena.marketplace import listings, subscriptions
from arena.marketplace.subscriptions import free
from arena.money import buyers, payouts, usage
from arena.money import performance_fees as fees
from arena.money.billing import connected
from arena.money.billing.model import PaymentMethod
from arena.money.billing.store import insert_method
from arena.money.billing.stripe import StripeGateway
from arena.people.access import Actor, scopes_of
from arena.people.identity.store import insert_person
from tests.conftest import START
from tests.doubles.stripe_server import SECRET_KEY, StripeServer
from tests.marketplace.market import Market, open_market
from tests.money.creators import PAPERS, with_papers
from tests.simulation import bank, chance
from tests.simulation.acts import billed
from tests.simulation.handle import ORIGIN, PaidBy, settings_of

TIERS = (
    ("basic", 2_900, 29_000, 0),
    ("pro", 9_900, 99_000, 14),
    ("enterprise", 49_900, 499_000, 0),
)
"""Tier, a month, a year in cents, days of trial."""
TEAM_SEATS = 2
COUNTRIES = ("DE", "US", "US")
"""Of creators: where accounts are kept in euros, and in dollars."""
BUYERS = ("DE", "US", "company")
"""Who is billed; the company is in DE, and tells its number there."""
CAP = 800
"""Cents: what the calls of those who set a cap may cost a month, to begin with."""
COUPONS = (("THIRD", 33, None, 2), ("TEN", None, 1_000, 1))
"""Code, percent, cents off, charges."""
_TAKES = {
    "pm_card_visa": bank.GOOD, "pm_card_authenticationRequired": bank.ASKING,
    "pm_card_pendingRefund": bank.LATE, "pm_card_refundFail": bank.NEVER,
}  # fmt: skip
_NAMES = {number: name for name, number in _TAKES.items()}


@dataclass(slots=True)
class Cast:
    """Ids; `cards` are payment methods by person, `owner_of` creators by listing, `tiers` prices by listing."""

    subscribers: list[str] = field(default_factory=list)
    cards: dict[str, list[str]] = field(default_factory=dict)
    creators: list[str] = field(default_factory=list)
    operators: list[str] = field(default_factory=list)
    listings: list[str] = field(default_factory=list)
    feeds: dict[str, str] = field(default_factory=dict)
    owner_of: dict[str, str] = field(default_factory=dict)
    tiers: dict[str, list[tuple[str, int, int, int]]] = field(default_factory=dict)
    callers: list[str] = field(default_factory=list)
    capped: list[str] = field(default_factory=list)


async def assemble(
    url: str,
    home: Path,
    server: StripeServer,
    *,
    seed: int,
    people: int,
    creators: int,
    paid_by: PaidBy,
) -> Cast:
    """Everybody in a fresh database; the market's first day is that of the sample pack."""
    chance.give_ids(seed, "cast")
    cast = Cast()
    pool = await open_pool(url, size_min=1, size_max=2)
    try:
        settings = settings_of(home, server.url, paid_by)
        market = await open_market(Database(pool, TapeClock(START), Routing()), settings)
        for _ in range(2):
            actor, _headers = await market.operator()
            cast.operators.append(actor.id)
        for _ in range(creators):
            await _creator(market, cast, server, settings)
        await _coupons(market, cast)
        async with market.db.transaction() as tx:
            rate = buyers.TaxRate("DE", tx.now, 1_900, reverse_charge=True)
            await buyers.set_rate(tx, rate, actor=_operator(cast))
        gateway = StripeGateway(SECRET_KEY, url=server.url, origin=ORIGIN)
        for number in range(people):
            await _subscriber(market, gateway, cast, seed=seed, number=number)
        await _copiers(market, cast, cast.subscribers[2:4])
        for person_id in cast.subscribers[:2]:
            new = usage.NewPlan(person_id, minimum=5_000)
            async with market.db.transaction() as tx:
                await usage.open_plan(tx, new, actor=_operator(cast))
            cast.callers.append(person_id)
        for person_id in cast.subscribers[4:6]:
            new = usage.NewPlan(person_id, minimum=2_000)
            async with market.db.transaction() as tx:
                await usage.open_plan(tx, new, actor=_operator(cast))
                await usage.set_cap(tx, person_id, CAP, actor=_operator(cast))
            cast.capped.append(person_id)
    finally:
        pool.terminate()
    return cast


def _operator(cast: Cast) -> Actor:
    return Actor("person", cast.operators[0], scopes_of(("operator",)))


async def _creator(market: Market, cast: Cast, server: StripeServer, settings: Settings) -> None:
    """With a listing, papers that are accepted, and a way to be paid."""
    author, actor, _ = await market.creator()
    cast.creators.append(actor.id)
    tiers = [
        listings.Tier(
            tier,
            Money(month),
            year=Money(year),
            trial_days=trial,
            team_seats=TEAM_SEATS if tier == "enterprise" else 0,
        )
        for tier, month, year, trial in TIERS
    ]
    made = await market.listed(author=author, actor=actor, tiers=tiers)
    cast.listings.append(made.id)
    cast.feeds[made.id] = made.feed_id
    cast.owner_of[made.id] = actor.id
    cast.tiers[made.id] = list(TIERS)
    async with market.db.transaction() as tx:
        await free.open_offer(
            tx, made.id, timedelta(hours=24), bounds=free.Bounds.of(settings), actor=actor
        )
    if settings.payout_gateway == "stripe":
        await with_papers(market.db, settings, actor, _operator(cast), *PAPERS[:2])
        country = COUNTRIES[len(cast.creators) % len(COUNTRIES)]
        await open_account(market.db, settings, server, actor, country=country)
    else:
        await with_papers(market.db, settings, actor, _operator(cast))


async def open_account(
    db: Database, settings: Settings, server: StripeServer, actor: Actor, *, country: str
) -> None:
    """At Stripe, filled in there by its owner; the arena has seen that it is."""
    await payouts.open_payout_account(db, settings, country=country, form="person", actor=actor)
    async with db.transaction(readonly=True) as tx:
        made = await connected.account_of(tx, actor.id, "stripe")
    assert made is not None
    assert made.account_id is not None
    server.onboard(made.account_id)
    await payouts.look_at_account(db, settings, actor=actor)


async def _copiers(market: Market, cast: Cast, copiers: list[str]) -> None:
    """Who owe the first creator a share of new profits, each month."""
    key = fees.reading_key(market.settings.vault)
    async with market.db.transaction() as tx:
        await fees.switch(tx, "DE", "charged", reason="simulated", actor=_operator(cast))
        await fees.switch(tx, "AT", "shadow", reason="simulated", actor=_operator(cast))
        terms = fees.Terms(period="month")
        await fees.set_offer(tx, cast.creators[0], terms, actor=_operator(cast))
        for number, person_id in enumerate(copiers):
            copier = fees.Copier(person_id, "DE", us_person=False)
            await fees.agree(
                tx, copier, cast.creators[0], f"acc_{number}", equity=2_000_000, key=key
            )


async def _coupons(market: Market, cast: Cast) -> None:
    for code, percent, off, charges in COUPONS:
        new = subscriptions.NewCoupon(
            code, None, percent=percent, off=Money(off) if off else None, charges=charges
        )
        async with market.db.transaction() as tx:
            await subscriptions.make_coupon(tx, new, actor=_operator(cast))


async def _subscriber(
    market: Market, gateway: StripeGateway, cast: Cast, *, seed: int, number: int
) -> None:
    """With two cards, which Stripe keeps."""
    person_id = derived("usr", "simulated", seed, number)
    async with market.db.transaction() as tx:
        await insert_person(
            tx, person_id=person_id, email=f"s{number}@example.org", name=f"Subscriber {number}",
            password_hash="none", roles=[],
        )  # fmt: skip
    customer = await gateway.new_customer(person_id)
    draw = chance.of_step(seed, "cards", number)
    for place in range(2):
        kept = await gateway.keep(_NAMES[draw.choice(bank.CARDS)], customer)
        async with market.db.transaction() as tx:
            method = PaymentMethod(
                derived("pm", person_id, place), person_id, "stripe", kept.token, kept.label, tx.now
            )
            await insert_method(tx, method)
        cast.cards.setdefault(person_id, []).append(method.id)
    if number % 4:  # every fourth has told nobody where he lives
        async with market.db.transaction() as tx:
            buyer = Actor("person", person_id, scopes_of(()))
            await buyers.set_details(tx, billed(BUYERS[number % 3]), actor=buyer)
    cast.subscribers.append(person_id)
