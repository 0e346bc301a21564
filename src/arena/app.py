"""The application: every router, the middleware around them, and one OpenAPI document."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from arena.kit import problems
from arena.marketplace import delivery
from arena.marketplace.entitlements.routes import routes as entitlements
from arena.marketplace.listings.routes import routes as listings
from arena.marketplace.moderation.routes import routes as moderation
from arena.marketplace.subscriptions.routes import routes as subscriptions
from arena.money.adjustments.routes import routes as adjustments
from arena.money.billing.operators.routes import routes as payments
from arena.money.billing.routes import routes as billing
from arena.money.buyers.routes import routes as buyers
from arena.money.collecting.routes import routes as bills
from arena.money.due_diligence.routes import routes as due_diligence
from arena.money.earnings.routes import routes as earnings
from arena.money.invoices.routes import routes as invoices
from arena.money.ledger.routes import routes as ledger
from arena.money.payouts.routes import routes as payouts
from arena.money.statements.routes import routes as statements
from arena.money.usage.routes import routes as usage
from arena.people.access import BodyLimit, RequestId, complete_openapi
from arena.people.access.routes import routes as people
from arena.signals.feeds.routes import routes as feeds
from arena.signals.lab.cards.routes import routes as cards
from arena.signals.lab.routes import routes as lab
from arena.signals.lab.sources.routes import routes as sources
from arena.signals.lab.sweeps.routes import routes as sweeps
from arena.signals.lab.trials.routes import routes as trials
from arena.signals.strategists.hosting.routes import routes as hosting
from arena.signals.strategists.language_model.routes import routes as language_models
from arena.trading.market.routes import routes as market
from arena.trading.orders.limits.routes import routes as limits
from arena.trading.orders.live.routes import routes as live
from arena.trading.orders.resets.routes import routes as own_account
from arena.trading.orders.routes import routes as orders
from arena.trading.performance.boards.routes import routes as board
from arena.trading.performance.gains.routes import routes as pnl
from arena.trading.performance.routes import routes as performance
from arena.trading.venues.dialects import binance
from arena.trading.venues.dialects.binance.routes import routes as exchange_keys
from arena.web.api import audit, collectives, evidence, health, operate, performance_fees
from arena.web.elsewhere import Elsewhere
from arena.web.page import install_html_errors, mount_built
from arena.web.pages import PAGES
from arena.wire import Arena

VERSION = "0.1.0"
ROUTERS = (
    market, people, exchange_keys, orders, own_account, limits, live, performance, pnl, board, feeds, lab, trials,
    cards, sweeps, sources, hosting, language_models,
    listings, moderation,
    subscriptions, entitlements, billing, payments, ledger, adjustments, earnings, payouts,
    due_diligence, statements, usage, buyers, invoices, bills, performance_fees.routes, evidence.routes, audit.routes,
    operate.routes, collectives.routes,
    health.routes,
)  # fmt: skip
# Pages that take a document or a list: a photograph of a passport has some megabytes.
TAKE_FILES = ("/studio/payouts/documents", "/operator/sanctions/lists")
FILE_BYTES_MAX = 6 * 1024 * 1024
ABOUT = """
An open arena and market for trading signals whose every claim can be checked.

Collectives sign their requests (RFC 9421, Ed25519); people send an API key (`Authorization: Bearer ak_…`)
or sign in. Lists are cursor pages: pass `next` as `after`. Every call that changes something carries an
`Idempotency-Key`. Errors are RFC 9457 problems, listed at [/docs/problems](/docs/problems).
"""


def build_app(arena: Arena) -> FastAPI:
    """The ASGI application over an open arena."""
    app = FastAPI(
        title="Sigma Arena", version=VERSION, description=ABOUT, docs_url=None, redoc_url=None,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )  # fmt: skip
    app.state.arena = arena
    problems.install(app)
    install_html_errors(app)
    for router in (*ROUTERS, *PAGES):
        app.include_router(router)
    # First, because routes are tried in order and these are hot.
    app.router.routes[:0] = [*binance.dialect_routes(arena), *delivery.routes(arena, arena.meter)]
    mount_built(app)
    app.add_middleware(Elsewhere, db=arena.db, floor=arena.floor, own_url=arena.settings.seat_url)
    app.add_middleware(BodyLimit, larger=dict.fromkeys(TAKE_FILES, FILE_BYTES_MAX))
    app.add_middleware(RequestId)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]  # FastAPI's documented way
    return app


def _openapi(app: FastAPI) -> dict[str, Any]:
    """The document of the gated routes and of the hot ones beside FastAPI; made once."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes,
            license_info=app.license_info,
        )  # fmt: skip
        for path, operations in delivery.openapi_paths().items():
            document["paths"].setdefault(path, {}).update(operations)
        complete_openapi(document)
        document["security"] = [{"api_key": []}, {"signature": []}, {"session": []}, {}]
        app.openapi_schema = document
    return app.openapi_schema
