"""How each part of the arena is: the facts behind GET /health and the operator's pages."""

from datetime import datetime
from typing import Any

from arena.kit.clock import iso_ms
from arena.kit.db import Tx
from arena.kit.settings import Settings
from arena.money import billing, payouts
from arena.signals.strategists import hosting, language_model
from arena.trading import market
from arena.trading.orders import live
from arena.web.views.board import Board

Parts = dict[str, dict[str, Any]]


async def parts_of(tx: Tx, state: Board, settings: Settings) -> Parts:
    """Each part with its `status`, which is ok, degraded or down, and its figures."""
    return {
        "database": {"status": "ok"},
        "prices": await _prices(tx),
        "venues": await _venues(tx),
        "feeds": {"status": "ok", "open": await _open_feeds(tx), "signals": state.signals},
        "language_models": await _language_models(tx, settings),
        "hosting": await _hosting(tx, settings),
        "market": {"status": "ok", "listings": state.listed, "subscriptions": state.subscriptions},
        "delivery": {"status": "ok", "sockets": state.sockets},
        "log": {"status": "ok", "entries": state.log_size},
        "ledger": {"status": "down" if state.ledger_sum else "ok", "sum": state.ledger_sum},
        "gateway": await _gateway(tx, settings),
        "reactions": {
            "status": "degraded" if state.dead_letters else "ok",
            "pending": state.pending_reactions, "dead_letters": state.dead_letters,
        },
    }  # fmt: skip


def worst_of(parts: Parts) -> str:
    """The status of the whole."""
    found = {part.get("status", "ok") for part in parts.values()}
    return "down" if "down" in found else "degraded" if "degraded" in found else "ok"


async def _open_feeds(tx: Tx) -> int:
    """The board shows the first of them only."""
    count: int = await tx.fetchval("select count(*) from feed where status = 'open'")
    return count


async def _venues(tx: Tx) -> dict[str, Any]:
    found = await live.live_health(tx)
    return {"status": "ok" if found.pop("ok") else "degraded", **found}


async def _prices(tx: Tx) -> dict[str, Any]:
    found = await market.market_health(tx)
    status = "ok" if found.pop("ok") else "degraded" if found["source"] else "down"
    return {"status": status, **found}


async def _gateway(tx: Tx, settings: Settings) -> dict[str, Any]:
    """How money goes in and out: when the gateway answered and was heard, what is unknown, apart, or does not go on."""
    line = await billing.line_health(tx, settings.payment_gateway, settings.payout_gateway)
    stuck, since = await payouts.stuck(tx)
    return {
        "status": "ok" if line.ok and not stuck else "degraded", "name": line.gateway,
        "payouts_by": settings.payout_gateway, "answered_at": _iso(line.answered_at), "failed_at": _iso(line.failed_at),
        "failure": line.failure, "webhook_at": _iso(line.webhook_at), "missed": line.missed, "waiting": line.waiting,
        "unknown": line.unknown, "unknown_since": _iso(line.unknown_since), "apart": line.apart,
        "given_up": line.given_up, "compared_at": _iso(line.compared_at), "compare_failure": line.compare_failure,
        "compare_overdue": line.stale, "payouts_stuck": stuck, "payouts_stuck_since": _iso(since),
    }  # fmt: skip


def _iso(at: datetime | None) -> str | None:
    return None if at is None else iso_ms(at)


async def _hosting(tx: Tx, settings: Settings) -> dict[str, Any]:
    found = await hosting.hosting_health(tx, settings)
    return {"status": "ok" if found.pop("ok") else "degraded", **found}


async def _language_models(tx: Tx, settings: Settings) -> dict[str, Any]:
    found = await language_model.language_model_health(tx, settings)
    return {"status": "ok" if found.pop("ok") else "degraded", **found}
