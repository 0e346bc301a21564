"""The main job, end to end: real prices, signed signals, a record, a listing, money, delivery, verification.

Six callers, each on connections of their own, over real sockets: a collective and its owner (the creator),
an operator, a subscriber, a stranger, and the arena's own strategists. The prices are the sample pack's real
bars; burn-in and gates are the defaults: thirty days and twenty fills.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import websockets

from arena import demo
from arena.kit.settings import Settings
from sigma_sdk import ApiKey, ArenaProblem, AsyncClient, Collective, SigningKey
from sigma_sdk.publisher import AsyncPublisher, Target
from tests.conftest import START, Server
from tests.stories.house import House, open_house

PASSWORD = "correct horse battery staple"
LINEAGE = {
    "pack": {"source": "sample", "symbols": ["BTC-USD"], "interval_s": 900},
    "indicator_set": {"indicators": []},
    "model_config": {"model": "twelve-hour pendulum", "parameters": {"hours": "12"}},
    "policy": {"target": "Half of the account, or none.", "publishes": "Every twelve hours."},
}
WORDS = {
    "title": "Pendulum", "summary": "In for twelve hours, out for twelve.",
    "intended_use": "To show that a record is what it is, good or bad.",
    "method": "Holds half of the account every other twelve hours.",
    "risks": "It knows nothing of the market and pays costs for it.",
}  # fmt: skip


@pytest.fixture
async def house(server: Server, tmp_path: Path) -> AsyncIterator[House]:
    name = await server.create()
    settings = Settings(home=tmp_path / "home", seed="story", source="sample")
    async with open_house(server.url_of(name), settings) as opened:
        yield opened
    await server.drop(name)


@pytest.mark.slow
async def test_from_real_prices_to_a_paid_verified_signal(house: House, tmp_path: Path) -> None:
    creator, collective, key = await _creator_with_a_collective(house)
    async with creator, collective:
        feed = await collective.open_feed(name="Pendulum", instrument="BTC-USD", lineage=LINEAGE)
        listing_id = await _draft(collective, feed["id"])
        await _too_early(collective, listing_id)
        await _publish_for_a_month(house, collective, key, feed["id"])
        await _list(house, collective, listing_id)
        await _strangers_are_refused(house, feed["id"], listing_id)
        subscriber = await _subscriber(house, listing_id)
        async with subscriber:
            await _receives_and_resumes(house, collective, key, subscriber, feed["id"])
            await _the_ledger_has_it(house)
            await _verifies(house, subscriber, listing_id, tmp_path)
            await _ends_within_a_second(house, subscriber, feed["id"])


async def _creator_with_a_collective(house: House) -> tuple[AsyncClient, AsyncClient, SigningKey]:
    """A person signs up as creator; the collective he registers belongs to him."""
    creator = await _person(house, "creator@story.example", creator=True)
    key = SigningKey.generate()
    await creator.register(key, name="Pendulum Society", about="Swings.")
    collective = AsyncClient(house.url, Collective(key))
    with pytest.raises(ArenaProblem) as taken:
        await creator.register(SigningKey.generate(), name="Pendulum Society")
    assert taken.value.status == 409
    return creator, collective, key


async def _person(house: House, email: str, *, creator: bool = False) -> AsyncClient:
    """Signs up, signs in, and goes on with an API key."""
    async with AsyncClient(house.url) as anonymous:
        await anonymous.sign_up(
            email=email, name=email.split("@")[0], password=PASSWORD, creator=creator
        )
        await anonymous.sign_in(email=email, password=PASSWORD)
        made = await anonymous.make_api_key(name="story")
    return AsyncClient(house.url, ApiKey(made["key"]))


async def _draft(collective: AsyncClient, feed_id: str) -> str:
    drafted = await collective.draft_listing({"feed_id": feed_id, **WORDS})
    assert drafted["status"] == "draft"
    return str(drafted["id"])


async def _too_early(collective: AsyncClient, listing_id: str) -> None:
    with pytest.raises(ArenaProblem) as refused:
        await collective.submit_listing(listing_id)
    assert refused.value.code == "gates_not_passed"
    gates = {gate["name"]: gate for gate in refused.value.facts["gates"]}
    assert not gates["burn_in_days"]["passed"]
    assert not gates["burn_in_fills"]["passed"]


async def _publish_for_a_month(
    house: House, collective: AsyncClient, key: SigningKey, feed_id: str
) -> None:
    publisher = AsyncPublisher(collective, key, feed_id)
    await house.play_until(START + timedelta(hours=2))
    for swing in range(62):
        published = await publisher.publish(
            Target("0.5" if swing % 2 == 0 else "0", f"Swing {swing}.", "0.5"),
            valid_for=timedelta(hours=1),
        )
        assert published["sequence"] == swing + 1
        await house.settle()
        await house.play_until(START + timedelta(hours=2 + 12 * (swing + 1)))
    await _each_refusal_by_its_name(collective, key, feed_id)


async def _each_refusal_by_its_name(collective: AsyncClient, key: SigningKey, feed_id: str) -> None:
    """What must not be published is refused with its own error, and leaves nothing behind."""
    publisher = AsyncPublisher(collective, key, feed_id)
    end = await collective.arun(publisher._read_end())
    now = (await collective.time())["product_time"]
    from sigma_sdk.canonical import canonical_json, from_iso

    at = from_iso(now)
    good = publisher._signal(end, Target("0.25", "Fine."), at, at + timedelta(hours=1))
    tampered: dict[str, dict[str, Any]] = {
        "sequence_gap": {"sequence": good["sequence"] + 1},
        "chain_broken": {"previous_hash": "f" * 64},
        "wrong_instrument": {"instrument": "DOGE-USD"},
        "weight_out_of_range": {"target_weight": "1.5"},
        "signal_from_the_future": {"issued_at": "2031-01-01T00:00:00.000Z", "valid_until": "2031-01-02T00:00:00.000Z"},
        "backdated": {"issued_at": "2021-09-28T00:00:00.000Z"},
    }  # fmt: skip
    for code, change in tampered.items():
        body = {**good, **change}
        envelope = {"signal": body, "signature": key.sign_base64(canonical_json(body))}
        with pytest.raises(ArenaProblem) as refused:
            await collective.hand_in(envelope, intent=f"tampered-{code}")
        seen = {refused.value.code} | {
            str(e.get("detail")) for e in refused.value.facts.get("errors", [])
        }
        acceptable = {code, "unknown_instrument", "signal_too_old", "bad_signal"}
        assert seen & acceptable, (code, seen)
    envelope = {
        "signal": good,
        "signature": SigningKey.generate().sign_base64(canonical_json(good)),
    }
    with pytest.raises(ArenaProblem) as refused:
        await collective.hand_in(envelope, intent="tampered-signature")
    assert refused.value.code == "bad_signature"
    assert (await collective.feed(feed_id))["last_sequence"] == end.sequence


async def _list(house: House, collective: AsyncClient, listing_id: str) -> None:
    """The creator's collective submits, the operator signs in, looks, and approves."""
    submitted = await collective.submit_listing(listing_id)
    assert submitted["state"] == "open", submitted
    operator = next(a for a in demo.accounts(house.arena.settings) if a.role == "operator")
    async with house.caller() as browser:
        signed_in = await browser.post(
            "/sessions", json={"email": operator.email, "password": operator.password},
            headers={"Sec-Fetch-Site": "same-origin"},
        )  # fmt: skip
        assert signed_in.status_code in (200, 201), signed_in.text
        queue = (await browser.get("/moderation/queue")).json()
        cases = queue["data"] if isinstance(queue, dict) else queue
        case = next(c for c in cases if c["listing_id"] == listing_id)
        assert all(gate["passed"] for gate in case["gates"])
        foreign = await browser.post(
            f"/moderation/{case['id']}/approve",
            json={"reason": "x"},
            headers={"Sec-Fetch-Site": "cross-site"},
        )
        assert foreign.status_code == 403, "another site rode on the operator's session"
        approved = await browser.post(
            f"/moderation/{case['id']}/approve", json={"reason": "Gates passed; words are plain."},
            headers={"Sec-Fetch-Site": "same-origin"},
        )  # fmt: skip
        assert approved.status_code == 200, approved.text
        trail = (await browser.get("/audit", params={"object": listing_id})).json()["data"]
    assert {"listings.draft"} <= {event["action"] for event in trail}
    assert (await collective.listing(listing_id))["status"] == "listed"


