"""A creator's model cards: sent in as files, listed with what counts, and published to the market."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, field_validator
from starlette.responses import Response

from arena.marketplace import listings
from arena.people import identity
from arena.signals import feeds
from arena.signals.lab import cards
from arena.signals.lab.trials import Family, family
from arena.web.page import Filled, Form, Pages, Visit, VisitDep, _
from arena.web.pages.studio.own import CREATOR, own_collective
from arena.web.pages.studio.wording import PromiseForm

routes = Pages()
CARDS_MAX, FEEDS_MAX, COLLECTIVES_MAX = 50, 50, 50
COMMANDS = "arena lab new my-study\narena lab card my-study/study.json\narena lab reproduce my-study/card.json"


class CardForm(Form):
    """A card.json, for one of one's collectives."""

    collective: Annotated[str, Field(pattern=r"^col_[0-9a-z]{26}$")]
    card: str

    @field_validator("card")
    @classmethod
    def _a_card(cls, card: str) -> str:
        try:
            read = json.loads(card)
        except (ValueError, RecursionError):
            read = None
        if not isinstance(read, dict):
            raise ValueError(_("This file is not the JSON of a card: choose card.json."))
        return card

    def body(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.card)
        return read


class PublishForm(PromiseForm):
    """Which card, with which feed, and what the feed is held to beyond what the card suggests."""

    card: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    feed: Annotated[str, Field(pattern=r"^fd_[0-9a-z]{26}$")]


@dataclass(frozen=True, slots=True)
class CardLine:
    """A card with the trials of its model's family; `feeds` are one's own, those of its lineage first."""

    kept: cards.Kept
    trials: Family
    feeds: Sequence[tuple[feeds.Feed, bool]]
    shown_by: listings.Listing | None

    @property
    def net(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.kept.body["figures"]["walk_forward"]["net"]
        return found

    @property
    def luck(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.kept.body["figures"]["luck"]
        return found


@routes.get("/studio/lab", gate=CREATOR)
async def lab(visit: VisitDep) -> Response:
    return await _page(visit)


@routes.post("/studio/lab/upload", gate=CREATOR)
async def upload(visit: VisitDep) -> Response:
    form = await visit.form(CardForm)
    if form.model is not None:
        async with visit.trying(form):
            mine = await own_collective(visit, form.model.collective)
            kept = await cards.keep_card(
                visit.tx, mine.id, form.model.body(), actor=visit.actor,
                request_id=visit.call.request_id,
            )  # fmt: skip
            return visit.go(
                f"/cards/{kept.sha}", said=_("The card is kept. Everybody can read and check it.")
            )
    return await _page(visit, uploading=form)


@routes.post("/studio/lab/publish", gate=CREATOR)
async def publish(visit: VisitDep) -> Response:
    form = await visit.form(PublishForm)
    if form.model is not None:
        prices = listings.usual_tiers(listings.price_bounds(visit.settings))
        async with visit.trying(form):
            made = await listings.publish_card(
                visit.tx, form.model.card, form.model.feed, tiers=prices,
                thresholds=form.model.thresholds() or listings.Thresholds(), actor=visit.actor,
                request_id=visit.call.request_id,
            )  # fmt: skip
            return visit.go(
                f"/studio/{made.id}",
                said=_("The listing shows the card. Below is what it still needs."),
            )
    return await _page(visit, publishing=form)


async def _page(
    visit: Visit,
    *,
    uploading: Filled[CardForm] | None = None,
    publishing: Filled[PublishForm] | None = None,
) -> Response:
    refused: Filled[Any] = uploading or publishing or Filled()
    mine = await identity.collectives(visit.tx, owner_id=visit.actor.id, limit=COLLECTIVES_MAX)
    found = await cards.cards_of(visit.tx, visit.actor.id, limit=CARDS_MAX)
    refusal: Any = refused.refusal
    return visit.page(
        "studio/lab.html", status=refused.status, uploading=uploading or Filled(),
        publishing=publishing or Filled(), collectives=mine, commands=COMMANDS,
        lines=await _lines(visit, found, [one.id for one in mine]),
        faults=refusal.facts.get("errors", ())[:10] if refusal else (),
    )  # fmt: skip


async def _lines(
    visit: Visit, found: Sequence[cards.Kept], collective_ids: Sequence[str]
) -> list[CardLine]:
    own = await feeds.feeds_of(visit.tx, list(collective_ids), limit=FEEDS_MAX)
    listed = await listings.listings_of_feeds(visit.tx, [feed.id for feed in own])
    shown = {}
    for listing in listed.values():
        card = await listings.card_of(visit.tx, listing.id)
        if card is not None:
            shown[card.sha] = listing
    families = {one.family_id: await family(visit.tx, one.family_id) for one in found}
    return [
        CardLine(
            kept, families[kept.family_id],
            sorted(
                ((feed, feed.lineage == kept.lineage) for feed in own), key=lambda pair: not pair[1]
            ),
            shown.get(kept.sha),
        )
        for kept in found
    ]  # fmt: skip
