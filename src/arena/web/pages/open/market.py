"""The market: what is on offer, searched, filtered and sorted by what its record proves."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup
from starlette.responses import Response

from arena.kit.db import Tx
from arena.kit.money import Money
from arena.kit.page import Page
from arena.marketplace import listings, subscriptions
from arena.people.access import public
from arena.signals import feeds
from arena.trading import performance
from arena.web.draw import sparkline
from arena.web.page import Pages, Visit, VisitDep, _, ngettext
from arena.web.page.answer import PRIVATE
from arena.web.page.numbers import money, signed_percent
from arena.web.pages.open.market_filters import SORTS, Asked, read

routes = Pages()
ON_A_PAGE = 24
COUNT_MAX = 1000
FEEDS_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class Offer:
    """A listing in the list. `price` is that of the cheapest tier with a seat left, `seats` says how many
    are; figures are as of the last midnight, and None before the first."""

    found: listings.Found
    line: Markup
    badges: tuple[listings.Badge, ...]
    price: Money | None
    seats: str


@dataclass(frozen=True, slots=True)
class Market:
    """What the page shows. `count` counts up to a bound; `opens_at` is when something may first be on offer,
    where nothing is and a feed is on its way."""

    asked: Asked
    offers: tuple[Offer, ...]
    count: int
    next: str
    instruments: list[str]
    as_of: datetime
    burn_in_days: int
    opens_at: datetime | None

    @property
    def empty(self) -> bool:
        """Whether nothing at all is on offer."""
        return not self.instruments

    @property
    def summary(self) -> str:
        """What was found, in a sentence; announced as filters change."""
        if not self.count:
            return _("Nothing found.")
        if self.count > COUNT_MAX:
            return _("More than %(count)s listings.", count=f"{COUNT_MAX:,}")
        return ngettext("%(count)s listing.", "%(count)s listings.", self.count)


@routes.get("/market", gate=public("what is on offer is for everybody to see"))
async def market(visit: VisitDep) -> Response:
    """The whole page; for htmx, the results alone, with the address that shows them."""
    shown = await _shown(visit, read(visit.request.query_params))
    if visit.wants_part:
        part = visit.page("open/part-market-results.html", caching=PRIVATE, market=shown)
        part.headers["HX-Push-Url"] = shown.asked.path(after=shown.asked.after)
        return part
    badges = [listings.BADGES[name] for name in listings.BADGE_NAMES]
    return visit.page("open/market.html", market=shown, sorts=SORTS, badges=badges)


async def _shown(visit: Visit, asked: Asked) -> Market:
    tx = visit.tx
    instruments = await listings.instruments(tx)
    page = await listings.search(tx, asked.search, after=asked.after, limit=ON_A_PAGE)
    burn_in_days = visit.settings.burn_in_days
    return Market(
        asked=asked,
        offers=await _offers(tx, page.data),
        count=await _count(tx, asked, page),
        next=asked.path(after=page.next) if page.next else "",
        instruments=instruments,
        as_of=listings.last_midnight(tx.now),
        burn_in_days=burn_in_days,
        opens_at=None if instruments else await _opens_at(tx, timedelta(days=burn_in_days)),
    )


async def _count(tx: Tx, asked: Asked, page: Page[listings.Found]) -> int:
    """How many listings fit on all pages together; counted only where the page does not know it."""
    if asked.after is None:
        if not page.has_more:
            return len(page.data)
        if page.data[0].matched is not None:
            return page.data[0].matched
    return await listings.count(tx, asked.search, at_most=COUNT_MAX + 1)


async def _offers(tx: Tx, found: list[listings.Found]) -> tuple[Offer, ...]:
    """What is shown of the listings on a page, each kind of thing read once for all of them."""
    curves = await performance.outlines(tx, [f.account_id for f in found])
    taken = await subscriptions.seats_taken(tx, [f.listing.id for f in found])
    return tuple(_offer(f, curves.get(f.account_id, []), taken) for f in found)


def _offer(found: listings.Found, curve: list[float], taken: dict[tuple[str, str], int]) -> Offer:
    left = {
        tier.tier: None
        if tier.seats is None
        else max(tier.seats - taken.get((found.listing.id, tier.tier), 0), 0)
        for tier in found.listing.tiers
    }
    by_price = sorted(found.listing.tiers, key=lambda tier: tier.amount.minor)
    free = [tier for tier in by_price if left[tier.tier] != 0]
    return Offer(
        found=found,
        line=sparkline(curve, _line_words(curve)),
        badges=tuple(listings.BADGES[name] for name in found.badges if name in listings.BADGES),
        price=next((tier.amount for tier in free or by_price), None),
        seats=_seats(by_price, left),
    )


def _seats(by_price: list[listings.Tier], left: dict[str, int | None]) -> str:
    """How many seats are left in all, or that there are none; nothing where nobody counts them."""
    counted = [n for n in left.values() if n is not None]
    if left and not any(n != 0 for n in left.values()):
        return _("sold out")
    if by_price and left[by_price[0].tier] == 0:
        return _("%(price)s tier sold out", price=money(by_price[0].amount))
    if len(counted) == len(left) and left:
        return ngettext("%(count)s seat left", "%(count)s seats left", sum(counted))
    return ""


def _line_words(curve: list[float]) -> str:
    if len(curve) < 2:
        return ""
    return _(
        "Equity since the opening, %(change)s net", change=signed_percent(curve[-1] / curve[0] - 1)
    )


async def _opens_at(tx: Tx, burn_in: timedelta) -> datetime | None:
    """When the oldest feed that is open may be through burn-in, at the earliest."""
    oldest = await feeds.feeds(tx, limit=FEEDS_LOOKED_AT)
    return next((feed.opened_at + burn_in for feed in oldest if feed.status == "open"), None)