async def _strangers_are_refused(house: House, feed_id: str, listing_id: str) -> None:
    async with house.caller() as stranger:
        for model in (feed_id, listing_id):
            refused = await stranger.get("/signals", params={"model_id": model})
            assert refused.status_code == 402, refused.text
            assert listing_id in refused.text, "the refusal must point to the listing"
        shown = (await stranger.get(f"/market/listings/{listing_id}")).json()
        assert shown["title"] == "Pendulum"
        assert (await stranger.get(f"/market/listings/{listing_id}/disclosures")).status_code == 200
        found = (await stranger.get("/market/listings")).json()["data"]
        assert listing_id in {item["id"] for item in found}
        assert (await stranger.get("/market/scores")).json()["data"]
    with pytest.raises(websockets.ConnectionClosed) as closed:
        async with websockets.connect(
            house.url.replace("http", "ws") + f"/stream?model_id={feed_id}"
        ) as socket:
            await socket.send(json.dumps({"type": "auth", "key": "ak_nobody"}))
            while True:
                await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


async def _subscriber(house: House, listing_id: str) -> AsyncClient:
    subscriber = await _person(house, "subscriber@story.example")
    broke = await subscriber.add_payment_method("4000000000009995")
    with pytest.raises(ArenaProblem) as declined:
        await subscriber.subscribe(listing_id, tier="pro", payment_method_id=broke["id"])
    assert declined.value.status == 402
    assert declined.value.code == "card_declined"
    card = await subscriber.add_payment_method("4242424242424242")
    paid = await subscriber.subscribe(
        listing_id, tier="pro", payment_method_id=card["id"], intent="the one intent of this story"
    )
    again = await subscriber.subscribe(
        listing_id, tier="pro", payment_method_id=card["id"], intent="the one intent of this story"
    )
    assert paid["status"] == "active"
    assert paid["id"] == again["id"], "the same intent must not subscribe twice"
    return subscriber


