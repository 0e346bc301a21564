"""Both clients against the real arena: publish, subscribe, pull, stream, and the ways these end."""

import asyncio
import base64
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from arena.kit import ids
from sigma_sdk import (
    ApiKey,
    ArenaProblem,
    AsyncClient,
    AsyncPublisher,
    Client,
    Collective,
    Delivered,
    EntitlementEnded,
    Publisher,
    SigningKey,
    Target,
)
from sigma_sdk.keys import verifies
from tests.sdk.conftest import Bazaar, subscribe

LINEAGE = {
    "pack": {"source": "sample", "symbols": ["BTC-USD"], "interval_s": 900},
    "indicator_set": {"indicators": []},
    "model_config": {"model": "by hand", "parameters": {}},
    "policy": {"target": "All in or flat.", "publishes": "When the target changes."},
}


async def opened(bazaar: Bazaar, name: str) -> tuple[SigningKey, str]:
    """A new collective with a feed of its own."""
    key = SigningKey.generate()

    def run(client: Client) -> str:
        client.register(key, name=name)
        client.credentials = Collective(key)
        return str(client.open_feed(name=name, instrument="BTC-USD", lineage=LINEAGE)["id"])

    return key, await bazaar.sync(run)


async def test_a_collective_registers_publishes_and_resumes(bazaar: Bazaar) -> None:
    key, feed_id = await opened(bazaar, "Sync Hands")

    def run(client: Client) -> list[Delivered]:
        client.credentials = Collective(key)
        publisher = Publisher(client, key, feed_id)
        first = publisher.publish(Target("0.5", "half in"))
        assert first["sequence"] == 1
        publisher.publish(Target("1", "all in", stop_price="30000"))
        again = Publisher(client, key, feed_id)  # as after a restart
        assert again.publish(Target(0, "out"))["sequence"] == 3
        return list(client.signals(feed_id, limit=2))

    received = await bazaar.sync(run)
    assert [signal.body["action"] for signal in received] == ["open", "increase", "close"]
    assert [signal.sequence for signal in received] == [1, 2, 3]
    assert all(signal.is_intact(key.public) for signal in received)
    assert received[2].body["previous_hash"] == received[1].hash
    assert received[1].rationale == "all in"


async def test_the_async_client_does_the_same(bazaar: Bazaar) -> None:
    key = SigningKey.generate()
    async with AsyncClient(bazaar.origin, Collective(key)) as client:
        async with AsyncClient(bazaar.origin) as nobody:
            made = await nobody.register(key, name="Async Hands")
        feed = await client.open_feed(name="a", instrument="BTC-USD", lineage=LINEAGE)
        publisher = AsyncPublisher(client, key, feed["id"])
        await publisher.publish(Target("1", "in"))
        await publisher.publish(Target("1", "still in"))
        received = [signal async for signal in client.signals(feed["id"], limit=1)]
        assert [signal.body["action"] for signal in received] == ["open", "hold"]
        profile = await client.collective(made["id"])
        assert [one["id"] for one in profile["keys"]] == [key.key_id]


async def test_a_refusal_says_what_and_the_publisher_recovers(bazaar: Bazaar) -> None:
    key, feed_id = await opened(bazaar, "Clumsy Hands")

    def run(client: Client) -> None:
        client.credentials = Collective(key)
        publisher = Publisher(client, key, feed_id)
        with pytest.raises(ArenaProblem) as caught:
            publisher.publish(Target("2", "too much"))
        assert caught.value.status == 422
        assert caught.value.request_id
        other = Publisher(client, key, feed_id)
        other.publish(Target("1", "by another process"))
        assert publisher.publish(Target("0", "goes on behind it"))["sequence"] == 2

    await bazaar.sync(run)


async def test_one_intent_has_one_effect_however_often_it_is_sent(bazaar: Bazaar) -> None:
    key, feed_id = await opened(bazaar, "Stutterer")
    intent = ids.fresh("intent")

    def run(client: Client) -> None:
        client.credentials = Collective(key)
        publisher = Publisher(client, key, feed_id)
        publisher.publish(Target("1", "once"))
        [signal] = client.signals(feed_id)
        envelope = {"signal": signal.body, "signature": signal.signature}
        first = client.hand_in(envelope, intent=intent)
        assert client.hand_in(envelope, intent=intent) == first
        assert client.feed(feed_id)["last_sequence"] == 1

    await bazaar.sync(run)


