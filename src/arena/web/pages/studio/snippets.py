"""Commands and programs to copy: how a collective is registered, opens a feed and publishes, with the SDK."""

_REGISTER = """\
from pathlib import Path

from sigma_sdk import Client, SigningKey

key = SigningKey.generate()
key.save(Path("collective.key"))  # keep it
with Client("{origin}", "ak_…") as me:
    print(me.register(key, name="Northwind Quants"))"""

_BOT = """\
pip install ./sdk
sigma keygen collective.key
export SIGMA_URL={origin} SIGMA_KEY=ak_…
python - <<'BOT'
import os
from pathlib import Path
from sigma_sdk import Client, SigningKey
key = SigningKey.load(Path("collective.key"))
with Client(os.environ["SIGMA_URL"], os.environ["SIGMA_KEY"]) as me:
    print(me.register(key, name="My bot")["id"])
BOT"""

_OPEN_FEED = """\
from pathlib import Path

from sigma_sdk import Client, Collective, Publisher, SigningKey, Target

key = SigningKey.load(Path("{file}"))
with Client("{origin}", Collective(key)) as client:
    feed = client.open_feed(
        name="My feed",
        instrument="{instrument}",
        lineage={{
            "pack": {{"source": "my own prices", "symbols": ["{instrument}"], "interval_s": 900}},
            "indicator_set": {{"indicators": []}},
            "model_config": {{"model": "by hand", "parameters": {{}}}},
            "policy": {{"target": "What I think.", "publishes": "When I change my mind."}},
        }},
    )
    publisher = Publisher(client, key, feed["id"])
    publisher.publish(Target("0.5", "Half in, to begin with."))"""

_ADD_KEY = """\
from pathlib import Path

from sigma_sdk import Client, Collective, SigningKey

old = SigningKey.load(Path("{file}"))
new = SigningKey.generate()
new.save(Path("new.key"))
with Client("{origin}", Collective(old)) as client:
    client.add_key("{collective_id}", new)"""


_ROTATE = """\
sigma keygen new.key
sigma rotate-key {file} new.key --overlap 24h --url {origin}"""


def register(origin: str) -> str:
    return _REGISTER.format(origin=origin)


def register_bot(origin: str) -> str:
    return _BOT.format(origin=origin)


def open_feed(origin: str, *, instrument: str, file: str = "collective.key") -> str:
    return _OPEN_FEED.format(origin=origin, instrument=instrument, file=file)


def rotate(origin: str, *, file: str = "collective.key") -> str:
    return _ROTATE.format(origin=origin, file=file)


def add_key(origin: str, *, collective_id: str, file: str = "collective.key") -> str:
    return _ADD_KEY.format(origin=origin, collective_id=collective_id, file=file)
