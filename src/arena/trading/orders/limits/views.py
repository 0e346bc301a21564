"""How limits read and are written in JSON."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from arena.kit.clock import iso_ms
from arena.trading import risk
from arena.trading.orders.liquidation import Liquidation, Step

DecimalText = Annotated[str, Field(pattern=r"^\d{1,15}(\.\d{1,12})?$", examples=["0.015"])]
Fraction = Annotated[str, Field(pattern=r"^(0\.\d{1,6}|1(\.0{1,6})?)$", examples=["0.25"])]
Symbol = Annotated[str, Field(pattern="^[A-Z0-9_-]{2,30}$", examples=["BTC-USD"])]
Count = Annotated[int, Field(ge=1, le=10_000_000)]
Number = Annotated[
    Decimal,
    PlainSerializer(lambda number: format(number, "f"), return_type=str),
    Field(examples=["42713.5"]),
]
Time = Annotated[
    datetime, PlainSerializer(iso_ms, return_type=str), Field(examples=["2021-10-27T14:15:00.000Z"])
]
_NUMBERS = (
    "position_weight_max", "exposure_max", "daily_drawdown_max", "drawdown_max", "order_notional_max",
    "liquidation_drawdown", "liquidation_exposure",
)  # fmt: skip
_COUNTS = ("orders_10s_max", "orders_day_max", "open_orders_max", "price_collar_bps")


class Reason(BaseModel):
    """Why; it goes into the audit trail."""

    # Schemas of one name are told apart by where they stand, and released names do not change: it stood there first.
    __module__ = "arena.trading.orders.routes"
    model_config = ConfigDict(extra="forbid")

    reason: str = Field(
        min_length=1, max_length=500, pattern=r"^[^\x00]*$", examples=["prices look wrong"]
    )


class LimitsDraft(BaseModel):
    """Bounds of the collective's own account; weights are fractions of its equity. What is left out is not bounded by
    the owner; the operator's bounds hold in any case, and none may be named that is looser than they are."""

    model_config = ConfigDict(extra="forbid")

    position_weight_max: Fraction = Field("1", description="Of one position.")
    exposure_max: Fraction = Field("1", description="Of all positions together.")
    daily_drawdown_max: Fraction = Field(
        "1",
        description="Loss since UTC midnight from which only reducing orders pass; 1: no such halt.",
    )
    order_notional_max: DecimalText | None = Field(
        None, description="Worth of one order in quote units; null: no bound."
    )
    drawdown_max: Fraction = Field(
        "1",
        description="Loss from the highest equity from which only reducing orders pass; 1: no such halt.",
    )
    position_quantity_max: dict[Symbol, DecimalText] = Field(
        {}, max_length=500, description="Of one position, in base units, by symbol."
    )
    orders_10s_max: Count | None = Field(None, description="Orders in ten seconds.")
    orders_day_max: Count | None = Field(None, description="Orders in a day (UTC).")
    open_orders_max: Count | None = Field(None, description="Orders open at once.")
    price_collar_bps: Annotated[int, Field(ge=1, le=100_000)] | None = Field(
        None, description="How far beyond the last price an order may buy or sell."
    )
    symbols: list[Symbol] | None = Field(
        None, max_length=500, description="What may be bought; null: everything."
    )
    liquidation_drawdown: Fraction | None = Field(
        None, description="Loss from the highest equity at which everything is sold; null: never."
    )
    liquidation_exposure: Fraction | None = Field(
        None, description="Part of the equity in positions from which on they are sold down."
    )

    def limits(self) -> risk.Limits:
        return limits_of(self)

    def wished(self) -> dict[str, Any]:
        """The limits that were named."""
        whole = risk.as_mapping(self.limits())
        return {name: whole[name] for name in self.model_fields_set if name in whole}


class BoundsDraft(LimitsDraft, Reason):
    """The operator's bounds of one account, and why. What is left out is bounded by the settings alone."""


class UseView(BaseModel):
    """How much of a limit is used, in the limit's own unit; `share` is the part of it."""

    name: str
    symbol: str | None
    limit: Number
    used: Number | None = Field(description="Null: asked of each order by itself.")
    share: Number | None