async def test_keys_rotate_and_a_revoked_one_is_refused(bazaar: Bazaar) -> None:
    old, _ = await opened(bazaar, "Rotator")
    new = SigningKey.generate()

    def run(client: Client) -> None:
        client.credentials = Collective(old)
        me = client.me()["id"]
        assert client.add_key(me, new)["id"] == new.key_id
        client.credentials = Collective(new)
        client.revoke_key(me, old.key_id, reason="rotated")
        assert client.me()["id"] == me
        client.credentials = Collective(old)
        with pytest.raises(ArenaProblem) as caught:
            client.me()
        assert caught.value.status == 401

    await bazaar.sync(run)


async def test_strangers_are_told_where_to_subscribe(bazaar: Bazaar) -> None:
    def run(client: Client) -> None:
        with pytest.raises(ArenaProblem) as caught:
            list(client.signals(bazaar.listing_id))
        assert (caught.value.status, caught.value.code) == (402, "payment_required")
        assert caught.value.facts["listing_id"] == bazaar.listing_id
        with pytest.raises(ArenaProblem) as streamed:
            next(client.stream(bazaar.listing_id))
        assert streamed.value.code == "payment_required"

    await bazaar.sync(run)


async def test_a_subscriber_pulls_all_pages_and_a_second_pull_costs_nothing(
    bazaar: Bazaar,
) -> None:
    key = await bazaar.subscriber("puller")

    def run(client: Client) -> list[Delivered]:
        first = list(client.signals(bazaar.listing_id, limit=7))
        assert list(client.signals(bazaar.listing_id, limit=7)) == first
        assert client.etags.hits >= len(first) // 7
        last_two = list(client.signals(bazaar.listing_id, after=first[-3].sequence))
        assert [signal.sequence for signal in last_two] == [s.sequence for s in first[-2:]]
        return first

    received = await bazaar.sync(run, key)
    assert [signal.sequence for signal in received] == list(range(1, len(received) + 1))
    assert all(signal.salt and signal.rationale for signal in received)


async def test_basic_gets_past_days_without_rationale(bazaar: Bazaar) -> None:
    key = await bazaar.subscriber("basic", tier="basic")

    def run(client: Client) -> list[Delivered]:
        pulled = list(client.signals(bazaar.listing_id))
        streamed = []
        for signal in client.stream(bazaar.listing_id):
            streamed.append(signal)
            if signal.sequence == pulled[-1].sequence:
                break
        assert [one.sequence for one in streamed] == [one.sequence for one in pulled]
        return pulled

    received = await bazaar.sync(run, key)
    midnight = bazaar.house.arena.db.clock.now().replace(hour=0, minute=0, second=0)
    assert received
    assert all(signal.rationale is None and signal.salt is None for signal in received)
    assert all(signal.body["issued_at"] < midnight.isoformat() for signal in received)


async def test_a_stream_gives_the_past_then_the_present(bazaar: Bazaar) -> None:
    key = await bazaar.subscriber("streamer")
    received: list[Delivered] = []

    async def listen() -> None:
        async with AsyncClient(bazaar.origin, ApiKey(key)) as client:
            async for signal in client.stream(bazaar.listing_id):
                received.append(signal)

    listening = asyncio.create_task(listen())
    try:
        await _until(lambda: len(received) >= 10)
        before = len(received)
        for _ in range(400):
            await bazaar.house.player.step()
            if len(received) > before:
                break
        await _until(lambda: len(received) > before)
    finally:
        listening.cancel()
    assert [signal.sequence for signal in received] == list(range(1, len(received) + 1))


async def test_the_stream_ends_with_a_clear_word_when_the_subscription_does(
    bazaar: Bazaar,
) -> None:
    key = await bazaar.subscriber("leaver")
    started = asyncio.Event()

    async def listen() -> None:
        async with AsyncClient(bazaar.origin, ApiKey(key)) as client:
            async for _ in client.stream(bazaar.listing_id):
                started.set()

    listening = asyncio.create_task(listen())
    async with asyncio.timeout(10):
        await started.wait()

    def leave(client: Client) -> None:
        [mine] = client.subscriptions()
        client.cancel(mine["id"], at="now")

    await bazaar.sync(leave, key)
    with pytest.raises(EntitlementEnded):
        async with asyncio.timeout(5):
            await listening


