"""A listing: what it shows for itself, what it costs, and what must be known beside the figures."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Path
from markupsafe import Markup
from starlette.responses import Response

from arena.marketplace import disclosures, listings
from arena.money import performance_fees
from arena.people import identity
from arena.people.access import public
from arena.signals import feeds
from arena.signals.lab.cards import Kept
from arena.signals.lab.trials import Family, family_of
from arena.web.draw import PHASE_NAMES, Year, equity_figure, equity_label, monthly_table
from arena.web.page import N_, Pages, Visit, VisitDep, _
from arena.web.pages.open.belief import Belief, beliefs_of
from arena.web.pages.open.figures import Figure, figures_of
from arena.web.views.offer import CAPITALS, NAMES, Standing, TierOffer, offers_of, standing_of
from arena.web.views.promised import PROMISE_NAMES
from arena.web.views.record import Record, record_of

routes = Pages()
OPEN = public("what is on offer, and on what evidence, is for everybody to see; drafts are not")
ListingId = Annotated[str, Path(pattern=r"^lst_[0-9a-z]{26}$")]
KINDS = {
    "pack_sha": N_("Data pack"), "indicator_set_sha": N_("Indicators"),
    "model_config_sha": N_("Model"), "policy_sha": N_("Policy"),
}  # fmt: skip
MONTHS = (
    N_("Jan"), N_("Feb"), N_("Mar"), N_("Apr"), N_("May"), N_("Jun"), N_("Jul"), N_("Aug"), N_("Sep"), N_("Oct"),
    N_("Nov"), N_("Dec"),
)  # fmt: skip
AVAILABILITY = "https://schema.org/"


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything the page shows. Figures, years and beliefs are empty before the
    first rescore, `drawing` before the first midnight."""

    listing: listings.Listing
    creator: identity.Collective
    record: Record
    figures: list[Figure]
    drawing: Markup
    years: list[Year]
    beliefs: list[Belief]
    lineage: list[tuple[str, str]]
    feed_lineage: dict[str, str]
    trials: Family
    card: Kept | None
    chosen: listings.Chosen | None
    promises: list[listings.Promise]
    versions: list[listings.Version]
    disclosed: disclosures.Disclosures
    tiers: tuple[TierOffer, ...]
    standing: Standing
    fee: performance_fees.Terms | None

    @property
    def on_offer(self) -> bool:
        return self.listing.status is listings.Status.LISTED

    @property
    def buyable(self) -> bool:
        """Whether this reader could subscribe now: the page then has its button."""
        return (
            self.on_offer
            and self.standing.kind == "stranger"
            and not all(tier.sold_out for tier in self.tiers)
        )

    @property
    def cheapest(self) -> TierOffer:
        return min(self.tiers, key=lambda tier: (tier.sold_out, tier.amount.minor))


@routes.get("/listings/{listing_id}", gate=OPEN)
async def listing(visit: VisitDep, listing_id: ListingId) -> Response:
    found = await listings.visible(visit.tx, listing_id, visit.actor)
    shown = await _shown(visit, found)
    return visit.page(
        "open/listing.html", shown=shown, product=product_of(shown, visit.settings.origin),
        phase_names=PHASE_NAMES, tier_names=NAMES, promise_names=PROMISE_NAMES,
        month_names=[_(name) for name in MONTHS], capitals=CAPITALS,
    )  # fmt: skip


async def _shown(visit: Visit, found: listings.Listing) -> Shown:
    tx = visit.tx
    feed = await feeds.feed(tx, found.feed_id)
    record = await record_of(tx, found, feed)
    months = record.metrics["monthly"] if record.metrics else ()
    card = await listings.card_of(tx, found.id)
    return Shown(
        listing=found,
        creator=await identity.collective(tx, feed.collective_id),
        record=record,
        figures=figures_of(record) if record.metrics else [],
        drawing=equity_figure(record.levels, record.phases, equity_label(record.levels, record.quote)),
        years=monthly_table((month["month"], month["net_return"]) for month in months),
        beliefs=beliefs_of(record.score) if record.score else [],
        lineage=[(_(KINDS[name]), sha) for name, sha in feed.lineage.as_dict().items()],
        feed_lineage=feed.lineage.as_dict(),
        trials=await family_of(tx, feed.collective_id, feed.lineage.model_config_sha),
        card=card,
        chosen=None if card is None else await listings.chosen(tx, card),
        promises=await listings.promises(tx, found, listings.last_midnight(tx.now)),
        versions=await listings.versions(tx, found.id),
        disclosed=await disclosures.disclose(tx, feed, visit.settings),
        tiers=await offers_of(tx, found),
        standing=await standing_of(tx, found, visit.actor),
        fee=await _fee(visit, found),
    )  # fmt: skip


async def _fee(visit: Visit, found: listings.Listing) -> performance_fees.Terms | None:
    """The creator's terms of a performance fee; None where he has none, or fees are off everywhere."""
    if not any(mode != "off" for mode in (await performance_fees.modes(visit.tx)).values()):
        return None
    try:
        return await performance_fees.offer_of(visit.tx, found.creator_id)
    except performance_fees.NoOffer:
        return None


def product_of(shown: Shown, origin: str) -> dict[str, Any]:
    """The listing in the words of schema.org, for search engines; no figures, which would stand without their
    legend there."""
    words, address = shown.listing.words, f"{origin}/listings/{shown.listing.id}"
    return {
        "@context": "https://schema.org", "@type": "Product", "name": words.title,
        "description": words.summary, "url": address, "image": f"{address}/picture.png",
        "category": "Trading signals, " + shown.listing.instrument,
        "brand": {"@type": "Brand", "name": shown.creator.name},
        "offers": [
            {
                "@type": "Offer", "name": tier.name, "url": f"{origin}/subscribe/{shown.listing.id}/{tier.tier}",
                "price": _decimal(tier.amount.minor), "priceCurrency": tier.amount.currency,
                "availability": AVAILABILITY + _availability(shown, tier),
                "priceSpecification": {
                    "@type": "UnitPriceSpecification", "price": _decimal(tier.amount.minor),
                    "priceCurrency": tier.amount.currency, "billingDuration": "P1M", "unitCode": "MON",
                },
            }
            for tier in shown.tiers
        ],
    }  # fmt: skip


def _availability(shown: Shown, tier: TierOffer) -> str:
    if not shown.on_offer:
        return "Discontinued"
    return "SoldOut" if tier.sold_out else "InStock"


def _decimal(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"
