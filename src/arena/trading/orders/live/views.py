"""What live trading takes and shows over HTTP, and how it is made from what is kept."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, SecretStr

from arena.kit.clock import iso_ms
from arena.kit.ids import derived
from arena.trading.orders.live.model import Difference, LiveOrder, VenueKey
from arena.trading.venues import OrderRequest, OrderStatus, OrderType, SelfMatch, TimeInForce

Number = Annotated[
    Decimal, PlainSerializer(lambda number: format(number, "f"), return_type=str), Field(examples=["42713.5"])
]  # fmt: skip
Time = Annotated[
    datetime, PlainSerializer(iso_ms, return_type=str), Field(examples=["2026-03-02T13:49:20.000Z"])
]
DecimalText = Annotated[str, Field(pattern=r"^\d{1,15}(\.\d{1,12})?$", examples=["0.015"])]
VenueName = Annotated[str, Field(pattern="^[a-z0-9_]{2,40}$", examples=["binance"])]
Reason = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]


class LiveSwitchDraft(BaseModel):
    """What the operator decides, and why; it goes into the audit trail."""

    model_config = ConfigDict(extra="forbid")

    allowed: bool
    reason: Reason = Field(examples=["rules of the desk are signed"])


class LiveSwitchView(BaseModel):
    """Whether orders may go to exchanges. `configured`: the installation is started with ARENA_LIVE_TRADING."""

    configured: bool
    allowed: bool
    by: str | None
    reason: str | None
    at: Time | None
    venues: list[str] = Field(description="Exchanges that are traded at here.")


class ConsentDraft(BaseModel):
    """Whether the collective wants its orders to go to real exchanges, with its own money there."""

    model_config = ConfigDict(extra="forbid")

    agreed: bool


class ConsentView(BaseModel):
    """What the collective has said."""

    agreed: bool


class KeyDraft(BaseModel):
    """A key of an account at an exchange. Make one there that may trade and nothing more; it is sealed here, and its
    secret is never shown again."""

    model_config = ConfigDict(extra="forbid")

    venue: VenueName
    kind: Literal["hmac", "ed25519", "ccxt"] = Field(
        description="hmac or ed25519 for Binance; ccxt for every other exchange."
    )
    api_key: SecretStr = Field(min_length=4, max_length=4000)
    secret: SecretStr = Field(min_length=4, max_length=4000)
    passphrase: SecretStr | None = Field(None, max_length=400)
    quote: str = Field(
        pattern="^[A-Z0-9]{2,12}$", examples=["USDT"], description="Currency the account is kept in."
    )  # fmt: skip


class LiveKeyView(BaseModel):
    """A key without its secret; `hint` are the last four characters of its public part."""

    id: str
    venue: str
    kind: Literal["hmac", "ed25519", "ccxt"]
    account_id: str
    hint: str
    may_trade: bool | None = Field(description="What the exchange says; null: it does not tell.")
    may_withdraw: bool | None = Field(description="Never true; null: the exchange does not tell.")
    added_at: Time
    revoked_at: Time | None


class WhyDraft(BaseModel):
    """Why; it goes into the audit trail."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason = Field(examples=["a deposit of 5 March"])


class StopDraft(BaseModel):
    """Which account, by its exchange, and why; it goes into the audit trail."""

    model_config = ConfigDict(extra="forbid")

    venue: VenueName
    reason: Reason = Field(examples=["prices look wrong"])


class StopView(BaseModel):
    """Whether the collective's own switch lets orders of this account go out."""

    account_id: str
    killed: bool


class LiveOrderDraft(BaseModel):
    """An order for the collective's account at an exchange. Numbers are decimal strings in its own steps and ticks."""

    model_config = ConfigDict(extra="forbid")

    venue: VenueName
    symbol: str = Field(pattern="^[A-Z0-9_-]{2,30}$", examples=["BTCUSDT"])
    side: Literal["buy", "sell"]
    type: OrderType = "market"
    quantity: DecimalText | None = None
    quote_quantity: DecimalText | None = Field(
        None, description="Instead of a quantity: what a market order shall spend or bring."
    )
    limit_price: DecimalText | None = None
    stop_price: DecimalText | None = None
    trailing_bps: int | None = Field(None, ge=1, le=2000)
    time_in_force: TimeInForce = "gtc"
    self_match: SelfMatch = "expire_maker"
    client_order_id: str | None = Field(
        None,
        pattern="^[A-Za-z0-9_.:-]{1,36}$",
        description="Names the intent: repeated, it gives the first order. Null: the Idempotency-Key does.",
    )


