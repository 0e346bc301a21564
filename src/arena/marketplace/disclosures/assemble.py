"""Disclose: what a reader must know about a feed's figures, as structured values."""

from arena.kit.db import Tx
from arena.kit.settings import Settings
from arena.marketplace.disclosures.model import HYPOTHETICAL, Disclosures
from arena.people import identity
from arena.signals.feeds import Feed
from arena.trading import portfolio, venues


async def disclose(tx: Tx, feed: Feed, settings: Settings) -> Disclosures:
    """The disclosures of a feed as of now."""
    reference = await portfolio.account(tx, feed.account_id)
    collective = await identity.collective(tx, feed.collective_id)
    rules = venues.Rules.from_settings(settings)
    owner = "" if collective.owner_id is None else f", for which {collective.owner_id} answers,"
    return Disclosures(
        figures="Simulated forward record: signals were signed and logged before the prices they met, then"
        " followed by a reference account on the paper venue. No order went to an exchange, no money was"
        " at risk. It is not a back-test, and not a live record.",
        hypothetical_statement=HYPOTHETICAL,
        record_from=reference.opened_at,
        record_until=tx.now,
        costs={
            "fee_maker_bps": str(rules.fee_maker_bps), "fee_taker_bps": str(rules.fee_taker_bps),
            "half_spread_bps": str(rules.half_spread_bps), "latency_ms": str(rules.latency_ms),
            "impact": "square-root market impact on taker fills, see docs/reference/record.md section 4",
            "not_included": "the subscription's price, taxes, transfers, your own latency",
        },
        lineage=feed.lineage.as_dict(),
        parity=None,
        parity_why="There are no live fills of this feed to compare the simulated record with.",
        capacity=f"The record is that of one account opened with {reference.opening_cash:,.2f} {reference.quote}."
        " Larger or many accounts move the price more than it assumes; no capacity has been estimated.",
        conflicts=(
            f"{collective.name}{owner} publishes the signals, knows them first, may trade on them, and"
            " earns by every subscription.",
            "The operator of this arena earns a share of every subscription and runs the paper venue"
            " that yields the record.",
        ),
        shares={
            "creator_bps": 10_000 - settings.platform_share_bps,
            "platform_bps": settings.platform_share_bps,
        },
    )  # fmt: skip
