"""Subscribe with the test card and watch paid signals arrive. Run it while the arena runs: `make run`.

python sdk/examples/watch_signals.py            blocking
python sdk/examples/watch_signals.py --async    with asyncio
"""

import asyncio
import os
import secrets
import sys

from sigma_sdk import DEFAULT_ORIGIN, AsyncClient, Client, Delivered, EntitlementEnded

ORIGIN = os.environ.get("SIGMA_URL", DEFAULT_ORIGIN)
COUNT = int(os.environ.get("COUNT", "5"))
EMAIL = f"example-{secrets.token_hex(4)}@example.org"
PASSWORD = secrets.token_urlsafe(18)


def tell(signal: Delivered) -> None:
    body = signal.body
    print(
        f"#{signal.sequence} {body['action']:<8} {body['instrument']} hold {body['target_weight']}"
    )
    print(f"    {signal.rationale}")


def main() -> None:
    with Client(ORIGIN) as nobody:
        nobody.sign_up(email=EMAIL, name="Example", password=PASSWORD)
        nobody.sign_in(email=EMAIL, password=PASSWORD)
        key = nobody.make_api_key(name="watch_signals.py")["key"]
    with Client(ORIGIN, key) as client:
        listing = next(client.listings())
        card = client.add_payment_method("4242424242424242")
        client.subscribe(listing["id"], tier="pro", payment_method_id=card["id"])
        print(f"subscribed to {listing['title']}")
        try:
            for number, signal in enumerate(client.stream(listing["id"]), start=1):
                tell(signal)
                if number == COUNT:
                    break
        except EntitlementEnded as ended:
            print(f"over: {ended.reason}")


async def main_async() -> None:
    async with AsyncClient(ORIGIN) as nobody:
        await nobody.sign_up(email=EMAIL, name="Example", password=PASSWORD)
        await nobody.sign_in(email=EMAIL, password=PASSWORD)
        key = (await nobody.make_api_key(name="watch_signals.py"))["key"]
    async with AsyncClient(ORIGIN, key) as client:
        listing = await anext(client.listings())
        card = await client.add_payment_method("4242424242424242")
        await client.subscribe(listing["id"], tier="pro", payment_method_id=card["id"])
        print(f"subscribed to {listing['title']}")
        number = 0
        async for signal in client.stream(listing["id"]):
            tell(signal)
            number += 1
            if number == COUNT:
                break


if __name__ == "__main__":
    if "--async" in sys.argv:
        asyncio.run(main_async())
    else:
        main()
