"""Sweeps as JSON: what a creator's machine tells of one, and what is shown of it."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictInt, model_validator

from arena.kit.clock import iso_ms
from arena.signals.lab.sweeps.model import Asked, Method, Reached, RunBy, Status, Sweep

TEXT = r"^[^\x00-\x1f\x7f]*$"
WHOLE_MAX = 2**53 - 1
VALUES_MAX = 20_000
CELLS_MAX = 20_000
CONFIGURATIONS_MAX = 1_000_000
Name = Annotated[str, Field(min_length=1, max_length=80, pattern=TEXT)]
Whole = Annotated[StrictInt, Field(ge=-WHOLE_MAX, le=WHOLE_MAX)]
Count = Annotated[int, Field(ge=0, le=CONFIGURATIONS_MAX)]
Figure = Annotated[float, Field(allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Parameters = Annotated[dict[Name, Whole], Field(max_length=32)]
Span = Annotated[list[Whole], Field(min_length=2, max_length=2)]


class Strict(BaseModel):
    """Nothing beside what is named."""

    model_config = ConfigDict(extra="forbid")


class SweepDraft(Strict):
    """What a creator's machine is about to sweep. Its configurations are registered as trials before."""

    name: Name = Field(examples=["EMA cross on four years"])
    model: Name = Field(examples=["moving_average_cross"])
    kind: Literal["rule", "own"] = Field(description="rule: a built-in; own: one's own code.")
    code_version: str = Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of its source.")
    method: Method
    space: dict[Name, Annotated[list[Whole], Field(min_length=1, max_length=VALUES_MAX)]] = Field(
        max_length=32, description="The values of every parameter."
    )
    less: list[Annotated[list[Name], Field(min_length=2, max_length=2)]] = Field(
        default_factory=list, max_length=32, description="Pairs of which the first is smaller."
    )
    configurations: int = Field(ge=1, le=CONFIGURATIONS_MAX)
    seed: int = Field(0, ge=0, le=WHOLE_MAX)
    pack: dict[str, Any] = Field(description="The pack document of its trials.")
    policy: dict[str, Any] = Field(description="The policy document of its trials.")
    command: str | None = Field(
        None, max_length=500, pattern=TEXT, description="Goes on with it on that machine; shown to its owner."
    )  # fmt: skip

    @model_validator(mode="after")
    def _in_all(self) -> Self:
        if sum(len(values) for values in self.space.values()) > VALUES_MAX:
            raise ValueError(f"a space has at most {VALUES_MAX} values in all")
        return self

    def asked(self) -> Asked:
        return Asked(
            name=self.name, model=self.model, kind=self.kind, code_version=self.code_version, method=self.method,
            space=self.space, less=[(low, high) for low, high in self.less], configurations=self.configurations,
            seed=self.seed, pack=self.pack, policy=self.policy,
            where={} if self.command is None else {"command": self.command},
        )  # fmt: skip


class BestDraft(Strict):
    """The configuration with the highest Sharpe ratio so far."""

    parameters: Parameters
    sharpe: Figure
    total_return: Figure


class ReachedDraft(Strict):
    """How far a sweep is."""

    done: Count
    per_second: Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)] = 0.0
    best: BestDraft | None = None

    def reached(self) -> Reached:
        best = None if self.best is None else self.best.model_dump()
        return Reached(self.done, self.per_second, best)


class RowDraft(Strict):
    """A configuration and its figures, net of costs: fractions; `sharpe` annual; `fees` in quote units. `neighbours`
    is the median Sharpe ratio of those one step away."""

    number: Count
    parameters: Parameters
    total_return: Figure | None
    drawdown_max: Share | None
    sharpe: Figure
    fills: Annotated[int, Field(ge=0, le=2**31 - 1)] | None
    turnover: Figure | None
    fees: Figure | None
    neighbours: Figure | None


class MapDraft(Strict):
    """The median Sharpe ratio by two parameters: rows by `ys`; `xs` and `ys` have the lowest and highest value of each
    column and row."""

    x: Name
    y: Name
    xs: Annotated[list[Span], Field(min_length=1, max_length=100)]
    ys: Annotated[list[Span], Field(min_length=1, max_length=100)]
    cells: Annotated[
        list[Annotated[list[Figure | None], Field(max_length=100)]], Field(max_length=100)
    ]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if len(self.cells) != len(self.ys) or any(len(row) != len(self.xs) for row in self.cells):
            raise ValueError(
                "cells must have a row for each of ys and in it a value for each of xs"
            )
        if not any(value is not None for row in self.cells for value in row):
            raise ValueError("a map has one value at least")
        return self


