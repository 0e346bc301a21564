"""A small exchange that speaks Coinbase Advanced's REST, for contract tests. It is no copy of Coinbase.

The messages are recorded ones with their values changed: every answer has exactly the fields of the recording. What it
does with orders is simple: takers walk the recorded book once, what is left of a limit order rests, and the test's
hand fills it. Requests must bear a token signed by the account's key (ES256) for the very address.
"""

import base64
import json
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

PRODUCT = "BTC-USD"
FEE = Decimal("0.006")
KEY_NAME = "organizations/0000-contract/apiKeys/0000-test"
Json = dict[str, Any]


@dataclass(slots=True)
class CoinbaseOrder:
    id: str
    client_order_id: str
    side: str
    configuration: Json
    price: Decimal | None
    size: Decimal | None
    spend: Decimal | None
    post_only: bool
    status: str = "OPEN"
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    fills: list[Json] = field(default_factory=list)

    @property
    def filled(self) -> Decimal:
        return sum((Decimal(fill["size"]) for fill in self.fills), Decimal(0))

    @property
    def worth(self) -> Decimal:
        return sum(
            (Decimal(fill["size"]) * Decimal(fill["price"]) for fill in self.fills), Decimal(0)
        )


class CoinbaseServer:
    """`recorded` is the folder of recorded Coinbase messages."""

    def __init__(self, recorded: Path) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.secret = self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        ).decode()  # fmt: skip
        rest, fixtures = recorded / "rest-ccxt", recorded / "fixtures-nautilus"
        self._order_shape = _read(rest / "historical-orders-ada-usdt.json")["orders"][0]
        self._fill_shape = _read(rest / "fills-ada-usdt.json")["fills"][0]
        self._trades = _read(rest / "market-trades-btc-usdc.json")
        self._product = _read(fixtures / "http_product.json")
        self._book = _read(fixtures / "http_product_book.json")["pricebook"]
        self._account_shape = _read(fixtures / "http_accounts.json")["accounts"][0]
        self.may_transfer = False
        self.orders: dict[str, CoinbaseOrder] = {}
        self.held = {"USD": Decimal(10_000_000), "BTC": Decimal(1000)}
        self.sides = {
            name: [[Decimal(one["price"]), Decimal(one["size"])] for one in self._book[name]]
            for name in ("bids", "asks")
        }
        self._number = 0

    @property
    def best_bid(self) -> Decimal:
        return self.sides["bids"][0][0]

    @property
    def best_ask(self) -> Decimal:
        return self.sides["asks"][0][0]

    def app(self) -> Starlette:
        root = "/api/v3/brokerage"
        orders = root + "/orders"
        return Starlette(routes=[
            Route(root + "/market/products", self._products),
            Route(root + "/products", self._products),
            Route(root + "/product_book", self._depth),
            Route(root + "/market/product_book", self._depth),
            Route(root + "/products/{product}/ticker", self._ticker),
            Route(root + "/market/products/{product}/ticker", self._ticker),
            Route(root + "/best_bid_ask", self._best),
            Route(root + "/transaction_summary", self._fees),
            Route(root + "/key_permissions", self._rights),
            Route(root + "/accounts", self._accounts),
            Route(orders, self._place, methods=["POST"]),
            Route(orders + "/batch_cancel", self._cancel, methods=["POST"]),
            Route(orders + "/historical/batch", self._list),
            Route(orders + "/historical/fills", self._fills),
            Route(orders + "/historical/{order_id}", self._one),
        ])  # fmt: skip

    # ------------------------------------------------------------------ the market's hand

    def trade(self, side: str, price: Decimal, quantity: Decimal) -> None:
        """Others take this much of what rests on this side at this price or better."""
        for order in self.orders.values():
            if order.status != "OPEN" or order.side != side.upper() or order.price is None:
                continue
            crosses = order.price >= price if side == "buy" else order.price <= price
            assert order.size is not None
            taken = min(quantity, order.size - order.filled) if crosses else Decimal(0)
            if taken:
                quantity -= taken
                self._fill(order, order.price, taken, "MAKER")

    # ------------------------------------------------------------------ requests

    def _known(self, request: Request) -> bool:
        """Whether the request bears a token of ours for this very address, as Coinbase asks for one."""
        try:
            token = request.headers["authorization"].removeprefix("Bearer ")
            head, claims, signature = token.split(".")
            told = json.loads(_unpadded(claims))
            raw = _unpadded(signature)
            r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
            self._key.public_key().verify(
                encode_dss_signature(r, s), f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256())
            )
        except (KeyError, ValueError, InvalidSignature):
            return False
        return bool(told["sub"] == KEY_NAME and told["uri"].endswith(request.url.path))

    async def _products(self, request: Request) -> Response:
        kind = request.query_params.get("product_type", "SPOT")
        found = [self._product] if kind == "SPOT" else []
        return JSONResponse({"products": found, "num_products": len(found)})

    async def _depth(self, _request: Request) -> Response:
        book = deepcopy(self._book)
        for name, levels in self.sides.items():
            book[name] = [{"price": str(p), "size": str(q)} for p, q in levels if q]
        return JSONResponse({"pricebook": book})

    async def _ticker(self, _request: Request) -> Response:
        told = deepcopy(self._trades)
        for trade in told["trades"]:
            trade.update(product_id=PRODUCT, price=str(self._product["price"]))
        told.update(best_bid=str(self.best_bid), best_ask=str(self.best_ask))
        return JSONResponse(told)

    async def _best(self, _request: Request) -> Response:
        book = {"product_id": PRODUCT, "time": self._book["time"]}
        for name, levels in self.sides.items():
            book[name] = [{"price": str(p), "size": str(q)} for p, q in levels[:1]]
        return JSONResponse({"pricebooks": [book]})

    async def _fees(self, request: Request) -> Response:
        if not self._known(request):
            return _stranger()
        return JSONResponse({"fee_tier": {"taker_fee_rate": "0.006", "maker_fee_rate": "0.006"}})

    async def _rights(self, request: Request) -> Response:
        if not self._known(request):
            return _stranger()
        return JSONResponse(
            {"can_view": True, "can_trade": True, "can_transfer": self.may_transfer,
             "portfolio_uuid": "0000", "portfolio_type": "DEFAULT"}
        )  # fmt: skip

    async def _accounts(self, request: Request) -> Response:
        if not self._known(request):
            return _stranger()
        accounts = []
        for currency, total in self.held.items():
            account, on_hold = deepcopy(self._account_shape), self._on_hold(currency)
            account.update(uuid=f"0000-{currency}", currency=currency, name=f"{currency} Wallet")
            account["type"] = "ACCOUNT_TYPE_FIAT" if currency == "USD" else "ACCOUNT_TYPE_CRYPTO"
            account["available_balance"] = {"value": str(total - on_hold), "currency": currency}
            account["hold"] = {"value": str(on_hold), "currency": currency}
            accounts.append(account)
        return JSONResponse({"accounts": accounts, "has_next": False, "cursor": "", "size": 2})

    async def _place(self, request: Request) -> Response:
        if not self._known(request):
            return _stranger()
        asked = await request.json()
        for order in self.orders.values():
            if order.client_order_id == asked["client_order_id"]:
                return self._taken(order)  # an id that is known gives the order that is there
        self._number += 1
        ((kind, told),) = asked["order_configuration"].items()
        order = CoinbaseOrder(
            f"0000-{self._number:04}", asked["client_order_id"], asked["side"], asked["order_configuration"],
            _decimal(told.get("limit_price")), _decimal(told.get("base_size")),
            _decimal(told.get("quote_size")), bool(told.get("post_only")),
        )  # fmt: skip
        refusal = self._refusal(order)
        if refusal is not None:
            return JSONResponse({
                "success": False, "failure_reason": "UNKNOWN_FAILURE_REASON", "order_id": "",
                "error_response": {"error": refusal, "message": refusal, "error_details": "",
                                   "preview_failure_reason": refusal},
                "order_configuration": asked["order_configuration"],
            })  # fmt: skip
        self.orders[order.id] = order
        self._match(order, rests=kind == "limit_limit_gtc")
        return self._taken(order)

    async def _cancel(self, request: Request) -> Response:
        if not self._known(request):
            return _stranger()
        results = []
        for order_id in (await request.json())["order_ids"]:
            order = self.orders.get(order_id)
            done = order is not None and order.status == "OPEN"
            if done:
                assert order is not None
                order.status = "CANCELLED"
            reason = "UNKNOWN_CANCEL_FAILURE_REASON" if done else "UNKNOWN_CANCEL_ORDER"
            results.append({"success": done, "failure_reason": reason, "order_id": order_id})
        return JSONResponse({"results": results})

    async def _list(self, request: Request) -> Response:
        if not self._known(request):
            return _stranger()
        status = request.query_params.get("order_status")
        found = [o for o in self.orders.values() if status is None or o.status == status]
        return JSONResponse(
            {"orders": [self._shown(order) for order in reversed(found)], "sequence": "0",
             "has_next": False, "cursor": ""}
        )  # fmt: skip

    async def _fills(self, request: Request) -> Response:
        if not self._known(request):
            return _stranger()
        found = [fill for order in self.orders.values() for fill in order.fills]
        return JSONResponse({"fills": found[::-1], "cursor": ""})

    async def _one(self, request: Request) -> Response:
        if not self._known(request):
            return _stranger()
        order = self.orders.get(request.path_params["order_id"])
        if order is None:
            words = "order with this orderID was not found"
            return JSONResponse({"error": "unknown", "error_details": words, "message": words}, 404)
        return JSONResponse({"order": self._shown(order)})

    # ------------------------------------------------------------------ what becomes of orders

    def _refusal(self, order: CoinbaseOrder) -> str | None:
        needs = order.spend or (order.size or 0) * (order.price or self.best_ask)
        if order.side == "BUY" and needs > self.held["USD"] - self._on_hold("USD"):
            return "INSUFFICIENT_FUND"
        if order.side == "SELL" and (order.size or 0) > self.held["BTC"] - self._on_hold("BTC"):
            return "INSUFFICIENT_FUND"
        takes = order.price is not None and (
            order.price >= self.best_ask if order.side == "BUY" else order.price <= self.best_bid
        )
        return "INVALID_LIMIT_PRICE_POST_ONLY" if order.post_only and takes else None

    def _on_hold(self, currency: str) -> Decimal:
        held = Decimal(0)
        for order in self.orders.values():
            if order.status == "OPEN" and order.size is not None and order.price is not None:
                left = order.size - order.filled
                if order.side == "BUY" and currency == "USD":
                    held += left * order.price
                elif order.side == "SELL" and currency == "BTC":
                    held += left
        return held

    def _match(self, order: CoinbaseOrder, *, rests: bool) -> None:
        levels = self.sides["asks" if order.side == "BUY" else "bids"]
        for level in levels:
            price, there = level
            beyond = order.price is not None and (
                price > order.price if order.side == "BUY" else price < order.price
            )
            left = self._left(order, price)
            if beyond or not left:
                break
            taken = min(there, left)
            level[1] -= taken
            if taken:
                self._fill(order, price, taken, "TAKER")
        self.sides["asks" if order.side == "BUY" else "bids"] = [one for one in levels if one[1]]
        if order.status == "OPEN" and not rests:
            order.status = "FILLED" if order.spend is not None and order.fills else "CANCELLED"

    def _left(self, order: CoinbaseOrder, price: Decimal) -> Decimal:
        if order.size is not None:
            return order.size - order.filled
        assert order.spend is not None
        return ((order.spend / (1 + FEE) - order.worth) / price).quantize(
            Decimal("1e-8"), "ROUND_DOWN"
        )

    def _fill(self, order: CoinbaseOrder, price: Decimal, size: Decimal, liquidity: str) -> None:
        self._number += 1
        at = datetime.now(UTC) + timedelta(microseconds=self._number)
        fill, fee = deepcopy(self._fill_shape), price * size * FEE
        fill.update(
            entry_id=f"entry-{self._number}", trade_id=f"trade-{self._number}", order_id=order.id,
            trade_time=_iso(at), sequence_timestamp=_iso(at), price=str(price), size=str(size),
            commission=str(fee), product_id=PRODUCT, liquidity_indicator=liquidity, side=order.side,
        )  # fmt: skip
        order.fills.append(fill)
        way = 1 if order.side == "BUY" else -1
        self.held["BTC"] += way * size
        self.held["USD"] -= way * price * size + fee
        if order.size is not None and order.filled == order.size:
            order.status = "FILLED"

    def _taken(self, order: CoinbaseOrder) -> Response:
        return JSONResponse({
            "success": True, "failure_reason": "UNKNOWN_FAILURE_REASON", "order_id": order.id,
            "success_response": {"order_id": order.id, "product_id": PRODUCT, "side": order.side,
                                 "client_order_id": order.client_order_id},
            "order_configuration": order.configuration,
        })  # fmt: skip

    def _shown(self, order: CoinbaseOrder) -> Json:
        shown = deepcopy(self._order_shape)
        filled, fees = (
            order.filled,
            sum((Decimal(f["commission"]) for f in order.fills), Decimal(0)),
        )
        shown.update(
            order_id=order.id, product_id=PRODUCT, order_configuration=order.configuration, side=order.side,
            client_order_id=order.client_order_id, status=order.status, created_time=_iso(order.at),
            filled_size=str(filled), filled_value=str(order.worth), total_fees=str(fees),
            average_filled_price=str(order.worth / filled if filled else 0),
            number_of_fills=str(len(order.fills)), settled=order.status == "FILLED",
            order_type="MARKET" if order.price is None else "LIMIT",
            last_fill_time=order.fills[-1]["trade_time"] if order.fills else None,
        )  # fmt: skip
        return shown


def _read(path: Path) -> Any:
    return json.loads(path.read_text())


def _unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _iso(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _stranger() -> Response:
    return JSONResponse({"error": "unauthorized", "error_description": "Unauthorized"}, 401)
