"""GET /health, /health/live and /metrics: is it alive, is it ready, how is each part."""

from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from arena.kit.clock import iso_ms
from arena.kit.db import Tx
from arena.kit.problems import MEDIA_TYPE
from arena.people.access import CallDep, Routes, needs, public
from arena.trading import market
from arena.web.board import board

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
    parts: dict[str, dict[str, Any]] = {
        "database": {"status": "ok"},
        "prices": await _prices(call.tx),
        "feeds": {"status": "ok", "open": len(state.feeds), "signals": state.signals},
        "market": {"status": "ok", "listings": state.listed, "subscriptions": state.subscriptions},
        "delivery": {"status": "ok", "sockets": state.sockets},
        "log": {"status": "ok", "entries": state.log_size},
        "ledger": {"status": "down" if state.ledger_sum else "ok", "sum": state.ledger_sum},
        "reactions": {
            "status": "degraded" if state.dead_letters else "ok",
            "pending": state.pending_reactions, "dead_letters": state.dead_letters,
        },
    }  # fmt: skip
    worst = {part.get("status", "ok") for part in parts.values()}
    status = "down" if "down" in worst else "degraded" if "degraded" in worst else "ok"
    body = Health(status=status, product_time=iso_ms(state.product_now), parts=parts)
    return JSONResponse(body.model_dump(), 503 if status == "down" else 200)


@routes.add("GET", "/metrics", gate=needs("operate"), response_class=Response)
async def metrics(call: CallDep) -> Response:
    """Prometheus metrics of this process; an operator's API key reads them."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _prices(tx: Tx) -> dict[str, Any]:
    found = await market.market_health(tx)
    status = "ok" if found.pop("ok") else "degraded" if found["source"] else "down"
    return {"status": status, **found}
