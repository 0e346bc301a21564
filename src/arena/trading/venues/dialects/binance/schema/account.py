"""Accounts on Binance's wire: balances, fees, permissions."""

from decimal import Decimal
from typing import Any

from arena.kit.clock import to_ms
from arena.trading.venues.dialects.binance.schema.instruments import PERMISSION
from arena.trading.venues.dialects.binance.schema.numbers import (
    ZERO,
    Malformed,
    moment,
    number,
    text8,
    text8_down,
    whole,
)
from arena.trading.venues.model import Balance, VenueAccount

_BPS = Decimal(10_000)


def render_account(account: VenueAccount, *, omit_zero: bool = False) -> dict[str, Any]:
    """`GET account`. Nothing is ever withdrawn from a paper account, nor paid in from outside."""
    return {
        "makerCommission": account.maker_bps,
        "takerCommission": account.taker_bps,
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": _rates(account),
        "canTrade": account.can_trade,
        "canWithdraw": False,
        "canDeposit": False,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": to_ms(account.updated_at),
        "accountType": "SPOT",
        "balances": [
            render_balance(asset, balance)
            for asset, balance in account.balances.items()
            if balance.total or not omit_zero
        ],
        "permissions": [PERMISSION],
        "uid": account.number,
        "arena": {"account_id": account.id, "latency_ms": account.latency_ms},
    }


def render_balance(asset: str, balance: Balance) -> dict[str, str]:
    return {
        "asset": asset,
        "free": text8_down(balance.free),
        "locked": text8_down(balance.locked),
    }


def parse_account(data: Any, account_id: str) -> VenueAccount:
    """Assets of which there is nothing are left out. Raises Malformed."""
    try:
        balances = {
            str(one["asset"]): Balance(number(one["free"]), number(one["locked"]))
            for one in data["balances"]
        }
        return VenueAccount(
            id=account_id,
            number=whole(data.get("uid", 0)),
            maker_bps=whole(data["makerCommission"]),
            taker_bps=whole(data["takerCommission"]),
            can_trade=data["canTrade"] is True,
            balances={asset: balance for asset, balance in balances.items() if balance.total},
            updated_at=moment(data["updateTime"]),
        )
    except (KeyError, TypeError, AttributeError) as broken:
        raise Malformed(f"account: {type(broken).__name__} {broken}") from broken


def render_commission(account: VenueAccount, wire: str) -> dict[str, Any]:
    """`GET account/commission`: there are no other fees, and no discount for a coin."""
    none = {"maker": ZERO, "taker": ZERO, "buyer": ZERO, "seller": ZERO}
    return {
        "symbol": wire,
        "standardCommission": _rates(account),
        "specialCommission": none,
        "taxCommission": none,
        "discount": {
            "enabledForAccount": False,
            "enabledForSymbol": False,
            "discountAsset": "BNB",
            "discount": ZERO,
        },
    }


def render_trade_fee(account: VenueAccount, wire: str) -> dict[str, str]:
    """A row of `sapi/v1/asset/tradeFee`."""
    return {
        "symbol": wire,
        "makerCommission": f"{(account.maker_bps / _BPS).normalize():f}",
        "takerCommission": f"{(account.taker_bps / _BPS).normalize():f}",
    }


def _rates(account: VenueAccount) -> dict[str, str]:
    return {
        "maker": text8(account.maker_bps / _BPS),
        "taker": text8(account.taker_bps / _BPS),
        "buyer": ZERO,
        "seller": ZERO,
    }
