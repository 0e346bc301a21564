import asyncio, pytest, logging
from decimal import Decimal as D
from tests.trading.venues.contract.rigs import *
from arena.trading.venues import *
from tests.trading.floor.stage import buy, sell
@pytest.mark.parametrize("kind",["hmac","ed25519"])
async def test_x(database_url, settings, kind):
    async with binance_rig(database_url, settings, kind) as rig:
        v=rig.venue
        print(await v.get_instrument("BTCUSDT"))
        print((await v.get_market_data("BTCUSDT")).book.bids[:2])
        o=await v.place_order(buy("0.5"))
        print(o)
        o2=await v.get_order(OrderRef("BTCUSDT",client_order_id=o.request.client_order_id)); print(o2)
        print(await v.open_orders(), await v.get_account_balance(), await v.get_fills("BTCUSDT"), await v.get_rights())
        print(v.describe(buy(1)), v.health())
async def test_c(database_url, settings):
    async with ccxt_binance_rig(database_url, settings) as rig:
        v=rig.venue
        print(await v.get_instrument("BTCUSDT"))
        print((await v.get_market_data("BTCUSDT")).book.bids[:2])
        o=await v.place_order(buy("0.5"))
        print(o)
        o=await v.place_order(buy("0.5", limit_price="40000"))
        print(o)
        print(await v.cancel_order(OrderRef("BTCUSDT",client_order_id=o.request.client_order_id)))
        print(await v.open_orders(), await v.get_account_balance(), await v.get_fills("BTCUSDT"), await v.get_rights())
