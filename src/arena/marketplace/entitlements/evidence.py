"""The evidence of a listing: what anyone needs to compute its record again on a machine of his own.

Everything is as of a horizon, which is the time of a mark. For who is entitled as pro, enterprise or owner,
and for operators, it is the last one. For all others it lies `PUBLIC_AFTER` back, at midnight: fills and
equity of the last days would give away the signals that are paid for. Up to the horizon nothing is held
back, salts included.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from arena.kit.clock import iso_ms, to_ms
from arena.kit.db import Tx
from arena.kit.errors import NotFound
from arena.kit.settings import Settings
from arena.kit.signing import to_base64
from arena.marketplace import listings
from arena.marketplace.entitlements.may import may
from arena.marketplace.entitlements.summary import Summary
from arena.people import identity
from arena.people.access import Actor
from arena.signals import feeds, following
from arena.trading import market, performance, portfolio, venues

PUBLIC_AFTER = timedelta(days=7)


class NoRecordYet(NotFound):
    """Listing {listing_id} has no record to show yet: for the public it begins seven days after the first midnight."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The part of a listing's record that a caller may see: up to `horizon`, which is the time of a mark. `right_id`
    is what a subscriber sees the newest of it by."""

    listing: listings.Listing
    feed: feeds.Feed
    horizon: datetime
    right_id: str | None = None


async def shown(tx: Tx, listing_id: str, actor: Actor) -> Shown:
    """Raises NoSuchListing, NoRecordYet."""
    found = await listings.visible(tx, listing_id, actor)
    feed = await feeds.feed(tx, found.feed_id)
    sees_all, right_id = await _sees_all(tx, actor, feed.id)
    bound = tx.now if sees_all else public_until(tx.now)
    marks = await performance.curve(tx, feed.account_id, bound, points=1)
    if not marks:
        raise NoRecordYet(listing_id=listing_id)
    return Shown(found, feed, marks[-1].at, right_id)


def public_until(now: datetime) -> datetime:
    """The last UTC midnight that lies `PUBLIC_AFTER` back: what the public sees moves once a day."""
    return (now - PUBLIC_AFTER).replace(hour=0, minute=0, second=0, microsecond=0)


async def evidence(
    tx: Tx, part: Shown, summary: Summary, *, page: tuple[int, int], settings: Settings
) -> dict[str, Any]:
    """Terms, keys, digest, metrics, and a page of signals: (after this sequence, at most so many)."""
    feed, horizon = part.feed, part.horizon
    after, limit = page
    reference = await portfolio.account(tx, feed.account_id)
    instrument = await market.instrument(tx, feed.instrument)
    tape = await market.tape(tx)
    rows = await feeds.signals(tx, feed.id, after=after, limit=limit + 1)
    due = [s for s in rows if s.received_at <= horizon]
    return {
        "listing_id": part.listing.id, "horizon": iso_ms(horizon), "horizon_ms": to_ms(horizon),
        "feed": {
            "id": feed.id, "collective_id": feed.collective_id, "account_id": feed.account_id,
            "instrument": feed.instrument, "lineage": feed.lineage.as_dict(),
            "opened_at": iso_ms(feed.opened_at), "last_sequence": feed.last_sequence,
        },
        "instrument": {
            "symbol": instrument.symbol, "base": instrument.base, "quote": instrument.quote,
            "tick": _plain(instrument.tick), "step": _plain(instrument.step),
            "notional_min": _plain(instrument.notional_min),
        },
        "rules": venues.Rules.from_settings(settings).document(),
        "interval_s": tape.interval_s, "pack_sha": tape.pack_sha,
        "opening_cash": _plain(reference.opening_cash), "quote": reference.quote,
        "opened_at": iso_ms(reference.opened_at),
        "keys": [
            {
                "id": key.id, "public_key": to_base64(key.public_key),
                "not_before": iso_ms(key.not_before), "not_after": _iso(key.not_after),
                "revoked_at": _iso(key.revoked_at),
            }
            for key in await identity.keys(tx, feed.collective_id)
        ],
        "record_sha": summary.record_sha, "metrics": summary.metrics, "fills": summary.fills,
        "marks": summary.marks,
        "starved": await _starved(tx, feed.account_id, horizon),
        "refused": [
            act.signal_id
            for act in await following.acts(tx, feed.account_id, outcome="refused")
            if act.at <= horizon
        ],
        "signals_due": await _due(tx, feed, horizon),
        "signals": [signal_json(s) for s in due[:limit]],
        "has_more": len(due) > limit,
        "next": due[limit - 1].sequence if len(due) > limit else None,
    }  # fmt: skip


def signal_json(signal: feeds.Signal) -> dict[str, Any]:
    """A signal as evidence: the JSON as signed, what checks it, and where the log commits to it."""
    return {
        "sequence": signal.sequence, "id": signal.id, "signal": signal.body,
        "signature": to_base64(signal.signature), "hash": signal.hash, "salt": signal.salt.hex(),
        "log_index": signal.log_index, "received_at": iso_ms(signal.received_at),
    }  # fmt: skip


async def _due(tx: Tx, feed: feeds.Feed, horizon: datetime) -> int:
    """How many signals belong to the record: the sequence of the last one that arrived by the horizon."""
    low, high = 0, feed.last_sequence
    while low < high:  # sequences have no gaps and arrive in order
        middle = (low + high + 1) // 2
        signal = await feeds.signal(tx, feed.id, middle)
        assert signal is not None, f"{feed.id} lacks signal {middle}"
        low, high = (middle, high) if signal.received_at <= horizon else (low, middle - 1)
    return low


async def _starved(tx: Tx, account_id: str, horizon: datetime) -> list[int]:
    """The opens, in ms, of the bars that had nothing left for an order of the account: what others took of a
    bar is known to the arena alone."""
    hungry = (await venues.starved(tx, account_id)).values()
    return sorted({to_ms(at) for opens in hungry for at in opens if at <= horizon})


async def _sees_all(tx: Tx, actor: Actor, feed_id: str) -> tuple[bool, str | None]:
    """Free and Basic are delayed tiers and see of the record what the public sees; so does a key that may not read
    signals, whoever it belongs to: the newest evidence holds the newest signals."""
    if actor.may("operate"):
        return True, None
    if not actor.may("signals:read"):
        return False, None
    decision = await may(tx, actor.id, feed_id, tier="pro")
    return decision.allowed, decision.right_id if decision.allowed else None


def _plain(value: object) -> str:
    return format(value, "f")


def _iso(at: datetime | None) -> str | None:
    return None if at is None else iso_ms(at)
