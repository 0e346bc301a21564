"""Every call that changes something leaves its line in the audit trail: who, what, to which object, in which call.

All mutating routes of the real app are called, once each, by somebody who may. A route that is added without a
call here fails the test, and so does a call that leaves no line of its own.
"""

from collections.abc import AsyncIterator

import pytest
from fastapi.routing import APIRoute

from arena.app import ROUTERS, build_app
from arena.evidence import log
from arena.kit.bus import Bus
from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.kit.signing import to_base64
from arena.money.usage import Meter
from arena.people import identity
from arena.signals import feeds
from arena.trading import risk
from arena.trading.orders import Floor, own_account_id
from arena.trading.orders.live import LiveDesk
from arena.wire import Arena
from tests.http import SAFE, client_of, person
from tests.marketplace.market import Buyer, Market, open_market
from tests.people.acts import (
    ACTIONS,
    AT_A_GATEWAY,
    AT_AN_EXCHANGE,
    BY_CALL_OR_PROFIT,
    BY_TWO,
    GIVEN,
    JOURNAL,
    ON_A_LIST,
    STANDING,
    WITH_A_BILL,
    WITH_A_CARD,
    WITH_A_SOURCE,
    WITH_A_SUBSCRIPTION,
    WITH_MONEY,
)
from tests.people.signer import Signer
from tests.people.trail import Trail
from tests.signals.stage import DOCUMENTS, Author

PASSWORD = "four words in a row"
REASON = {"reason": "Record and words agree."}


@pytest.fixture
async def market(db: Database, settings: Settings) -> Market:
    settings.burn_in_days, settings.burn_in_fills = 1, 1
    return await open_market(db, settings)


@pytest.fixture
async def trail(market: Market, settings: Settings) -> AsyncIterator[Trail]:
    bus, floor = Bus(""), Floor(market.db, settings)
    bus.listen(risk.NEWS, floor.forget)
    market.db.publish = bus.publish
    arena = Arena(
        settings, "", market.db, bus, market.stage.venue, floor, market.gateway,
        log.log_key(settings.vault), LiveDesk(market.db, settings), Meter(market.db),
    )  # fmt: skip
    async with client_of(build_app(arena), settings.origin) as client:
        yield Trail(client, market.db, floor)


def test_the_table_names_every_route_that_changes_something() -> None:
    routes = {
        (method, route.path)
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods - SAFE
    }
    assert (
        routes
        == ACTIONS.keys()
        | JOURNAL
        | STANDING
        | AT_A_GATEWAY.keys()
        | AT_AN_EXCHANGE
        | BY_TWO.keys()
        | ON_A_LIST.keys()
        | BY_CALL_OR_PROFIT.keys()
        | WITH_A_BILL.keys()
        | WITH_A_CARD
        | WITH_A_SOURCE
        | WITH_A_SUBSCRIPTION.keys()
        | GIVEN.keys()
        | WITH_MONEY.keys()
    )


async def test_every_act_is_in_the_trail(trail: Trail, market: Market) -> None:
    await market.stage.play(1)
    creator, creator_headers = await person(market.db, "creator")
    _, operator = await market.operator()
    await _people(trail, operator)
    signer, collective_id = await _keys(trail, market, creator, creator_headers)
    await _recovery(trail, collective_id, creator, creator_headers, operator=operator)
    await _trials(trail, signer, collective_id)
    await _sweeps(trail, signer, collective_id)
    feed_id = await _signals(trail, market, signer, collective_id)
    async with trail.floor.at_work():
        await _orders(trail, signer, collective_id)
        await _bounds(trail, collective_id, operator)
        await _standing(trail, signer, collective_id, operator)
    listing_id = await _listing(trail, feed_id, creator, creator_headers, operator=operator)
    await _subscription(trail, market, listing_id)
    await _free_tier(trail, market, listing_id, creator, creator_headers)
    await _operation(trail, market, listing_id, operator)
    await trail.act(
        "POST /feeds/{feed_id}/close", collective_id, {"feed_id": feed_id}, auth=signer.auth()
    )
    assert trail.called == ACTIONS.keys() | JOURNAL


async def _people(trail: Trail, operator: dict[str, str]) -> None:
    email = {"email": "ada@example.org", "password": PASSWORD}
    ada = (await trail.act("POST /people", None, json={**email, "name": "Ada"}))["id"]
    await trail.act(
        "POST /people/{person_id}/roles", None, {"person_id": ada}, headers=operator,
        json={"role": "creator", **REASON},
    )  # fmt: skip
    await trail.act("POST /sessions", ada, json=email)
    ours = {"Origin": str(trail.client.base_url).rstrip("/")}
    key = await trail.act("POST /api-keys", ada, headers=ours, json={"name": "laptop"})
    await trail.act(
        "DELETE /api-keys/{api_key_id}", ada, {"api_key_id": key["id"]}, headers=ours
    )  # fmt: skip
    await trail.act("DELETE /sessions", ada, headers=ours)