async def _receives_and_resumes(
    house: House, collective: AsyncClient, key: SigningKey, subscriber: AsyncClient, feed_id: str
) -> None:
    """By pull all that was published, by stream what comes, once and in sequence, also after a break."""
    pulled = [delivered async for delivered in subscriber.signals(feed_id)]
    assert [delivered.sequence for delivered in pulled] == list(range(1, 63))
    assert all(delivered.is_intact(key.public) for delivered in pulled)
    assert pulled[-1].rationale == "Swing 61."

    publisher = AsyncPublisher(collective, key, feed_id)
    seen: list[int] = []
    for expected, after in (([63, 64], 62), ([65], 64)):
        stream = subscriber.stream(feed_id, after=after)
        for _ in expected:
            await house.player.step()
            await publisher.publish(Target("0.5", "One more."))
            seen.append((await asyncio.wait_for(anext(stream), 10)).sequence)
        await stream.aclose()
    assert seen == [63, 64, 65]


async def _the_ledger_has_it(house: House) -> None:
    async with house.arena.db.transaction(readonly=True) as tx:
        balances = await tx.fetch(
            "select code, debits_posted - credits_posted as balance from ledger_account order by code"
        )
    by_kind: dict[str, int] = {}
    for row in balances:
        kind = "creator" if row["code"].startswith("creator:") else row["code"]
        by_kind[kind] = by_kind.get(kind, 0) + row["balance"]
    assert sum(by_kind.values()) == 0
    assert by_kind["creator"] == -8415
    assert by_kind["platform:fee_income"] == -1485


async def _verifies(house: House, subscriber: AsyncClient, listing_id: str, tmp_path: Path) -> None:
    """`sigma verify`, as the user runs it, in a process of its own; then the same with evidence tampered."""
    assert isinstance(subscriber.credentials, ApiKey)
    evidence = tmp_path / "evidence"
    environment = {
        "SIGMA_URL": house.url, "SIGMA_KEY": subscriber.credentials.key, "HOME": str(tmp_path),
        "PATH": "", "COLUMNS": "200",
    }  # fmt: skip

    async def verify(*words: str) -> tuple[int, str]:
        def run() -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [str(Path(sys.executable).parent / "sigma"), "verify", *words],
                env=environment, capture_output=True, text=True, timeout=120, check=False,
            )  # fmt: skip

        done = await asyncio.to_thread(run)
        return done.returncode, done.stdout + done.stderr

    code, words = await verify(listing_id, "--save", str(evidence))
    assert code == 0, words
    assert "65" in words
    code, words = await verify("--from", str(evidence))
    assert code == 0, words
    fills = [file for file in evidence.rglob("*") if file.is_file() and "record" in file.name]
    assert fills, sorted(evidence.rglob("*"))
    text = fills[0].read_text()
    record = json.loads(text)
    price = record["fills"][0]["price"] if "fills" in record else None
    if price is not None:
        fills[0].write_text(text.replace(price, str(Decimal(price) - 1), 1))
        code, words = await verify("--from", str(evidence))
        assert code != 0, "a changed fill must not verify"


async def _ends_within_a_second(house: House, subscriber: AsyncClient, feed_id: str) -> None:
    """At the end of the paid month the stream closes with 4403 and the pull is refused."""
    assert isinstance(subscriber.credentials, ApiKey)
    mine = [s async for s in subscriber.subscriptions()]
    active = next(s for s in mine if s["status"] == "active")
    await subscriber.cancel(active["id"])
    socket = await websockets.connect(
        house.url.replace("http", "ws") + f"/stream?model_id={feed_id}&after=65",
        additional_headers={"Authorization": f"Bearer {subscriber.credentials.key}"},
    )
    async with house.arena.db.transaction(readonly=True) as tx:
        until = await tx.fetchval(
            "select access_until from subscription where id = $1", active["id"]
        )
    await house.play_until(until)
    ended = asyncio.get_running_loop().time()
    with pytest.raises(websockets.ConnectionClosed) as closed:
        while True:
            await asyncio.wait_for(socket.recv(), 5)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4403
    assert asyncio.get_running_loop().time() - ended < 3
    with pytest.raises(ArenaProblem) as refused:
        async for _ in subscriber.signals(feed_id):
            pass
    assert refused.value.status in (402, 403)
