"""Model cards over HTTP: kept for those who run the Lab themselves, read by everybody."""

import asyncio
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from arena.kit.canonical import canonical_json
from arena.kit.clock import iso_ms
from arena.kit.page import BadCursor, Page, decode_cursor, encode_cursor, page_of
from arena.people.access import CallDep, Routes, needs, public
from arena.signals.lab.cards.keep import keep_card
from arena.signals.lab.cards.model import Code, Kept, Label, Outcome
from arena.signals.lab.cards.pdf import card_pdf
from arena.signals.lab.cards.read import NEWEST, card, cards_of
from arena.signals.lab.cards.shape import card_schema

routes = Routes("lab")
OPEN = public("a card is there to be checked, and whoever checks it need not say who he is")
PUBLISHES = needs("signals:publish", kinds={"collective"})
Sha = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the card, in hex.")]
FOR_GOOD = "public, max-age=31536000, immutable"
_setting = asyncio.Semaphore(1)


class ReproductionView(BaseModel):
    """One try of the arena's to compute the card again."""

    outcome: Outcome
    engine_version: str
    differences: list[str] = Field(description="JSON pointers with both values, or why not.")
    at: str = Field(description="Product time.")


class KeptCardView(BaseModel):
    """A kept card. What counts is this `label`, not what the card says of itself."""

    sha: str
    name: str
    model: str
    label: Label = Field(
        description="reproduced: the arena has computed it again, and every figure was the same."
    )
    code: Code = Field(
        description="Where the model's code is: built_in, kept (sent by its author), deleted since, never_sent."
    )
    owner_id: str
    kept_by: str
    family: str = Field(description="Of its trials: GET /lab/families/{family}.")
    lineage: dict[str, str]
    log_index: int
    kept_at: str = Field(description="Product time.")
    reproductions: list[ReproductionView]


@routes.add(
    "POST", "/lab/cards", gate=PUBLISHES, status_code=201, summary="Keep a model card",
    responses={413: {"description": "A body may have 262144 bytes."}},
)  # fmt: skip
async def keep(call: CallDep, body: dict[str, Any]) -> KeptCardView:
    """The body is a card as `arena lab card` writes it; its form is GET /schemas/model-card-v1.json. Its documents and
    the configurations of its study are registered with it. The same card again is the same card; nothing is removed."""
    kept = await keep_card(
        call.tx, call.actor.id, body, actor=call.actor, request_id=call.request_id
    )
    return kept_view(kept)


@routes.add("GET", "/lab/cards", gate=OPEN, summary="The cards of an owner")
async def list_cards(
    call: CallDep,
    owner: Annotated[
        str,
        Query(pattern=r"^(usr|col)_[0-9a-z_]{1,40}$", description="A person, or a collective: then its owner's."),
    ],
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    after: Annotated[str | None, Query(max_length=400)] = None,
) -> Page[KeptCardView]:  # fmt: skip
    """Newest first."""
    before = NEWEST
    if after is not None:
        (before,) = decode_cursor(after, (int,))
        if before < 1:
            raise BadCursor
    found = await cards_of(call.tx, owner, before=before, limit=limit + 1)
    page = page_of(found, limit, lambda one: encode_cursor(one.number))
    return Page(data=[kept_view(one) for one in page.data], has_more=page.has_more, next=page.next)


@routes.add(
    "GET", "/lab/cards/{sha}", gate=OPEN, summary="A model card",
    response_class=Response, responses={200: {"content": {"application/json": {}}}},
)  # fmt: skip
async def show(call: CallDep, sha: Sha) -> Response:
    """The card's canonical bytes (RFC 8785): their SHA-256 is its name."""
    kept = await card(call.tx, sha)
    return Response(
        canonical_json(kept.body), media_type="application/json", headers=_headers(sha, "json")
    )


@routes.add("GET", "/lab/cards/{sha}/standing", gate=OPEN, summary="What the arena knows of a card")
async def standing(call: CallDep, sha: Sha) -> KeptCardView:
    """Whose it is, and whether the arena came to the same figures."""
    return kept_view(await card(call.tx, sha))


@routes.add(
    "GET", "/lab/cards/{sha}/pdf", gate=OPEN, conducts=True, summary="A model card on paper",
    response_class=Response, responses={200: {"content": {"application/pdf": {}}}},
)  # fmt: skip
async def on_paper(call: CallDep, request: Request, sha: Sha) -> Response:
    """The same card gives the same bytes."""
    async with call.db.transaction(readonly=True) as tx:
        kept = await card(tx, sha)
    headers = _headers(sha, "pdf")
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    async with _setting:
        # The first one loads thirty megabytes; the loop goes on meanwhile, and no connection is held.
        paper = await asyncio.to_thread(card_pdf, kept.body)
    return Response(paper, media_type="application/pdf", headers=headers)


@routes.add(
    "GET", "/schemas/model-card-v1.json", gate=OPEN, summary="The form of a model card, as JSON Schema",
    response_class=Response, responses={200: {"content": {"application/schema+json": {}}}},
)  # fmt: skip
async def schema() -> Response:
    """The JSON Schema (draft 2020-12) of a card, version 1."""
    headers = {"Cache-Control": "max-age=3600"}
    return Response(card_schema(), media_type="application/schema+json", headers=headers)


def kept_view(kept: Kept) -> KeptCardView:
    return KeptCardView(
        sha=kept.sha, name=kept.body["name"], model=kept.body["study"]["model"], label=kept.label, code=kept.code,
        owner_id=kept.owner_id, kept_by=kept.kept_by, family=kept.family_id, lineage=kept.lineage.as_dict(),
        log_index=kept.log_index, kept_at=iso_ms(kept.at),
        reproductions=[
            ReproductionView(
                outcome=one.outcome, engine_version=one.engine_version, differences=list(one.differences),
                at=iso_ms(one.at),
            )
            for one in kept.reproductions
        ],
    )  # fmt: skip


def _headers(sha: str, kind: str) -> dict[str, str]:
    return {"Cache-Control": FOR_GOOD, "ETag": f'"{sha}.{kind}"'}