async def _keys(
    trail: Trail, market: Market, owner_id: str, owner: dict[str, str]
) -> tuple[Signer, str]:
    """A collective with two keys, one of them revoked."""
    signer, second = Signer(), Signer()
    name, origin = "Northwind", market.settings.origin
    proof = signer.prove(purpose="sigma-arena/register/v1", origin=origin, name=name)
    made = await trail.act(
        "POST /collectives", None, headers=owner, json={"name": name, **proof}
    )  # fmt: skip
    place = {"collective_id": made["id"], "key_id": second.key_id}
    added = second.prove(purpose="sigma-arena/add-key/v1", origin=origin, collective=made["id"])
    await trail.act(
        "POST /collectives/{collective_id}/keys", made["id"], place, auth=signer.auth(), json=added
    )
    await trail.act(
        "POST /collectives/{collective_id}/keys/{key_id}/revoke", owner_id, place, headers=owner,
        json={"reason": "laptop lost"},
    )  # fmt: skip
    third = Signer()
    added = third.prove(purpose="sigma-arena/add-key/v1", origin=origin, collective=made["id"])
    await trail.act(
        "POST /collectives/{collective_id}/keys/rotate", made["id"], place, auth=signer.auth(),
        json={**added, "overlap_s": 0},
    )  # fmt: skip
    issued = await trail.act(
        "POST /collectives/{collective_id}/exchange-keys", made["id"], place, auth=third.auth(), json={"name": "a bot"}
    )  # fmt: skip
    await trail.act(
        "DELETE /collectives/{collective_id}/exchange-keys/{exchange_key_id}", owner_id,
        {**place, "exchange_key_id": issued["id"]}, headers=owner,
    )  # fmt: skip
    return third, made["id"]


async def _recovery(
    trail: Trail, collective_id: str, owner_id: str, owner: dict[str, str], *, operator: dict[str, str]
) -> None:  # fmt: skip
    """Begun by an operator, stopped by the owner."""
    origin = str(trail.client.base_url).rstrip("/")
    proof = Signer().prove(
        purpose="sigma-arena/recover-keys/v1", origin=origin, collective=collective_id
    )
    place = {"collective_id": collective_id}
    begun = await trail.act(
        "POST /collectives/{collective_id}/recoveries", None, place, headers=operator,
        json={**proof, **REASON},
    )  # fmt: skip
    await trail.act(
        "POST /collectives/{collective_id}/recoveries/{recovery_id}/stop", owner_id,
        {**place, "recovery_id": begun["id"]}, headers=owner, json=REASON,
    )  # fmt: skip


async def _standing(
    trail: Trail, signer: Signer, collective_id: str, operator: dict[str, str]
) -> None:
    """The account begun anew; a season announced and withdrawn."""
    await trail.act(
        "POST /collectives/{collective_id}/account/reset", collective_id,
        {"collective_id": collective_id}, auth=signer.auth(), json=REASON,
    )  # fmt: skip
    span = {"starts_at": "2040-01-01T00:00:00Z", "ends_at": "2040-03-01T00:00:00Z"}
    opened = await trail.act(
        "POST /leaderboard/seasons", None, headers=operator, json={"name": "Winter 2040", **span}
    )
    await trail.act(
        "POST /leaderboard/seasons/{season_id}/withdraw", None, {"season_id": opened["id"]},
        headers=operator, json=REASON,
    )  # fmt: skip


async def _trials(trail: Trail, signer: Signer, collective_id: str) -> None:
    """A back-test registered, then what came of it."""
    draft = {"engine_version": "lab-1", "shared": dict(DOCUMENTS)}
    made = await trail.act("POST /lab/trials", collective_id, auth=signer.auth(), json=draft)
    await trail.act(
        "POST /lab/trials/{sha}/result", collective_id, {"sha": made["trials"][0]}, auth=signer.auth(),
        json={"net_return": 0.1, "sharpe": None, "max_drawdown": 0.2, "trades": 3, "periods": 9},
    )  # fmt: skip


