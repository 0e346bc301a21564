"""What ccxt does not make the same for all exchanges: client order ids, how they are looked for, rights of keys."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from arena.trading.venues.venue import KeyRights

Rights = Callable[[Any], Awaitable[KeyRights]]


async def _nothing_told(_client: Any) -> KeyRights:
    return KeyRights(may_trade=None, may_withdraw=None)


async def _coinbase_rights(client: Any) -> KeyRights:
    told = await client.v3_private_get_brokerage_key_permissions()
    return KeyRights(may_trade=_flag(told, "can_trade"), may_withdraw=_flag(told, "can_transfer"))


async def _binance_rights(client: Any) -> KeyRights:
    if "sapi" not in client.urls["api"]:  # its test network has no such address
        return await _nothing_told(client)
    told = await client.sapi_get_account_apirestrictions()
    moves_out = [_flag(told, "enableWithdrawals"), _flag(told, "enableInternalTransfer")]
    return KeyRights(
        may_trade=_flag(told, "enableSpotAndMarginTrading"),
        may_withdraw=True if True in moves_out else moves_out[0],
    )


def _flag(told: Mapping[str, Any], name: str) -> bool | None:
    value = told.get(name)
    return value if isinstance(value, bool) else None


@dataclass(frozen=True, slots=True)
class Special:
    """`client_id_names`: parameters that carry the client order id of a new order. `asks_by_client_id`: the parameter
    by which one order is asked for; None where its orders must be looked through. `settles_s` as in `Venue`.

    `options` go into ccxt's options. `market_buy_by_quote`: a market buy names what to spend, and nothing else.
    """

    client_id_names: tuple[str, ...] = ("clientOrderId",)
    asks_by_client_id: str | None = None
    settles_s: int = 90
    market_buy_by_quote: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    rights: Rights = _nothing_told


SPECIAL: Mapping[str, Special] = {
    # The token in each request is good for two minutes.
    "coinbase": Special(
        client_id_names=("clientOrderId", "client_order_id"),
        settles_s=130,
        market_buy_by_quote=True,
        # Its older accounts do not say what open orders hold.
        options={"fetchBalance": "v3PrivateGetBrokerageAccounts"},
        rights=_coinbase_rights,
    ),
    "binance": Special(
        asks_by_client_id="origClientOrderId",
        settles_s=20,
        options={
            "fetchMarkets": {"types": ["spot"]},
            "adjustForTimeDifference": True,
            # Asked once a minute for a whole account; what it costs is counted by ccxt, too.
            "warnOnFetchOpenOrdersWithoutSymbol": False,
        },
        rights=_binance_rights,
    ),
}


def special_of(exchange_id: str) -> Special:
    return SPECIAL.get(exchange_id, Special())
