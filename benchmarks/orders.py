"""Signed orders through the door that bots use, each answered after its commit.

Each is verified, decided on by risk, matched and booked. Beside it the same with a transaction of plain inserts for
each order, and with nothing kept at all. At the end the exchange is killed with orders on their way: every answered
one must be in the database.
"""

import asyncio
import base64
import os
import time
from collections import defaultdict
from typing import Any
from urllib.parse import quote

import asyncpg
import nacl.bindings

from arena.kit.db import connect_options
from arena.kit.signing import SigningKey
from arena.trading.venues.dialects.binance.sign import Lock, check_signature, split_signature
from benchmarks.child import Child, child
from benchmarks.machine import cores
from benchmarks.order_stage import KEYS
from benchmarks.stage import durable_database
from benchmarks.table import Goal, ratios, show, spread

SIDES = {
    "product": "product, answered after its commit",
    "plain": "the same, a transaction of plain inserts an order",
    "forgetful": "product without persistence",
}
OPEN_ORDERS = 5_000


async def orders(*, rounds: int, seconds: float) -> None:
    """Prints the table. Each side has a database of its own, durable alike; in each round each has its turn."""
    figures: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    server_core, client_core = cores()
    async with (
        durable_database() as one, durable_database() as two, durable_database() as three,
        child("benchmarks.order_load", core=client_core) as client,
        child("benchmarks.order_server", one, "product", core=server_core) as product,
        child("benchmarks.order_server", two, "plain", core=server_core) as plain,
        child("benchmarks.order_server", three, "forgetful", core=server_core) as forgetful,
    ):  # fmt: skip
        servers = {"product": product, "plain": plain, "forgetful": forgetful}
        names = list(servers)
        for number in range(rounds + 1):
            for side in names[number % 3 :] + names[: number % 3]:
                took = seconds if number else 1.0
                got = await _measure(client, servers[side], f"{side}-{number}", took)
                if number:  # the first round only warms up
                    for figure, value in got.items():
                        figures[side][figure].append(value)
        held = await forgetful.ask("rest", orders=OPEN_ORDERS)
        lost, answered = await _kill(client, product, one, seconds)
    ours, plain_, memory = (figures[side] for side in SIDES)
    rows = [
        [
            words, spread(f["orders"]), spread(f["per_cpu_s"]), spread(f["p50_ms"], 2), spread(f["p99_ms"], 2),
            f"{sum(f['errors']):.0f}",
        ]
        for f, words in zip((ours, plain_, memory), SIDES.values(), strict=True)
    ]  # fmt: skip
    show(
        f"Signed orders (Ed25519), {KEYS} callers, {rounds} rounds of {seconds:g} s, fsync on",
        ["side", "orders/s", "per server CPU s", "p50 ms", "p99 ms", "errors"],
        rows,
        [
            Goal("orders/s against a transaction each", ratios(ours["orders"], plain_["orders"]), 2.0),
            Goal("orders/s against no persistence", ratios(ours["orders"], memory["orders"]), 0.8),
            Goal("verification against a bare Ed25519 verify", _verification(rounds), 1.5, at_most=True),
            Goal(f"answered orders lost after kill -9 (of {answered})", [lost], 0, at_most=True),
            Goal("KB of memory per 1,000 open orders", [held["kb"] / OPEN_ORDERS * 1000], None),
            Goal("errors", ours["errors"], 0, at_most=True),
        ],
    )  # fmt: skip


async def _measure(client: Child, server: Child, name: str, seconds: float) -> dict[str, float]:
    port = (await server.ask("about"))["port"]
    cpu_s = (await server.ask("spent"))["cpu_s"]
    got: dict[str, Any] = await client.ask("load", port=port, seconds=seconds, name=name)
    cpu_s = (await server.ask("spent"))["cpu_s"] - cpu_s
    if got["first_error"]:
        print(f"{name}: {got['first_error']}", flush=True)
    count = len(got["acknowledged"])
    figures = {figure: got[figure] for figure in ("orders", "p50_ms", "p99_ms", "errors")}
    return {**figures, "per_cpu_s": count / cpu_s}


async def _kill(client: Child, product: Child, url: str, seconds: float) -> tuple[float, int]:
    """Kills the exchange in the middle of a load; (answered orders that are not in the database, answered orders)."""
    port = (await product.ask("about"))["port"]
    loading = asyncio.create_task(client.ask("load", port=port, seconds=seconds, name="killed"))
    await asyncio.sleep(seconds / 2)
    product.kill()
    answered = (await loading)["acknowledged"]
    connection = await asyncpg.connect(**connect_options(url))
    try:
        rows = await connection.fetch(
            """select o.client_order_id from trade_order o where o.client_order_id like 'killed-%'
               and o.status = 'filled' and o.filled_quantity =
                 (select sum(quantity) from fill f where f.order_id = o.id)"""
        )
    finally:
        await connection.close()
    return float(len(set(answered) - {row["client_order_id"] for row in rows})), len(answered)


def _verification(rounds: int, count: int = 2_000) -> list[float]:
    """How long the dialect takes over a signature, against libsodium alone."""
    key = SigningKey(os.urandom(32))
    payload = b"symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.001&recvWindow=60000&timestamp=1723161255343"
    signature = key.sign(payload)
    body = payload + b"&signature=" + quote(base64.b64encode(signature).decode()).encode()
    lock, message = Lock("ed25519", key.public), signature + payload

    def ours() -> None:
        check_signature(lock, *split_signature(b"", body))

    def bare() -> None:
        nacl.bindings.crypto_sign_open(message, key.public)

    def timed(act: Any) -> float:
        began = time.perf_counter()
        for _ in range(count):
            act()
        return time.perf_counter() - began

    return [timed(ours) / timed(bare) for _ in range(rounds)]