class LimitsView(BaseModel):
    """Limits as somebody has set them; null: not set."""

    position_weight_max: Number
    exposure_max: Number
    daily_drawdown_max: Number
    drawdown_max: Number
    order_notional_max: Number | None
    position_quantity_max: dict[str, Number]
    orders_10s_max: int | None
    orders_day_max: int | None
    open_orders_max: int | None
    price_collar_bps: int | None
    symbols: list[str] | None
    liquidation_drawdown: Number | None
    liquidation_exposure: Number | None


class RiskView(LimitsView):
    """Bounds every order is checked against before it goes: of the operator's and the owner's the tighter."""

    account_id: str
    killed_at: Time | None = Field(
        description="Since when the owner lets no order be taken; null: orders are taken."
    )
    barred_at: Time | None = Field(description="Since when the operator lets no order be taken.")
    liquidating_since: Time | None = Field(
        description="Since when positions are being sold, and only reducing orders pass."
    )
    equity: Number = Field(description="At the last closes, in quote units.")
    use: list[UseView] = Field(description="How much of each limit is used now.")
    operator: LimitsView = Field(description="What the operator bounds.")
    own: LimitsView = Field(description="What the owner has tightened.")


class StepView(BaseModel):
    """A slice of a liquidation. Quantities in base units, proceeds in quote units, fees aside."""

    number: int
    symbol: str
    quantity: Number
    status: Literal["planned", "sold", "partial", "refused"]
    at: Time
    order_id: str | None
    sold: Number | None
    proceeds: Number | None
    why: str | None


class LiquidationView(BaseModel):
    """A liquidation of an account, with all its slices."""

    id: str
    account_id: str
    cause: Literal["drawdown", "exposure"]
    level: Number = Field(description="What was reached, a fraction of the equity.")
    trigger: Number = Field(description="Where the trigger is set.")
    status: Literal["running", "done"]
    began_at: Time
    ended_at: Time | None
    steps: list[StepView]


class LiquidationsView(BaseModel):
    data: list[LiquidationView]


def limits_of(draft: LimitsDraft) -> risk.Limits:
    values: dict[str, Any] = {}
    for name in _NUMBERS:
        text = getattr(draft, name)
        values[name] = None if text is None else Decimal(text)
    for name in _COUNTS:
        values[name] = getattr(draft, name)
    return risk.Limits(
        **values,
        position_quantity_max={s: Decimal(q) for s, q in draft.position_quantity_max.items()},
        symbols=None if draft.symbols is None else frozenset(draft.symbols),
    )


def risk_view(shown: risk.LimitsInUse) -> RiskView:
    binds = shown.bounds.effective
    return RiskView(
        **_fields(binds),
        account_id=shown.account_id,
        killed_at=binds.killed_at,
        barred_at=binds.barred_at,
        liquidating_since=binds.liquidating_since,
        equity=shown.equity,
        use=[
            UseView(
                name=use.name,
                symbol=use.symbol,
                limit=use.limit,
                used=use.used,
                share=None if use.share is None else round(use.share, 4),
            )
            for use in shown.uses
        ],
        operator=LimitsView(**_fields(shown.bounds.operator)),
        own=LimitsView(**_fields(shown.bounds.own)),
    )


def liquidation_view(found: Liquidation, steps: list[Step]) -> LiquidationView:
    return LiquidationView(
        id=found.id,
        account_id=found.account_id,
        cause=found.cause,
        level=round(found.level, 6),
        trigger=found.trigger,
        status=found.status,
        began_at=found.began_at,
        ended_at=found.ended_at,
        steps=[
            StepView(
                number=step.number,
                symbol=step.symbol,
                quantity=step.quantity,
                status=step.status,
                at=step.planned_at,
                order_id=step.order_id,
                sold=step.sold,
                proceeds=step.proceeds,
                why=step.why,
            )
            for step in steps
        ],
    )


def _fields(limits: risk.Limits) -> dict[str, Any]:
    named = risk.as_mapping(limits)
    named["symbols"] = None if limits.symbols is None else sorted(limits.symbols)
    named["position_quantity_max"] = dict(limits.position_quantity_max)
    return named
