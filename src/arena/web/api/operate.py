"""What an operator does over HTTP: dead letters looked at and replayed, the tape driven."""

from typing import Annotated, Any

from fastapi import Path
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from arena.kit import outbox
from arena.kit.clock import iso_ms
from arena.people.access import CallDep, Routes, needs
from arena.trading import market
from arena.web.views import acts

routes = Routes("operator")
OPERATOR = needs("operate", kinds=["person"])


class DeadLetter(BaseModel):
    """A reaction that failed for good; `error` is what its last attempt raised."""

    fact_id: int
    handler: str
    kind: str
    key: str
    attempts: int
    error: str | None
    fact: dict[str, Any]
    at: str


class TapeView(BaseModel):
    """Where the tape stands. `speed` as asked for: 1x, 900x, max, pause or auto."""

    source: str
    pack_sha: str
    symbols: list[str]
    interval_s: int
    speed: str
    product_time: str
    until: str | None
    steps: int
    ended: bool


class TapeOrder(BaseModel):
    """What the tape shall do."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"speed": "900x"}]})
    speed: str = Field(
        description="1x, 60x, 900x …, max, pause or auto", pattern=r"^(\d{1,9}x|max|pause|auto)$"
    )
    until: AwareDatetime | None = Field(None, description="Product time at which to pause")


@routes.add("GET", "/dead-letters", gate=OPERATOR)
async def dead_letters(call: CallDep) -> list[DeadLetter]:
    """The oldest hundred reactions that failed for good."""
    return [
        DeadLetter(
            fact_id=row["fact_id"], handler=row["handler"], kind=row["kind"], key=row["key"],
            attempts=row["attempts"], error=row["error"], fact=row["body"], at=iso_ms(row["at"]),
        )
        for row in await outbox.dead_letters(call.tx)
    ]  # fmt: skip


@routes.add("POST", "/dead-letters/{fact_id}/{handler}/replay", gate=OPERATOR, status_code=202)
async def replay(
    call: CallDep,
    fact_id: Annotated[int, Path(ge=1, le=2**63 - 1)],
    handler: Annotated[str, Path(pattern=r"^[a-z_.]{1,64}$")],
) -> dict[str, str]:
    """Puts a dead letter back in line; it is tried again at once."""
    await acts.replay(call.tx, fact_id, handler, actor=call.actor, request_id=call.request_id)
    return {"status": "in line"}


@routes.add("GET", "/tape", gate=OPERATOR)
async def tape(call: CallDep) -> TapeView:
    """Where the tape stands."""
    return _view(await market.tape(call.tx))


@routes.add("POST", "/tape", gate=OPERATOR)
async def drive(call: CallDep, order: TapeOrder) -> TapeView:
    """Changes the pace of the replay, pauses it, or lets it go on until a given product time."""
    return _view(
        await acts.drive(
            call.tx, order.speed, order.until, actor=call.actor, request_id=call.request_id
        )
    )


def _view(tape: market.Tape) -> TapeView:
    return TapeView(
        source=tape.source, pack_sha=tape.pack_sha, symbols=list(tape.pack.symbols),
        interval_s=tape.interval_s, speed=tape.speed, product_time=iso_ms(tape.product_now),
        until=iso_ms(tape.until) if tape.until else None, steps=tape.steps, ended=tape.ended_at is not None,
    )  # fmt: skip
