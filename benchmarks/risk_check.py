"""The decision on an order, with every limit set: in memory as the exchange makes it, and asked of the database first.

Both sides decide on the same buy of the same account, which passes every check, so none is cut short.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from statistics import median, quantiles
from time import perf_counter_ns

from arena.kit.clock import TapeClock
from arena.kit.db import Database, open_pool
from arena.kit.facts import Routing
from arena.trading import risk
from arena.trading.market import Instrument
from arena.trading.portfolio import Account, Portfolio, Position, open_account, portfolio
from benchmarks.table import Goal, ratios, show, spread

POSITIONS = (1, 20)
DATABASE_DECISIONS = 200
AT = datetime(2025, 8, 1, 12, tzinfo=UTC)
D = Decimal
LIMITS = risk.Limits(
    position_weight_max=D("0.9"), exposure_max=D("0.95"), daily_drawdown_max=D("0.5"),
    order_notional_max=D(50_000), drawdown_max=D("0.5"), orders_10s_max=100, orders_day_max=200_000,
    open_orders_max=200, price_collar_bps=500, liquidation_drawdown=D("0.6"), liquidation_exposure=D("0.99"),
)  # fmt: skip
WATCH = risk.Watch(D(250_000), D(260_000), 12, 3_456, 20)


async def risk_check(url: str, *, rounds: int, seconds: float) -> None:
    """Prints the table."""
    figures: dict[tuple[str, int], list[tuple[float, float]]] = {}
    pool = await open_pool(url, size_min=1, size_max=2)
    try:
        db = Database(pool, TapeClock(AT), Routing())
        for held in POSITIONS:
            await _lay(db, held)
        for number in range(rounds + 1):
            for held in POSITIONS:
                memory = _in_memory(held, seconds / len(POSITIONS))
                database = await _from_database(db, held)
                if number:  # the first round only warms up
                    figures.setdefault(("memory", held), []).append(memory)
                    figures.setdefault(("database", held), []).append(database)
    finally:
        await pool.close()
    rows = [
        [
            f"{words}, {held} position{'s' * (held > 1)} and as many open buys",
            spread([middle for middle, _ in figures[side, held]], 1),
            spread([late for _, late in figures[side, held]], 1),
        ]
        for side, words in (("memory", "in memory"), ("database", "asked of the database"))
        for held in POSITIONS
    ]
    most = POSITIONS[-1]
    ours = [middle for middle, _ in figures["memory", most]]
    theirs = [middle for middle, _ in figures["database", most]]
    show(
        f"Decision on an order with every limit set, {rounds} rounds",
        ["side", "median us", "p99 us"], rows,
        [
            Goal(f"median us, {most} positions", ours, 100, at_most=True),
            Goal("times quicker than asked of the database", ratios(theirs, ours), None),
        ],
    )  # fmt: skip


def _in_memory(held: int, seconds: float) -> tuple[float, float]:
    """Median and 99th percentile, in microseconds."""
    whole, order, prices = _case(held)
    limits = replace(
        LIMITS, position_quantity_max={symbol: D(1_000) for symbol in prices}, symbols=frozenset(prices)
    )  # fmt: skip
    assert risk.decide(limits, whole, order, prices, WATCH).accepted

    def decide() -> None:
        risk.decide(limits, whole, order, prices, WATCH)

    return _figures(_times(decide, seconds))


async def _from_database(db: Database, held: int) -> tuple[float, float]:
    _, order, _ = _case(held)
    took = []
    for _ in range(DATABASE_DECISIONS):
        began = perf_counter_ns()
        async with db.transaction(readonly=True) as tx:
            await risk.check(tx, await portfolio(tx, f"acc_{held}"), order)
        took.append(perf_counter_ns() - began)
    return _figures(took)


def _times(decide: Callable[[], None], seconds: float) -> list[int]:
    took: list[int] = []
    until = perf_counter_ns() + int(seconds * 1e9)
    while True:
        began = perf_counter_ns()
        decide()
        ended = perf_counter_ns()
        took.append(ended - began)
        if ended > until:
            return took


def _figures(took: list[int]) -> tuple[float, float]:
    return median(took) / 1_000, quantiles(took, n=100)[98] / 1_000


def _symbol(number: int) -> str:
    return f"C{number}USDT"


def _case(held: int) -> tuple[Portfolio, risk.Proposal, dict[str, Decimal]]:
    """An account with so many positions and open buys, and a limit buy that fits all limits."""
    symbols = [_symbol(number) for number in range(held)]
    account = Account(f"acc_{held}", "collective", "col_1", "USDT", D(250_000), AT)
    positions = {symbol: Position(symbol, D("100.12345") / held, D("999.87")) for symbol in symbols}
    prices = {symbol: D("1001.37") + number for number, symbol in enumerate(symbols)}
    order = risk.Proposal(
        Instrument(symbols[0], "C0", "USDT", D("0.01"), D("0.00001"), D(5)),
        "buy",
        "limit",
        D("3.14159"),
        limit_price=D("1003.21"),
        free_cash=D("123456.78"),
        pending=dict.fromkeys(symbols, D("0.5") / held),
    )
    return Portfolio(account, {"USDT": D("150000.12345678")}, positions), order, prices


async def _lay(db: Database, held: int) -> None:
    """The same account, in the database."""
    whole, _, prices = _case(held)
    async with db.transaction() as tx:
        account_id = whole.account.id
        await open_account(
            tx, id=account_id, kind="collective", owner_id="col_1", quote="USDT", opening_cash=D(250_000)
        )  # fmt: skip
        for symbol, price in prices.items():
            await tx.execute(
                """insert into instrument (symbol, base, quote, tick, step, notional_min, source)
                   values ($1, $2, 'USDT', 0.01, 0.00001, 5, 'benchmark') on conflict do nothing""",
                symbol, symbol.removesuffix("USDT"),
            )  # fmt: skip
            await tx.execute(
                """insert into candle (symbol, open_at, open, high, low, close, volume)
                   values ($1, $2, $3, $3, $3, $3, 1) on conflict do nothing""",
                symbol, AT, price,
            )  # fmt: skip
            position = whole.positions[symbol]
            await tx.execute(
                "insert into position (account_id, symbol, quantity, average_cost) values ($1, $2, $3, $4)",
                account_id, symbol, position.quantity, position.average_cost,
            )  # fmt: skip
        await tx.execute(
            "update balance set quantity = $2 where account_id = $1", account_id, whole.cash
        )
        await risk.set_limits(tx, account_id, LIMITS)
