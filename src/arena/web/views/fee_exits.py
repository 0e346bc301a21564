"""Whom a copier follows, by whose record what he held is measured once he has left; and what his papers say of him."""

from arena.kit.db import Tx
from arena.marketplace import entitlements
from arena.money import payouts, performance_fees
from arena.money.performance_fees import DeclarationDiffers
from arena.people import identity
from arena.signals import feeds

MAX = 50


async def reference_accounts(tx: Tx, copier_id: str, creator_id: str) -> list[str]:
    """Of a creator's feeds that the copier may receive now; where there are none, of all of the creator's open ones."""
    found = [
        feed
        for collective in await identity.collectives(tx, owner_id=creator_id, limit=MAX)
        for feed in await feeds.feeds(tx, collective_id=collective.id, limit=MAX)
    ]
    covered = {each.feed_id for each in await entitlements.covering(tx, copier_id)}
    followed = [feed for feed in found if feed.id in covered]
    chosen = followed or [feed for feed in found if feed.closed_at is None]
    return [feed.account_id for feed in chosen]


async def check_papers(tx: Tx, copier: performance_fees.Copier) -> None:
    """Raises DeclarationDiffers where papers of his that stand say that he is a US person, and he says he is none."""
    paper = (await payouts.papers_of(tx, copier.person_id)).get("tax_form")
    us_form = paper is not None and paper.form == "w9" and paper.state in ("waiting", "accepted")
    if us_form and not copier.american:
        raise DeclarationDiffers(
            declared=copier.country, where="your tax forms", said="a US person (W-9)"
        )