async def test_a_collective_streams_with_a_signed_handshake(bazaar: Bazaar) -> None:
    key, feed_id = await opened(bazaar, "Own Listener")

    def run(client: Client) -> list[int]:
        client.credentials = Collective(key)
        publisher = Publisher(client, key, feed_id)
        for weight in ("1", "0.5", "0"):
            publisher.publish(Target(weight, "step"))
        stream = client.stream(feed_id, after=1)
        return [next(stream).sequence, next(stream).sequence]

    assert await bazaar.sync(run) == [2, 3]


async def test_declined_cards_and_second_subscriptions_are_refused_in_words(
    bazaar: Bazaar,
) -> None:
    key = await bazaar.subscriber("spender")

    def run(client: Client) -> None:
        with pytest.raises(ArenaProblem, match="already_subscribed"):
            subscribe(client, bazaar.listing_id, "pro")
        method = client.add_payment_method("4000000000000002")
        other = next(one for one in client.listings() if one["id"] != bazaar.listing_id)
        with pytest.raises(ArenaProblem) as caught:
            client.subscribe(other["id"], tier="pro", payment_method_id=method["id"])
        assert (caught.value.status, caught.value.code) == (402, "card_declined")

    await bazaar.sync(run, key)


async def test_all_that_is_public_can_be_read(bazaar: Bazaar) -> None:
    def run(client: Client) -> None:
        clock = client.time()
        assert clock["interval_s"] == 900
        [symbol] = [one["symbol"] for one in client.instruments()["data"]]
        page = client.candles(symbol, interval="1h", limit=3)
        assert len(page["data"]) == 3
        history = list(client.candle_history(symbol, since=_start(bazaar), limit=500))
        assert len(history) > 1000
        assert len({candle["open_at"] for candle in history}) == len(history)
        book = client.book(symbol, depth=5)
        traded = Decimal(history[-1]["volume"]) > 0  # a bar in which nobody traded has no book
        assert bool(book["bids"]) == traded
        if traded:
            assert Decimal(book["bids"][0]["price"]) < Decimal(book["asks"][0]["price"])
        assert client.trades(symbol, limit=4)["data"]
        assert client.statistics(symbol)["data"]
        assert client.pack()["manifest"]["source"] == "sample"
        listings = list(client.listings(instrument=symbol, limit=2))
        assert len(listings) >= 3
        assert client.listing(bazaar.listing_id)["feed_id"] == bazaar.feed_id
        assert client.disclosures(bazaar.listing_id)
        assert list(client.scores())
        assert list(client.leaderboard(limit=3))
        assert list(client.feeds(limit=3))
        assert list(client.collectives(limit=3))
        assert client.health()

    await bazaar.sync(run)


async def test_a_collective_trades_an_account_of_its_own(bazaar: Bazaar) -> None:
    key, _ = await opened(bazaar, "Trader")
    order = {
        "symbol": "BTC-USD", "side": "buy", "type": "limit", "quantity": "0.1", "limit_price": "10000",
    }  # fmt: skip

    def run(client: Client) -> dict[str, Any]:
        client.credentials = Collective(key)
        placed = client.place_order({**order, "client_order_id": "mine-1"})
        assert client.order(placed["id"])["id"] == placed["id"]
        assert [one["id"] for one in client.orders()] == [placed["id"]]
        assert client.portfolio()
        cancelled: dict[str, Any] = client.cancel_order(placed["id"])
        return cancelled

    await bazaar.sync(run)


async def test_evidence_keys_are_the_ones_that_sign(bazaar: Bazaar) -> None:
    key = await bazaar.subscriber("checker")

    def run(client: Client) -> None:
        feed = client.feed(bazaar.feed_id)
        profile = client.collective(feed["collective_id"])
        assert profile["keys"]
        assert all(
            any(signal.is_intact(_public(one)) for one in profile["keys"])
            for signal in client.signals(bazaar.listing_id)
        )

    await bazaar.sync(run, key)
    assert not verifies(bytes(32), b"", bytes(64))


def _public(key: dict[str, Any]) -> bytes:
    return base64.b64decode(key["public_key"])


def _start(bazaar: Bazaar) -> datetime:
    return bazaar.house.arena.db.clock.now() - timedelta(days=12)


async def _until(done: Callable[[], bool]) -> None:
    """Waits for what comes over a real socket; only looking tells."""
    for _ in range(1000):
        if done():
            return
        await asyncio.sleep(0.02)
    raise TimeoutError
