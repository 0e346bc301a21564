"""What a caller may see of a listing: its card, its evidence, its record."""

from typing import Annotated, Any

from fastapi import Path, Query, Request, Response
from pydantic import BaseModel, Field

from arena.kit.clock import iso_ms
from arena.kit.page import Page
from arena.marketplace.entitlements.access_routes import routes as access
from arena.marketplace.entitlements.card import Card, access_json, card
from arena.marketplace.entitlements.evidence import evidence, shown
from arena.marketplace.entitlements.given import given_of
from arena.marketplace.entitlements.record import Part, record
from arena.marketplace.entitlements.summary import summarise
from arena.marketplace.listings import (
    ListingView,
    VersionView,
    answer,
    listing_view,
    version_view,
)
from arena.people.access import CallDep, Routes, public
from arena.signals.lab.cards import Kept, Label
from arena.signals.lab.trials import Family

routes = Routes("market")
routes.routes.extend(access.routes)
OFFER = public(
    "What is on offer, and on what evidence, is for everybody to see; recent evidence is bounded inside."
)
ListingId = Annotated[str, Path(pattern=r"^lst_[0-9a-z]{26}$", description="The listing, lst_….")]


class TrialsView(BaseModel):
    """How many configurations were registered under the model's name before this one was offered: the more, the more
    of its past is luck. GET /lab/trials lists them. `owner_trials` are those of its owner under all names."""

    family: str
    model: str
    trials: int
    owner_trials: int
    reproduced: int = Field(
        description="Of `trials`, run by the arena itself; figures of others are self-reported."
    )


class ModelCardView(BaseModel):
    """The model card beside the record, a back-test: GET /lab/cards/{sha}. `net` are its figures, all tests joined."""

    sha: str
    label: Label
    net: dict[str, Any]


class CardView(ListingView):
    """A listing with everything it shows for itself, and what the caller holds of it."""

    seats_left: dict[str, int | None] = Field(description="By tier; null: no bound.")
    score: dict[str, Any] | None = Field(
        description="Of the last daily rescore; see GET /market/scores."
    )
    metrics: dict[str, Any] | None = Field(
        description="Of the record at the last daily rescore, net of costs."
    )
    figures_at: str | None = Field(description="Product time of score and metrics.")
    history_days: int | None
    versions: list[VersionView] = Field(description="The change log, newest first.")
    access: dict[str, Any] = Field(
        description="The caller's entitlement: allowed, reason, tier, until."
    )
    trials: TrialsView
    model_card: ModelCardView | None = Field(
        None, description="Null: the listing shows no back-test."
    )


@routes.add("GET", "/market/listings/{listing_id}", gate=OFFER, response_model=CardView)
async def show_listing(call: CallDep, request: Request, listing_id: ListingId) -> Response:
    """One listing: words, tiers and seats left, score, metrics, change log, and the caller's access."""
    return answer(request, _view(await card(call.tx, listing_id, call.actor)))


@routes.add("GET", "/market/listings/{listing_id}/evidence", gate=OFFER)
async def show_evidence(
    call: CallDep,
    listing_id: ListingId,
    after: Annotated[int, Query(ge=0, le=2**62, description="Signals after this sequence.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000, description="Signals a page.")] = 500,
) -> dict[str, Any]:
    """What it takes to compute the record again: rules, instrument, keys, opening cash, digest, metrics, and
    the signals with salts and signatures (a page; `next` is the `after` of the following one).

    Everything is as of `horizon`. Subscribers (pro and up) and owners have the last mark as horizon; the public
    the last midnight seven days back. `signals_due` is how many signals belong to the record up to it. Fills and marks
    come from `/record`, prices from `/market-data/candles`, proofs from `/log`.
    """
    part = await shown(call.tx, listing_id, call.actor)
    summary = await summarise(call.db, call.tx, part.feed.account_id, part.horizon)
    body = await evidence(call.tx, part, summary, page=(after, limit), settings=call.settings)
    if body["signals"]:
        newest = (part.feed.id, body["signals"][-1]["sequence"])
        given_of(call.db).note(part.right_id, newest, "evidence")
    return body


@routes.add("GET", "/market/listings/{listing_id}/record", gate=OFFER)
async def show_record(
    call: CallDep,
    listing_id: ListingId,
    part: Part = "fills",
    limit: Annotated[int, Query(ge=1, le=5000)] = 1000,
    after: Annotated[str | None, Query(max_length=500)] = None,
) -> Page[dict[str, Any]]:
    """The fills or the equity marks of the reference account up to the caller's horizon, oldest first."""
    visible = await shown(call.tx, listing_id, call.actor)
    return await record(call.tx, visible, part, after=after, limit=limit)


def _view(shown_card: Card) -> CardView:
    scored = shown_card.scored
    return CardView(
        **listing_view(shown_card.listing).model_dump(),
        seats_left=shown_card.seats_left,
        score=scored["score"] if scored else None,
        metrics=scored["metrics"] if scored else None,
        figures_at=iso_ms(scored["at"]) if scored else None,
        history_days=scored["history_days"] if scored else None,
        versions=[version_view(version) for version in shown_card.versions],
        access=access_json(shown_card.access),
        trials=_trials(shown_card.trials),
        model_card=_model_card(shown_card.model_card),
    )


def _model_card(of: Kept | None) -> ModelCardView | None:
    if of is None:
        return None
    return ModelCardView(sha=of.sha, label=of.label, net=of.body["figures"]["walk_forward"]["net"])


def _trials(of: Family) -> TrialsView:
    return TrialsView(
        family=of.id, model=of.model, trials=of.trials, owner_trials=of.owner_trials,
        reproduced=of.reproduced,
    )  # fmt: skip
