"""Send what is reserved, and find out what became of what was sent.

tx 1   the payout is `in_transit`: the intent is written, its id is the gateway's key
no tx  the gateway is called; a crash here leaves `in_transit`, which the next run heals by asking with the same key
tx 2   settle: what was set aside moves, arrives, or is free again
"""

from collections.abc import Mapping, Sequence

import structlog

from arena.kit.db import Database
from arena.kit.errors import ArenaError
from arena.kit.vault import Vault
from arena.money import billing, ledger
from arena.money.payouts import papers, steps, store
from arena.money.payouts.connect import StripePayouts
from arena.money.payouts.gates import closed_gates
from arena.money.payouts.model import (
    AccountSwapped,
    Payout,
    PayoutGateway,
    PayoutGatewayUnavailable,
    State,
)
from arena.money.payouts.request import tell, there
from arena.money.payouts.settle import settle
from arena.people.access import SYSTEM

log = structlog.get_logger()
BATCH = 200
QUICK_S = 20.0
SLOW_S = 3600.0


async def send_due(
    db: Database,
    vault: Vault,
    gateways: Mapping[str, PayoutGateway],
    *,
    identity_check: str = "manual",
) -> int:
    """Sends what is reserved and asks after what is in transit; how many payouts moved. Safe to run twice or late.
    Those that go by steps are asked after by `heal_payouts`.

    `identity_check` is the setting of that name; unsaid, the stricter one holds. Gateways do not wait for each other,
    and what cannot go waits beside the others, not before them."""
    moved = 0
    # In this order: what is sent now is asked after next time.
    states: tuple[State, ...] = ("in_transit", "reserved")
    for state in states:
        async with db.transaction(readonly=True) as tx:
            names = await store.gateways_of(tx, state)
        for name in names:
            if state == "in_transit" and isinstance(gateways.get(name), StripePayouts):
                continue
            moved += await _all(db, vault, gateways, (state, name), identity_check=identity_check)
    return moved


async def _all(
    db: Database,
    vault: Vault,
    gateways: Mapping[str, PayoutGateway],
    what: tuple[State, str],
    *,
    identity_check: str,
) -> int:
    """Those in a state at a gateway, some at a time, until there are no more of them."""
    moved, silent = 0, set[str]()
    after: store.Place | None = None
    while what[1] not in silent:
        async with db.transaction(readonly=True) as tx:
            page = await store.waiting(tx, *what, after=after, limit=BATCH)
        if not page:
            break
        moved += await _each(
            db, vault, gateways, page, silent=silent, identity_check=identity_check
        )
        after = (page[-1].asked_at, page[-1].id)
    return moved


async def heal_payouts(
    db: Database,
    vault: Vault,
    gateways: Mapping[str, PayoutGateway],
    *,
    quick_s: float = QUICK_S,
    slow_s: float = SLOW_S,
) -> int:
    """The janitor of payouts that go by steps, by the wall clock: asks after those whose last step nobody saw end, and
    takes the next; how many moved. Both limits are seconds since they were looked at."""
    async with db.transaction(readonly=True) as tx:
        names = await steps.due(tx, quick_s=quick_s, slow_s=slow_s, limit=BATCH)
        waiting = [each for name in names if (each := await store.payout(tx, name)) is not None]
    return await _each(db, vault, gateways, waiting)


async def heed_bank(
    db: Database, vault: Vault, gateways: Mapping[str, PayoutGateway], account_id: str
) -> int:
    """A gateway told something of payouts from this connected account: they are asked after; how many moved.

    Raises GatewayUnavailable, so that what was told is heeded again later.
    """
    async with db.transaction(readonly=True) as tx:
        names = await steps.of_account(tx, account_id)
        waiting = [each for name in names if (each := await store.payout(tx, name)) is not None]
    moved = 0
    for each in waiting:
        try:
            now = await send_one(db, vault, gateways[each.gateway], each.id)
        except PayoutGatewayUnavailable as unknown:
            raise billing.GatewayUnavailable from unknown
        moved += now.state != each.state
    return moved


async def _each(
    db: Database,
    vault: Vault,
    gateways: Mapping[str, PayoutGateway],
    waiting: Sequence[Payout],
    *,
    silent: set[str] | None = None,
    identity_check: str = "manual",
) -> int:
    """How many moved; gateways that do not answer, or are not set up, are added to `silent` and not asked again."""
    moved, silent = 0, set[str]() if silent is None else silent
    for each in waiting:
        if each.gateway in silent:
            continue
        if each.gateway not in gateways:
            silent.add(each.gateway)
            log.error("no such payout gateway is set up; its payouts wait", gateway=each.gateway)
            continue
        try:
            now = await send_one(
                db, vault, gateways[each.gateway], each.id, identity_check=identity_check
            )
            moved += (now.state, now.accepted) != (each.state, each.accepted)
        except PayoutGatewayUnavailable:
            silent.add(each.gateway)
            log.warning("payout gateway does not answer; payouts wait", gateway=each.gateway)
        except ArenaError as refused:  # one that cannot go must not keep the others waiting
            log.error("a payout cannot be sent", payout=each.id, error=refused.detail)
    return moved


async def send_one(
    db: Database,
    vault: Vault,
    gateway: PayoutGateway,
    payout_id: str,
    *,
    identity_check: str = "manual",
) -> Payout:
    """The payout as it stands after asking the gateway; harmless to repeat. Raises PayoutGatewayUnavailable."""
    begun = await _begin(db, payout_id, identity_check)
    by_steps = isinstance(gateway, StripePayouts)
    if begun.state != "in_transit" and not (by_steps and begun.state == "paid"):
        return begun
    found = await gateway.find(payout_id)
    if found is None and not begun.accepted:
        async with db.transaction() as tx:
            # Where it goes was fixed with the request.
            destination = await papers.opened(tx, vault, begun.account_id)
        found = await gateway.send(payout_id, begun.amount, destination)
    if found is None:
        log.error("the payout gateway does not know a payout it had taken", payout=payout_id)
        return begun
    async with db.transaction() as tx:
        now = await settle(tx, payout_id, found)
    while isinstance(gateway, StripePayouts) and found is not None and found.state != "waits":
        found = await gateway.go_on(payout_id)
        if found is not None:
            async with db.transaction() as tx:
                now = await settle(tx, payout_id, found)
    return now


async def _begin(db: Database, payout_id: str, identity_check: str) -> Payout:
    """Writes the intent. A payee whose account has changed gets the money back; one with a gate closed waits."""
    async with db.transaction() as tx:
        found = await store.payout(tx, payout_id, lock=True)
        assert found is not None, f"no payout {payout_id}"
        if found.state != "reserved":
            return found
        account = (await store.papers(tx, found.person_id)).get("account")
        if account is None or account.id != found.account_id or account.state != "accepted":
            await ledger.release(tx, found.set_aside)
            await store.set_state(
                tx, payout_id, "cancelled", reason=AccountSwapped(payout_id=payout_id).detail
            )
            moved = await there(tx, payout_id)
            await tell(tx, moved, actor=SYSTEM, action="payouts.cancel")
            return moved
        closed = await closed_gates(tx, found, identity_check=identity_check)
        if closed:
            log.info("a payout waits", payout=payout_id, gates=[gate.name for gate in closed])
            return found
        await store.set_state(tx, payout_id, "in_transit")
        if found.gateway == StripePayouts.name:
            await steps.begin(tx, payout_id)
        moved = await there(tx, payout_id)
        await tell(tx, moved, actor=SYSTEM, action="payouts.send")
        return moved