class LiveOrderView(BaseModel):
    """An order as our books have it. `unknown`: the exchange has not answered; it is asked until it says."""

    id: str
    account_id: str
    venue: str
    venue_order_id: str | None
    client_order_id: str
    symbol: str
    side: Literal["buy", "sell"]
    type: OrderType
    status: OrderStatus
    quantity: Number | None
    quote_quantity: Number | None
    limit_price: Number | None
    stop_price: Number | None
    filled_quantity: Number
    filled_quote: Number
    reason: str | None
    written_at: Time = Field(description="When it was written down, before it was sent; wall time.")


class DispatchView(BaseModel):
    """Exactly what would be sent; key, time and signature are added as it goes out."""

    method: str
    url: str
    parameters: dict[str, Any]


class LiveDifferenceView(BaseModel):
    """Where an exchange and our books do not agree. `ended_at` is null while they differ."""

    id: str
    account_id: str
    venue: str
    kind: Literal["balance", "order_missing", "order_not_ours", "fill_not_ours"]
    subject: str
    ours: str
    theirs: str
    at: Time
    ended_at: Time | None
    ended_by: str | None
    note: str | None


class LiveAccountView(BaseModel):
    """An account at an exchange: its key, the last comparison with the exchange, and what differed then."""

    account_id: str
    venue: str
    key_id: str
    compared_at: Time | None
    outcome: str | None = Field(description="agrees, differs, or why it could not be compared.")
    differences: list[LiveDifferenceView]


def request_of(body: LiveOrderDraft, intent: str) -> OrderRequest:
    def amount(text: str | None) -> Decimal | None:
        return None if text is None else Decimal(text)

    return OrderRequest(
        # Exchanges take 36 characters: the digest of the call, as an id of ours.
        client_order_id=body.client_order_id or derived("call", intent),
        symbol=body.symbol, side=body.side, type=body.type, quantity=amount(body.quantity),
        quote_quantity=amount(body.quote_quantity), limit_price=amount(body.limit_price),
        stop_price=amount(body.stop_price), trailing_bps=body.trailing_bps,
        time_in_force=body.time_in_force, self_match=body.self_match,
    )  # fmt: skip


def show_order(order: LiveOrder) -> LiveOrderView:
    asked = order.request
    return LiveOrderView(
        id=order.id, account_id=order.account_id, venue=order.venue, venue_order_id=order.venue_order_id,
        client_order_id=asked.client_order_id, symbol=asked.symbol, side=asked.side, type=asked.type,
        status=order.status, quantity=asked.quantity, quote_quantity=asked.quote_quantity,
        limit_price=asked.limit_price, stop_price=asked.stop_price,
        filled_quantity=order.filled_quantity, filled_quote=order.filled_quote, reason=order.reason,
        written_at=order.written_at,
    )  # fmt: skip


def show_key(key: VenueKey) -> LiveKeyView:
    return LiveKeyView(
        id=key.id, venue=key.venue, kind=key.kind, account_id=key.account_id, hint=key.hint,
        may_trade=key.rights.get("may_trade"), may_withdraw=key.rights.get("may_withdraw"),
        added_at=key.added_at, revoked_at=key.revoked_at,
    )  # fmt: skip


def show_difference(one: Difference) -> LiveDifferenceView:
    return LiveDifferenceView(
        id=one.id, account_id=one.account_id, venue=one.venue, kind=one.kind, subject=one.subject,
        ours=one.ours, theirs=one.theirs, at=one.at, ended_at=one.ended_at, ended_by=one.ended_by,
        note=one.note,
    )  # fmt: skip
