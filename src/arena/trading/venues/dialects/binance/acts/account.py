"""Acts on the account: balances, own trades, fees, use of limits; and what clients ask other departments of Binance."""

from typing import Any

from arena.kit.clock import to_ms, wall_now
from arena.trading.venues.dialects.binance import schema
from arena.trading.venues.dialects.binance.acts.orders import span
from arena.trading.venues.dialects.binance.desk import Act, Ask, Desk
from arena.trading.venues.dialects.binance.parameters import Parameters


async def status(desk: Desk, ask: Ask) -> Any:
    omit_zero = ask.parameters.optional_flag("omitZeroBalances")
    account = await desk.exchange.account(ask.account_id)
    return schema.render_account(account, omit_zero=omit_zero)


async def my_trades(desk: Desk, ask: Ask) -> Any:
    parameters = ask.parameters
    market = desk.market(parameters.symbol())
    since, until = span(parameters)
    found = await desk.exchange.fills(
        ask.account_id, market.instrument.symbol, order_number=parameters.optional_whole("orderId"),
        from_trade=parameters.optional_whole("fromId"), since=since, until=until,
        limit=parameters.limit(500, 1_000),
    )  # fmt: skip
    wire = schema.wire_symbol(market.instrument)
    return [schema.render_trade_of(fill, wire, number) for number, fill in found]


async def commission(desk: Desk, ask: Ask) -> Any:
    market = desk.market(ask.parameters.symbol())
    account = await desk.exchange.account(ask.account_id)
    return schema.render_commission(account, schema.wire_symbol(market.instrument))


async def order_usage(desk: Desk, ask: Ask) -> Any:
    return desk.weights.order_usage(ask.account_id)


async def trade_fees(desk: Desk, ask: Ask) -> Any:
    """Of one symbol, or of all."""
    wire = ask.parameters.optional_symbol()
    account = await desk.exchange.account(ask.account_id)
    found = desk.markets(None if wire is None else [wire])
    return [schema.render_trade_fee(account, one) for one, _ in found]


async def key_rights(_desk: Desk, ask: Ask) -> Any:
    """What the key may do: read and trade. Nothing can be withdrawn from the arena by anybody."""
    return {
        "ipRestrict": False,
        "createTime": to_ms(wall_now()),
        "enableReading": True,
        "enableSpotAndMarginTrading": True,
        "enableWithdrawals": False,
        "enableInternalTransfer": False,
        "enableMargin": False,
        "enableFutures": False,
        "permitsUniversalTransfer": False,
        "enableVanillaOptions": False,
        "enableFixApiTrade": False,
        "enableFixReadOnly": False,
        "enablePortfolioMarginTrading": False,
        "arena": {"key_id": ask.caller.key_id if ask.caller else None},
    }


async def nothing(_desk: Desk, _ask: Ask) -> Any:
    """An empty list: coins to withdraw, pairs to lend on. There are none here, and clients want to hear it."""
    return []


async def system_status(_desk: Desk, _ask: Ask) -> Any:
    return {"status": 0, "msg": "normal"}


def _trades_weight(parameters: Parameters) -> int:
    return 5 if parameters.has("orderId") else 20


ACTS = (
    Act("account.status", "user_data", 20, status),
    Act("myTrades", "user_data", _trades_weight, my_trades),
    Act("account.commission", "user_data", 20, commission),
    Act("account.rateLimits.orders", "user_data", 40, order_usage),
    Act("tradeFee", "user_data", 1, trade_fees),
    Act("apiRestrictions", "user_data", 1, key_rights),
    Act("emptyList", "key", 1, nothing),
    Act("systemStatus", "none", 1, system_status),
)