async def _sweeps(trail: Trail, signer: Signer, collective_id: str) -> None:
    """Of the one configuration whose trial is registered: interrupted, gone on with, cancelled."""
    draft = {
        "name": "By hand", "model": DOCUMENTS["model_config"]["model"], "kind": "own", "code_version": "0" * 64,
        "method": "grid", "space": {}, "configurations": 1, "pack": DOCUMENTS["pack"], "policy": DOCUMENTS["policy"],
    }  # fmt: skip
    made = await trail.act("POST /lab/sweeps", collective_id, auth=signer.auth(), json=draft)
    place = {"sweep_id": made["id"]}
    await trail.act(
        "POST /lab/sweeps/{sweep_id}/end", collective_id, place, auth=signer.auth(),
        json={"status": "interrupted"},
    )  # fmt: skip
    await trail.act("POST /lab/sweeps/{sweep_id}/cancel", collective_id, place, auth=signer.auth())


async def _signals(trail: Trail, market: Market, signer: Signer, collective_id: str) -> str:
    """A feed with a changed lineage and a day of record."""
    auth = signer.auth()
    document = {"kind": "model_config", "body": {"model": "another", "parameters": {}}}
    changed = await trail.act("POST /documents", collective_id, auth=auth, json=document)
    draft = {"name": "By hand", "instrument": market.stage.symbol, "lineage": dict(DOCUMENTS)}
    feed_id = (await trail.act("POST /feeds", collective_id, auth=auth, json=draft))["id"]
    lineage = {name: body for name, body in DOCUMENTS.items() if name != "model_config"}
    await trail.act(
        "POST /feeds/{feed_id}/lineage", collective_id, {"feed_id": feed_id}, auth=auth,
        json={**lineage, "model_config_sha": changed["sha"]},
    )  # fmt: skip
    async with market.db.transaction() as tx:
        author = Author(
            market.stage, await identity.collective(tx, collective_id), signer.key,
            await feeds.feed(tx, feed_id),
        )  # fmt: skip
    signed = await author.signed()
    await trail.act(
        "POST /signals", collective_id, auth=auth,
        json={"signal": signed.body, "signature": to_base64(signed.signature)},
    )  # fmt: skip
    await market.settle()
    await market.stage.play(100)
    return feed_id


async def _orders(trail: Trail, signer: Signer, collective_id: str) -> None:
    auth = signer.auth()
    order = {
        "symbol": "BTC-USD", "side": "buy", "type": "limit", "quantity": "0.01", "limit_price": "10000",
    }  # fmt: skip
    placed = await trail.act("POST /orders", collective_id, auth=auth, json=order)
    place = {"order_id": placed["id"]}
    await trail.act("DELETE /orders/{order_id}", collective_id, place, auth=auth)
    await trail.act("PUT /risk/limits", collective_id, auth=auth, json={})
    await trail.act("POST /risk/halt", collective_id, auth=auth, json=REASON)
    await trail.act("POST /risk/resume", collective_id, auth=auth, json=REASON)
    await trail.act("PUT /live-trading/consent", collective_id, auth=auth, json={"agreed": True})


async def _bounds(trail: Trail, collective_id: str, operator: dict[str, str]) -> None:
    """What an operator does with an account of somebody else, and the switch of live trading."""
    place = {"account_id": own_account_id(collective_id)}
    for route in (
        "PUT /risk/accounts/{account_id}/bounds",
        "POST /risk/accounts/{account_id}/stop",
        "POST /risk/accounts/{account_id}/lift",
        "POST /risk/accounts/{account_id}/forgive-drawdown",
    ):
        await trail.act(route, None, place, headers=operator, json=REASON)
    await trail.act(
        "POST /accounts/{account_id}/flows", None, place, headers=operator,
        json={"asset": "USD", "quantity": "500", "note": "a prize"},
    )  # fmt: skip
    await trail.act("PUT /live-trading", None, headers=operator, json={"allowed": True, **REASON})


async def _listing(
    trail: Trail, feed_id: str, owner_id: str, owner: dict[str, str], *, operator: dict[str, str]
) -> str:
    """Drafted, rejected once, approved, paused and back on offer."""
    words = {
        "feed_id": feed_id, "title": "By hand", "summary": "What a person says.",
        "intended_use": "To be looked at.", "method": "By hand, at leisure.", "risks": "All of them.",
    }  # fmt: skip
    drafted = await trail.act("POST /market/listings", owner_id, headers=owner, json=words)
    place = {"listing_id": drafted["id"]}
    for verdict in ("reject", "approve"):
        case = await trail.act(
            "POST /market/listings/{listing_id}/submit", owner_id, place, headers=owner
        )
        await trail.act(
            f"POST /moderation/{{case_id}}/{verdict}", None, {"case_id": case["id"]},
            headers=operator, json=REASON,
        )  # fmt: skip
    await trail.act("POST /market/listings/{listing_id}/pause", owner_id, place, headers=owner)
    await trail.act("POST /market/listings/{listing_id}/resume", owner_id, place, headers=owner)
    return str(drafted["id"])


