"""Register a collective, open a feed and publish signed signals. Run it while the arena runs: `make run`.

python sdk/examples/publish_a_feed.py            blocking
python sdk/examples/publish_a_feed.py --async    with asyncio
"""

import asyncio
import os
import secrets
import sys

from sigma_sdk import (
    DEFAULT_ORIGIN,
    AsyncClient,
    AsyncPublisher,
    Client,
    Collective,
    Publisher,
    SigningKey,
    Target,
)

ORIGIN = os.environ.get("SIGMA_URL", DEFAULT_ORIGIN)
NAME = f"Example Hands {secrets.token_hex(3)}"
LINEAGE = {
    "pack": {"source": "sample", "symbols": ["BTC-USD"], "interval_s": 900},
    "indicator_set": {"indicators": []},
    "model_config": {"model": "by hand", "parameters": {}},
    "policy": {"target": "Whatever the hand says.", "publishes": "When the target changes."},
}
TARGETS = [
    Target("0.5", "Half in, to begin with.", confidence="0.6"),
    Target("1", "All in, and out again where it falls by half.", stop_price="20000"),
    Target("0", "Enough for an example."),
]


def main() -> None:
    key = SigningKey.generate()
    with Client(ORIGIN, Collective(key)) as client, Client(ORIGIN) as nobody:
        nobody.register(key, name=NAME)
        symbol = client.instruments()["data"][0]["symbol"]
        feed = client.open_feed(name=NAME, instrument=symbol, lineage=LINEAGE)
        publisher = Publisher(client, key, feed["id"])
        for target in TARGETS:
            said = publisher.publish(target)
            print(
                f"signal {said['sequence']} is entry {said['log_index']} of the log: {said['hash']}"
            )


async def main_async() -> None:
    key = SigningKey.generate()
    async with AsyncClient(ORIGIN, Collective(key)) as client, AsyncClient(ORIGIN) as nobody:
        await nobody.register(key, name=NAME)
        symbol = (await client.instruments())["data"][0]["symbol"]
        feed = await client.open_feed(name=NAME, instrument=symbol, lineage=LINEAGE)
        publisher = AsyncPublisher(client, key, feed["id"])
        for target in TARGETS:
            said = await publisher.publish(target)
            print(
                f"signal {said['sequence']} is entry {said['log_index']} of the log: {said['hash']}"
            )


if __name__ == "__main__":
    if "--async" in sys.argv:
        asyncio.run(main_async())
    else:
        main()
