"""Routes of exchange keys: made, listed and revoked by the collective; its owner may list and revoke them, too."""

from datetime import datetime
from typing import Annotated

from fastapi import Path, Response
from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from arena.kit.clock import iso_ms
from arena.kit.errors import Forbidden
from arena.kit.page import Page
from arena.people import identity
from arena.people.access import CallDep, Routes, needs
from arena.trading.venues.dialects.binance.exchange_keys import (
    ExchangeKey,
    create_exchange_key,
    list_exchange_keys,
    revoke_exchange_key,
)

routes = Routes("exchange keys")
CollectiveId = Annotated[str, Path(pattern="^col_[0-9a-z]{26}$", description="A collective's id.")]
ExchangeKeyId = Annotated[
    str, Path(pattern="^exk_[0-9a-z]{26}$", description="An exchange key's id.")
]
Time = Annotated[
    datetime, PlainSerializer(iso_ms, return_type=str), Field(examples=["2021-10-27T14:15:00.000Z"])
]


class NotYourExchangeKeys(Forbidden):
    """Exchange keys are made by the collective itself, and seen and revoked by it and the person who owns it."""


class NewExchangeKey(BaseModel):
    """A key that is wanted."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(
        min_length=1, max_length=60, pattern=r"^[^\x00]*$", examples=["freqtrade at home"],
        description="What it is for, in your words.",
    )  # fmt: skip


class ExchangeKeyView(BaseModel):
    """An API key for programs that speak Binance, without its secret."""

    id: str
    api_key: str = Field(description="What a program sends as X-MBX-APIKEY.")
    name: str
    at: Time = Field(description="Since when there is this key (wall time).")
    revoked_at: Time | None


class ExchangeKeyShown(ExchangeKeyView):
    """A key just made, with its secret."""

    secret: str = Field(description="Signs by HMAC-SHA256; never shown again.")


@routes.add(
    "POST", "/collectives/{collective_id}/exchange-keys", gate=needs("keys:write", kinds=("collective",)),
    status_code=201,
)  # fmt: skip
async def make_exchange_key(
    call: CallDep, collective_id: CollectiveId, body: NewExchangeKey, response: Response
) -> ExchangeKeyShown:
    """Make an API key with an HMAC secret for the collective's own account, for programs that speak Binance.

    The answer is the only place where the secret is ever shown. Programs that can sign with Ed25519 need none: a
    collective's public key is its API key.
    """
    if call.actor.id != collective_id:
        raise NotYourExchangeKeys
    made, secret = await create_exchange_key(
        call.tx, call.settings.vault, collective_id, body.name, request_id=call.request_id
    )
    response.headers["Cache-Control"] = "no-store"
    return ExchangeKeyShown(**_view(made).model_dump(), secret=secret)


@routes.add("GET", "/collectives/{collective_id}/exchange-keys", gate=needs("keys:write"))
async def show_exchange_keys(call: CallDep, collective_id: CollectiveId) -> Page[ExchangeKeyView]:
    """The collective's exchange keys, newest first, the revoked ones too."""
    await _admit(call, collective_id)
    found = await list_exchange_keys(call.tx, collective_id)
    return Page(data=[_view(key) for key in found], has_more=False)


@routes.add(
    "DELETE", "/collectives/{collective_id}/exchange-keys/{exchange_key_id}", gate=needs("keys:write")
)  # fmt: skip
async def end_exchange_key(
    call: CallDep, collective_id: CollectiveId, exchange_key_id: ExchangeKeyId
) -> ExchangeKeyView:
    """Revoke an exchange key at once."""
    await _admit(call, collective_id)
    ended = await revoke_exchange_key(
        call.tx, collective_id, exchange_key_id, by=call.actor.id, request_id=call.request_id
    )
    return _view(ended)


async def _admit(call: CallDep, collective_id: str) -> None:
    owner_id = (await identity.collective(call.tx, collective_id)).owner_id
    if call.actor.id not in (collective_id, owner_id):
        raise NotYourExchangeKeys


def _view(key: ExchangeKey) -> ExchangeKeyView:
    return ExchangeKeyView(
        id=key.id, api_key=key.api_key, name=key.name, at=key.at, revoked_at=key.revoked_at
    )