async def _subscription(trail: Trail, market: Market, listing_id: str) -> None:
    """Paid with a card that asks back, then with another, then canceled."""
    buyer = await market.buyer("4000002500003155")
    who = {"headers": buyer.headers}
    other = await trail.act(
        "POST /billing/payment-methods", buyer.id, json={"card": "4242424242424242"}, **who
    )
    wish = {"listing_id": listing_id, "tier": "pro", "payment_method_id": buyer.card}
    begun = await trail.act("POST /market/subscribe", buyer.id, json=wish, **who)
    attempt_id = begun["action_url"].split("/")[3]
    place = {"attempt_id": attempt_id, "subscription_id": begun["id"]}
    await trail.act("POST /billing/actions/{attempt_id}/confirm", buyer.id, place, **who)
    await market.settle()
    await trail.act(
        "POST /market/subscriptions/{subscription_id}/payment-method", buyer.id, place,
        json={"payment_method_id": other["id"]}, **who,
    )  # fmt: skip
    await trail.act(
        "POST /market/cancel", buyer.id, json={"subscription_id": begun["id"]}, **who
    )  # fmt: skip
    await _afterwards(trail, market, buyer, {"subscription_id": begun["id"]})


async def _afterwards(trail: Trail, market: Market, buyer: Buyer, place: dict[str, str]) -> None:
    """Not canceled after all, agreed to again, a higher tier, all of it undone; and a coupon, made and stopped."""
    who, path = {"headers": buyer.headers}, "POST /market/subscriptions/{subscription_id}"
    await trail.act(f"{path}/undo", buyer.id, place, **who)
    await trail.act(f"{path}/price", buyer.id, place, json={"amount": 9900}, **who)
    await trail.act(f"{path}/pause", buyer.id, place, json={"months": 1}, **who)
    await trail.act(f"{path}/undo", buyer.id, place, **who)
    quote = await trail.client.get(
        f"/market/subscriptions/{place['subscription_id']}/change?tier=enterprise", **who
    )
    figures = {name: quote.json()[name] for name in ("tier", "charge", "at")}
    await trail.act(f"{path}/change", buyer.id, place, json=figures, **who)
    await trail.act(f"{path}/cooling-off", buyer.id, place, **who)
    actor, headers = await market.operator()
    coupon = {"code": "SPRING", "percent": 25}
    made = await trail.act("POST /market/coupons", actor.id, headers=headers, json=coupon)
    await trail.act(
        "POST /market/coupons/{coupon_id}/stop",
        actor.id,
        {"coupon_id": made["id"]},
        headers=headers,
    )


async def _free_tier(
    trail: Trail, market: Market, listing_id: str, creator: str, headers: dict[str, str]
) -> None:
    """Opened, followed, left, closed."""
    path, place = "/market/listings/{listing_id}", {"listing_id": listing_id}
    follower = await market.buyer()
    await trail.act(f"PUT {path}/free", creator, place, headers=headers, json={"delay_hours": 72})
    await trail.act(f"POST {path}/follow", follower.id, place, headers=follower.headers)
    await trail.act(f"POST {path}/unfollow", follower.id, place, headers=follower.headers)
    await trail.act(f"DELETE {path}/free", creator, place, headers=headers)


async def _operation(
    trail: Trail, market: Market, listing_id: str, operator: dict[str, str]
) -> None:
    await trail.act(
        "POST /market/listings/{listing_id}/take-down", None, {"listing_id": listing_id},
        headers=operator, json=REASON,
    )  # fmt: skip
    author, owner, headers = await market.creator()
    other = await market.listed(author=author, actor=owner)
    await trail.act(
        "POST /market/listings/{listing_id}/delist", owner.id, {"listing_id": other.id},
        headers=headers,
    )  # fmt: skip
    async with market.db.transaction() as tx:
        fact_id = await tx.fetchval("select max(id) from fact")
        await tx.execute(
            "insert into reaction (fact_id, handler, position, key, state) values ($1, 'a.b', 9, 'k', 'dead')",
            fact_id,
        )  # fmt: skip
    place = {"fact_id": fact_id, "handler": "a.b"}
    await trail.act("POST /dead-letters/{fact_id}/{handler}/replay", None, place, headers=operator)
    await trail.act("POST /tape", None, headers=operator, json={"speed": "60x"})
