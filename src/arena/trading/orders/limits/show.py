"""What an account's limits are, who set them, and how much of each is used."""

from datetime import datetime

from arena.kit.db import Tx
from arena.kit.settings import Settings
from arena.trading import risk
from arena.trading.market import ARITHMETIC
from arena.trading.portfolio import NoSuchAccount, account, equity, portfolios


async def limits_in_use(tx: Tx, account_id: str, settings: Settings) -> risk.LimitsInUse:
    """As of the product's time and the last closes; what has no close yet counts at its cost, as on the exchange. An
    account that is not open yet has limits, of which nothing is used."""
    try:
        whose = await account(tx, account_id)
    except NoSuchAccount:
        bounds = risk.Bounds(risk.defaults(settings), risk.Limits())
        return risk.LimitsInUse(account_id, bounds, ARITHMETIC.create_decimal(0), ())
    default = risk.defaults(settings) if whose.kind == "collective" else risk.Limits()
    bounds = (await risk.bounds(tx, [account_id], default))[account_id]
    held = (await portfolios(tx, [whose]))[account_id]
    positions = [position for position in held.positions.values() if position.quantity]
    prices = {position.symbol: position.average_cost for position in positions}
    prices |= await risk.last_closes(tx, prices)
    meter = (await risk.standing(tx, [account_id], tx.now))[account_id]
    await _count(tx, account_id, meter.pace, tx.now)
    watch = meter.watch(tx.now, await _open(tx, account_id))
    return risk.LimitsInUse(
        account_id,
        bounds,
        equity(held, prices),
        risk.uses(bounds.effective, held, prices, watch),
    )


async def _count(tx: Tx, account_id: str, pace: risk.Pace, at: datetime) -> None:
    """Puts the orders placed today into the account's pace."""
    since_day, since_10s = risk.Pace.begins(at)
    row = await tx.one(
        """select count(*) as in_day, count(*) filter (where placed_at >= $3) as in_10s
           from trade_order where account_id = $1 and placed_at >= $2""",
        account_id, since_day, since_10s,
    )  # fmt: skip
    pace.add(at, row["in_10s"])
    pace.in_day = row["in_day"]


async def _open(tx: Tx, account_id: str) -> int:
    count: int = await tx.fetchval(
        """select count(*) from trade_order
           where account_id = $1 and status in ('pending', 'accepted', 'partially_filled')""",
        account_id,
    )
    return count