class StabilityDraft(Strict):
    """The quartiles of the Sharpe ratio along one parameter. `plateau`: from which value to which the median stays
    near its highest; `share`: of how many of the values."""

    parameter: Name
    values: Annotated[list[Span], Field(min_length=1, max_length=100)]
    low: Annotated[list[Figure], Field(max_length=100)]
    middle: Annotated[list[Figure], Field(max_length=100)]
    high: Annotated[list[Figure], Field(max_length=100)]
    plateau: Span
    share: Share

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not len(self.values) == len(self.low) == len(self.middle) == len(self.high):
            raise ValueError("low, middle and high have a figure for each of values")
        return self


class LuckDraft(Strict):
    """How much of the best is luck; None where it could not be said."""

    trials: Count
    days: Count
    effective_trials: Figure | None
    deflated_sharpe: Share | None
    luckiest_sharpe: Figure | None
    overfitting_probability: Share | None


class SummaryDraft(Strict):
    """What came of a sweep."""

    version: Literal["1"]
    metric: Literal["sharpe"]
    configurations: Annotated[int, Field(ge=1, le=CONFIGURATIONS_MAX)]
    distinct: Annotated[int, Field(ge=1, le=CONFIGURATIONS_MAX)]
    failed: Count
    first_failure: Annotated[str, Field(max_length=500, pattern=TEXT)] | None
    best: Annotated[list[RowDraft], Field(max_length=20)]
    steadiest: RowDraft | None
    median: Figure | None
    above_zero: Share | None
    maps: Annotated[list[MapDraft], Field(max_length=10)]
    stability: Annotated[list[StabilityDraft], Field(max_length=32)]
    luck: LuckDraft | None

    @model_validator(mode="after")
    def _in_all(self) -> Self:
        if sum(len(one.xs) * len(one.ys) for one in self.maps) > CELLS_MAX:
            raise ValueError(f"the maps have at most {CELLS_MAX} cells in all")
        return self


class EndDraft(Strict):
    """How a sweep ends: done with its summary, interrupted, or failed and why."""

    status: Literal["done", "interrupted", "failed"]
    reached: ReachedDraft | None = None
    summary: SummaryDraft | None = None
    why: Annotated[str, Field(max_length=500, pattern=TEXT)] | None = None


class StandingView(BaseModel):
    """Where a sweep stands: unless it is `running`, whoever runs it stops."""

    status: Status
    done: int


class SweepView(BaseModel):
    """A sweep. What one that a creator runs tells of itself is its owner's word: `vouched` says whose it is."""

    id: str
    name: str
    model: str
    collective: str
    family: str = Field(description="Of its trials: GET /lab/families/{family}.")
    run_by: RunBy
    vouched: Literal["self_reported", "reproduced"] = Field(
        description="reproduced: the arena has run it itself, on candles and code of its own."
    )
    method: Method
    space: dict[str, list[int]]
    less: list[list[str]]
    seed: int
    pack: dict[str, Any]
    status: Status
    configurations: int
    done: int
    per_second: float
    seconds_left: float | None
    best: dict[str, Any] | None
    why: str | None
    opened_at: str = Field(description="Wall time, like the others.")
    started_at: str | None
    updated_at: str
    ended_at: str | None
    summary: dict[str, Any] | None = Field(
        None, description="When done: the best configurations, luck, heat maps, stability. Not in lists."
    )  # fmt: skip


def sweep_view(one: Sweep) -> SweepView:
    asked = one.asked
    return SweepView(
        id=one.id, name=asked.name, model=asked.model, collective=one.collective_id, family=one.family_id,
        run_by=one.run_by, vouched="reproduced" if one.run_by == "arena" else "self_reported", method=asked.method,
        space={name: list(values) for name, values in asked.space.items()},
        less=[list(pair) for pair in asked.less], seed=asked.seed, pack=dict(asked.pack), status=one.status,
        configurations=asked.configurations, done=one.reached.done, per_second=one.reached.per_second,
        seconds_left=one.seconds_left, best=None if one.reached.best is None else dict(one.reached.best),
        why=one.why, opened_at=iso_ms(one.opened_at), started_at=one.started_at and iso_ms(one.started_at),
        updated_at=iso_ms(one.updated_at), ended_at=one.ended_at and iso_ms(one.ended_at),
        summary=None if one.summary is None else dict(one.summary),
    )  # fmt: skip
