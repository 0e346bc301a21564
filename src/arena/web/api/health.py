"""GET /health, /health/live and /metrics: is it alive, is it ready, how is each part."""

from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from arena.kit.clock import iso_ms
from arena.kit.problems import MEDIA_TYPE
from arena.people.access import CallDep, Routes, needs, public
from arena.web.views.board import board
from arena.web.views.parts import parts_of, worst_of

routes = Routes("health")


class Health(BaseModel):
    """`status` is ok, degraded (works, but somebody should look) or down."""

    status: str = Field(examples=["ok"])
    product_time: str = Field(examples=["2021-10-27T14:00:00.000Z"])
    parts: dict[str, dict[str, Any]]


@routes.add("GET", "/health/live", gate=public("liveness probes carry no credentials"))
async def alive(call: CallDep) -> dict[str, str]:
    """Liveness: the process answers and its database answers a transaction."""
    return {"status": "alive", "request_id": call.request_id}


@routes.add(
    "GET", "/health", gate=public("readiness probes carry no credentials"), response_model=Health,
    responses={503: {"description": "Not ready", "content": {MEDIA_TYPE: {}}}},
)  # fmt: skip
async def ready(call: CallDep) -> Response:
    """Readiness, with the state of each part. 503 while there is no tape or the ledger is off."""
    state = await board(call.tx)
    parts = await parts_of(call.tx, state, call.settings)
    status = worst_of(parts)
    body = Health(status=status, product_time=iso_ms(state.product_now), parts=parts)
    return JSONResponse(body.model_dump(), 503 if status == "down" else 200)


@routes.add("GET", "/metrics", gate=needs("operate"), response_class=Response)
async def metrics(call: CallDep) -> Response:
    """Prometheus metrics of this process; an operator's API key reads them."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
