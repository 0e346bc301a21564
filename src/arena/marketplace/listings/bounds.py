"""Within which prices creators may sell here, as the operator says."""

from collections.abc import Sequence
from dataclasses import dataclass

from arena.kit.money import Money
from arena.kit.settings import Settings
from arena.marketplace.listings.model import DEFAULT_PRICES, TIERS, PriceOutOfBounds, Tier

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of a month of a tier; a year of it may cost from as much as a month's least to twelve times its most."""

    least: Money
    most: Money


def price_bounds(settings: Settings) -> Bounds:
    return Bounds(Money(settings.price_cents_min), Money(settings.price_cents_max))


def usual_tiers(bounds: Bounds) -> list[Tier]:
    """All tiers at their usual prices, or at the nearest that there may be."""
    least, most = bounds.least.minor, bounds.most.minor
    return [Tier(name, Money(min(max(DEFAULT_PRICES[name], least), most))) for name in TIERS]


def check_prices(bounds: Bounds, tiers: Sequence[Tier], *, before: Sequence[Tier] = ()) -> None:
    """What was sold `before` at a price may go on at it. Raises PriceOutOfBounds."""
    sold = {(tier.tier, tier.amount, tier.year) for tier in before}
    for tier in tiers:
        if (tier.tier, tier.amount, tier.year) in sold:
            continue
        for price, span, months in ((tier.amount, "month", 1), (tier.year, "year", MONTHS)):
            most = Money(bounds.most.minor * months, bounds.most.currency)
            if price is not None and not bounds.least.minor <= price.minor <= most.minor:
                raise PriceOutOfBounds(
                    tier=tier.tier, span=span, price=str(price), least=str(bounds.least), most=str(most)
                )  # fmt: skip
