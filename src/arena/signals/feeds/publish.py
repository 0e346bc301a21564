"""Publishes a signal: checks it whole, chains it, logs its commitment, tells of it, in one transaction."""

from arena.evidence import audit, log
from arena.kit.clock import iso_ms
from arena.kit.db import Tx
from arena.kit.settings import Settings
from arena.kit.signing import verifies
from arena.people.access import Actor
from arena.people.identity import active_key
from arena.signals.feeds import store
from arena.signals.feeds.model import (
    Backdated,
    BadSignal,
    BadSignature,
    ChainBroken,
    Feed,
    FeedClosed,
    LineageUnknown,
    NoSuchFeed,
    NotYourFeed,
    SequenceGap,
    Signal,
    SignalFromTheFuture,
    SignalPublished,
    SignalTooOld,
    SignedSignal,
    Terms,
    ValidityEndsTooEarly,
    WrongInstrument,
    WrongKey,
)
from arena.signals.feeds.seal import LOG_KIND, log_entry, salt_of, signal_id
from arena.signals.feeds.store import Intake
from arena.signals.feeds.tolerance import tolerance_s
from arena.trading.market import instrument
from arena.trading.venues import whole_ms


async def publish(
    tx: Tx,
    signed: SignedSignal,
    *,
    actor: Actor,
    settings: Settings,
    request_id: str | None = None,
) -> Signal:
    """The published signal. Publishing the very same signal again returns the first, changing nothing.

    Raises NoSuchFeed, NotYourFeed, FeedClosed, WrongKey, BadSignature, SequenceGap, ChainBroken,
    SignalTooOld, SignalFromTheFuture, Backdated, ValidityEndsTooEarly, UnknownInstrument,
    WrongInstrument, LineageUnknown, BadSignal.
    """
    terms = signed.terms
    intake = await store.hold(tx, terms.feed_id)
    if intake is None:
        raise NoSuchFeed(feed=terms.feed_id)
    feed = intake.feed
    if actor.kind != "system" and actor.id != feed.collective_id:
        raise NotYourFeed(feed=feed.id)
    tx.now = whole_ms(intake.now)  # what goes into the log is what the record is computed from
    if terms.sequence <= feed.last_sequence:
        first = await store.signal(tx, feed.id, terms.sequence)
        if first is not None and (first.hash, first.signature) == (signed.hash, signed.signature):
            return first
    if feed.status == "closed":
        raise FeedClosed(feed=feed.id)
    await _check_signature(tx, signed, feed)
    _check_chain(signed, feed)
    _check_times(terms, intake, settings)
    await _check_content(tx, terms, intake)
    return await _keep(tx, signed, actor=actor, settings=settings, request_id=request_id)


async def _keep(
    tx: Tx, signed: SignedSignal, *, actor: Actor, settings: Settings, request_id: str | None
) -> Signal:
    """All that follows from a good signal. The log comes late, since its lock is everybody's."""
    terms = signed.terms
    salt = salt_of(settings.vault, signed.hash)
    entry = log_entry(
        body=signed.body, canonical=signed.canonical, salt=salt, received_at=tx.now
    )  # fmt: skip
    await tx.record(SignalPublished(terms.feed_id, terms.sequence, terms.id, terms.issued_at))
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="feeds.publish", object=terms.id,
        detail={"feed": terms.feed_id, "sequence": terms.sequence, "hash": signed.hash},
        reason=None, request_id=request_id,
    )  # fmt: skip
    index = await log.append(tx, kind=LOG_KIND, reference=terms.id, entry=entry)
    signal = Signal(terms, signed.body, signed.signature, signed.hash, salt, index, tx.now)
    await store.insert_signal(tx, signal)
    tx.tell(f"signal:{terms.feed_id}:{terms.sequence}")
    return signal


async def _check_signature(tx: Tx, signed: SignedSignal, feed: Feed) -> None:
    key = await active_key(tx, signed.terms.key_id, tx.now)
    if key is None or key.collective_id != feed.collective_id:
        raise WrongKey(key=signed.terms.key_id)
    if not verifies(key.public_key, signed.canonical, signed.signature):
        raise BadSignature


def _check_chain(signed: SignedSignal, feed: Feed) -> None:
    terms = signed.terms
    if terms.sequence != feed.last_sequence + 1:
        raise SequenceGap(expected=feed.last_sequence + 1, got=terms.sequence)
    if terms.previous_hash != feed.last_hash:
        raise ChainBroken(expected=feed.last_hash)
    if terms.id != signal_id(feed.id, terms.sequence):
        raise _bad("/id", f"must be {signal_id(feed.id, terms.sequence)}")


def _check_times(terms: Terms, intake: Intake, settings: Settings) -> None:
    previous = intake.feed.last_issued_at
    if previous is not None and terms.issued_at < previous:
        raise Backdated(previous=iso_ms(previous))
    late_s, early_s = tolerance_s(
        setting_s=settings.signal_tolerance_s, speed=intake.speed, interval_s=intake.interval_s
    )
    age_s = (intake.now - terms.issued_at).total_seconds()
    if age_s > late_s:
        raise SignalTooOld(tolerance_s=late_s, now=iso_ms(intake.now))
    if -age_s > early_s:
        raise SignalFromTheFuture(tolerance_s=early_s, now=iso_ms(intake.now))
    if terms.valid_until <= terms.issued_at:
        raise ValidityEndsTooEarly


async def _check_content(tx: Tx, terms: Terms, intake: Intake) -> None:
    feed = intake.feed
    if terms.instrument != feed.instrument:
        await instrument(tx, terms.instrument)
        raise WrongInstrument(feed=feed.id, expected=feed.instrument, got=terms.instrument)
    declared = feed.lineage.as_dict()
    for field, sha in terms.lineage.as_dict().items():
        if sha != declared[field]:
            raise LineageUnknown(field=field, sha=sha)
    prices = (
        ("limit_price", terms.limit_price),
        ("stop_price", terms.stop_price),
        ("take_profit_price", terms.take_profit_price),
    )
    for name, price in prices:
        if price is not None and price % intake.tick != 0:
            raise _bad(f"/{name}", f"must be a multiple of the tick, {intake.tick:f}")


def _bad(pointer: str, detail: str) -> BadSignal:
    return BadSignal(errors=[{"pointer": pointer, "detail": detail}])
