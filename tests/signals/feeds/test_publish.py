"""The intake of signals: each refusal by its name, each good signal once and whole."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from arena.evidence import audit, log
from arena.kit.canonical import canonical_json, sha256_hex
from arena.kit.clock import iso_ms
from arena.kit.errors import ArenaError
from arena.kit.signing import SigningKey, to_base64
from arena.people.access import Actor
from arena.people.identity import add_key, key_id_of, revoke_key
from arena.signals import feeds, lab
from arena.signals.feeds import expected_entry
from arena.trading.market import UnknownInstrument, set_speed
from tests.signals.stage import Author, Stage


@pytest.fixture
async def author(stage: Stage) -> Author:
    """A collective with a feed, on a tape that has played four bars."""
    await stage.play(4)
    return await stage.author()


async def refusal(author: Author, kind: type[ArenaError], **changes: Any) -> ArenaError:
    """Publishing the next signal with these changes is refused so, and leaves nothing behind."""
    before = await traces(author.stage)
    with pytest.raises(kind) as refused:
        await author.publish(**changes)
    assert await traces(author.stage) == before
    return refused.value


async def traces(stage: Stage) -> list[Any]:
    async with stage.db.transaction(readonly=True) as tx:
        rows = await tx.fetch(
            """select (select count(*) from signal), (select count(*) from fact), (select size from log_head),
                      (select count(*) from audit_event), (select sum(last_sequence) from feed)"""
        )
    return list(rows[0])


async def test_a_good_signal_is_kept_chained_logged_audited_and_told_of(author: Author) -> None:
    stage = author.stage
    told: list[str] = []
    stage.db.publish = told.extend
    first = await author.publish()
    second = await author.publish()
    assert second.terms.previous_hash == first.hash == sha256_hex(canonical_json(first.body))
    assert f"signal:{author.feed.id}:1" in told
    async with stage.db.transaction(readonly=True) as tx:
        feed = await feeds.feed(tx, author.feed.id)
        assert (feed.last_sequence, feed.last_hash) == (2, second.hash)
        leaf = await log.leaf(tx, second.log_index)
        assert leaf.entry == expected_entry(second)
        assert b"rationale" not in leaf.entry
        assert [await feeds.signal(tx, feed.id, 2)] == [second]
        assert await feeds.signals(tx, feed.id) == [first, second]
        assert await feeds.signals(tx, feed.id, issued_before=first.issued_at) == []
        acts = await audit.search(tx, action="feeds.publish")
        assert [act.object for act in acts] == [second.id, first.id]
        facts = await tx.fetch("select key, body from fact where kind = 'SignalPublished'")
        assert [fact["body"]["sequence"] for fact in facts] == [1, 2]


async def test_the_same_signal_again_returns_the_first(author: Author) -> None:
    signed = await author.signed()
    first = await author.publish(signed)
    before = await traces(author.stage)
    await author.stage.play(8)
    assert await author.publish(signed) == first
    assert (await traces(author.stage))[0] == before[0]


async def test_another_signal_in_a_taken_place_is_a_gap(author: Author) -> None:
    other = await author.signed(rationale="Something else.")
    await author.publish()
    with pytest.raises(feeds.SequenceGap) as refused:
        await author.publish(other)
    assert refused.value.facts == {"expected": 2, "got": 1}


async def test_a_gap_in_the_sequence_is_refused(author: Author) -> None:
    error = await refusal(
        author, feeds.SequenceGap, sequence=3, id=feeds.signal_id(author.feed.id, 3)
    )
    assert error.facts == {"expected": 1, "got": 3}


async def test_a_broken_chain_is_refused(author: Author) -> None:
    await author.publish()
    await refusal(author, feeds.ChainBroken, previous_hash="0" * 64)


async def test_an_id_that_does_not_follow_from_feed_and_sequence_is_refused(author: Author) -> None:
    error = await refusal(author, feeds.BadSignal, id=feeds.signal_id(author.feed.id, 7))
    assert "must be sig_" in str(error.facts["errors"])


async def test_a_signature_by_another_key_is_refused(author: Author) -> None:
    other = await author.stage.author()
    await refusal(author, feeds.WrongKey, key_id=key_id_of(other.key.public))
    await refusal(author, feeds.WrongKey, key_id=key_id_of(bytes(32)))
    author.key, right = other.key, author.key
    await refusal(author, feeds.BadSignature, key_id=key_id_of(right.public))


async def test_a_revoked_key_signs_no_more_and_an_added_one_does(author: Author) -> None:
    stage, old, new = author.stage, author.key, SigningKey(bytes([99]) * 32)
    async with stage.db.transaction() as tx:
        await add_key(tx, author.collective.id, new.public, by=author.collective.id)
        await revoke_key(tx, author.collective.id, key_id_of(old.public), by=author.collective.id)
    await refusal(author, feeds.WrongKey)
    author.key = new
    await author.publish()


async def test_another_collective_may_not_publish_to_the_feed(author: Author) -> None:
    author.actor = Actor("collective", (await author.stage.author()).collective.id)
    await refusal(author, feeds.NotYourFeed)


async def test_an_unknown_feed_is_refused(author: Author) -> None:
    signed = await author.signed(feed_id="fd_" + "0" * 26)
    with pytest.raises(feeds.NoSuchFeed):
        await author.publish(signed)


async def test_a_closed_feed_takes_no_more_but_repeats(author: Author) -> None:
    signed = await author.signed()
    first = await author.publish(signed)
    async with author.stage.db.transaction() as tx:
        await feeds.close_feed(tx, author.feed.id, actor=author.actor)
    await refusal(author, feeds.FeedClosed)
    assert await author.publish(signed) == first


async def test_backdating_is_refused(author: Author) -> None:
    await author.publish()
    before = author.stage.now - timedelta(milliseconds=1)
    error = await refusal(author, feeds.Backdated, issued_at=before)
    assert error.facts["previous"] == iso_ms(author.stage.now)


async def test_times_outside_the_tolerance_are_refused(author: Author) -> None:
    now, stage = author.stage.now, author.stage
    async with stage.db.transaction() as tx:
        await set_speed(tx, "1x")
    late, early = timedelta(seconds=910), timedelta(seconds=910)  # ten seconds and one bar
    ms = timedelta(milliseconds=1)
    await refusal(author, feeds.SignalTooOld, issued_at=now - late - ms)
    await refusal(
        author, feeds.SignalFromTheFuture, issued_at=now + early + ms,
        valid_until=now + 2 * early,
    )  # fmt: skip
    await author.publish(issued_at=now - late)
    await author.publish(issued_at=now + early, valid_until=now + 2 * early)


async def test_a_signal_that_is_never_valid_is_refused(author: Author) -> None:
    await refusal(author, feeds.ValidityEndsTooEarly, valid_until=author.stage.now)


async def test_unknown_and_wrong_instruments_are_refused(author: Author) -> None:
    await refusal(author, UnknownInstrument, instrument="DOGE-USD")
    async with author.stage.db.transaction() as tx:
        await tx.execute(
            """insert into instrument select 'ETH-USD', 'ETH', quote, tick, step, notional_min, status, source
               from instrument"""
        )
    await refusal(author, feeds.WrongInstrument, instrument="ETH-USD")


async def test_a_lineage_that_was_not_declared_is_refused(author: Author) -> None:
    lineage = replace(author.feed.lineage, policy_sha="f" * 64)
    error = await refusal(author, feeds.LineageUnknown, lineage=lineage)
    assert error.facts["field"] == "policy_sha"


async def test_a_signal_of_the_lineage_before_the_last_change_is_refused(author: Author) -> None:
    old = author.feed.lineage
    async with author.stage.db.transaction() as tx:
        body = {"model": "by hand", "parameters": {"steadier": 1}}
        sha = await lab.register_document(tx, "model_config", body)
        new = replace(old, model_config_sha=sha)
        await feeds.set_lineage(tx, author.feed.id, new, actor=author.actor)
    error = await refusal(author, feeds.LineageUnknown, lineage=old)
    assert error.facts["field"] == "model_config_sha"
    assert (await author.publish()).terms.lineage == new


@pytest.mark.parametrize("name", ["limit_price", "stop_price", "take_profit_price"])
async def test_prices_off_the_tick_are_refused(author: Author, name: str) -> None:
    error = await refusal(author, feeds.BadSignal, **{name: Decimal("100.005")})
    assert f"/{name}" in str(error.facts["errors"])


async def test_of_publishers_racing_for_a_place_one_wins(author: Author) -> None:
    signed = [await author.signed(rationale=f"Racer {number}.") for number in range(8)]
    done = await asyncio.gather(*(author.publish(one) for one in signed), return_exceptions=True)
    assert sum(isinstance(one, feeds.Signal) for one in done) == 1
    assert sum(isinstance(one, feeds.SequenceGap) for one in done) == 7


async def test_repeats_racing_each_other_all_get_the_first(author: Author) -> None:
    signed = await author.signed()
    done = await asyncio.gather(*(author.publish(signed) for _ in range(8)))
    assert all(one == done[0] for one in done)


async def test_a_crash_in_the_transaction_leaves_nothing_and_the_retry_everything(
    author: Author,
) -> None:
    signed, stage = await author.signed(), author.stage
    before = await traces(stage)
    with pytest.raises(RuntimeError, match="power cut"):
        async with stage.db.transaction() as tx:
            await feeds.publish(tx, signed, actor=author.actor, settings=stage.settings)
            raise RuntimeError("power cut")
    assert await traces(stage) == before
    await author.publish(signed)
    async with stage.db.transaction(readonly=True) as tx:
        assert (await feeds.check_chain(tx, author.feed.id)).holds


async def test_publishing_takes_few_statements(author: Author) -> None:
    """What a publication costs in round trips, the transaction's own begin and commit apart."""
    signed, stage = await author.signed(), author.stage
    async with stage.db.transaction() as tx:
        inner, count = tx._connection, 0

        class Counting:
            def __getattr__(self, name: str) -> Any:
                nonlocal count
                if name in ("fetch", "fetchrow", "fetchval", "execute", "executemany"):
                    count += 1
                return getattr(inner, name)

        tx._connection = Counting()
        await feeds.publish(tx, signed, actor=author.actor, settings=stage.settings)
    assert count <= 8


HEX = st.text("0123456789abcdef", min_size=64, max_size=64)
MUTATIONS = {
    "version": st.sampled_from(["0", "2", ""]),
    "id": st.from_regex(r"sig_[0-9a-z]{26}", fullmatch=True),
    "feed": st.from_regex(r"fd_[0-9a-z]{26}", fullmatch=True),
    "sequence": st.integers(-1, 2**53 - 1).filter(lambda n: n != 1),
    "issued_at": st.datetimes().map(lambda t: t.strftime("20%y-%m-%dT%H:%M:%S.123Z")),
    "valid_until": st.datetimes().map(lambda t: t.strftime("20%y-%m-%dT%H:%M:%S.123Z")),
    "instrument": st.from_regex(r"[A-Z]{3,5}-[A-Z]{3}", fullmatch=True),
    "action": st.sampled_from(["open", "increase", "reduce", "close", "short", ""]),
    "target_weight": st.decimals(-2, 2, places=7).map(lambda d: format(d, "f")),
    "limit_price": st.decimals(-1, 10**6, places=3).map(lambda d: format(d, "f")),
    "stop_price": st.decimals(-1, 10**6, places=3).map(lambda d: format(d, "f")),
    "take_profit_price": st.decimals(-1, 10**6, places=3).map(lambda d: format(d, "f")),
    "confidence": st.decimals(-2, 2, places=7).map(lambda d: format(d, "f")),
    "rationale": st.text(max_size=3000),
    "lineage": st.fixed_dictionaries({"pack_sha": HEX, "indicator_set_sha": HEX,
                                      "model_config_sha": HEX, "policy_sha": HEX}),
    "previous_hash": HEX,
    "key_id": st.from_regex(r"key_[0-9a-z]{26}", fullmatch=True),
}  # fmt: skip


@hypothesis_settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
async def test_a_mutated_signal_is_refused_by_name_and_leaves_nothing(
    author: Author, data: st.DataObject
) -> None:
    """Changed after signing: always refused. Changed before: refused by name, or good and taken back."""
    stage = author.stage
    original = await author.signed()
    field = data.draw(st.sampled_from(sorted(MUTATIONS)))
    body = {**original.body, field: data.draw(MUTATIONS[field])}
    if body == original.body:
        return
    before = await traces(stage)
    with pytest.raises(ArenaError) as refused:
        await author.publish(feeds.read_signed(body, to_base64(original.signature)))
    assert refused.value.status < 500
    assert await traces(stage) == before
    assert await outcome_of(author, body) in ("good", "refused")
    assert await traces(stage) == before


async def outcome_of(author: Author, body: dict[str, Any]) -> str:
    """What becomes of the body signed as it is; nothing of it stays."""
    stage = author.stage
    signature = to_base64(author.key.sign(canonical_json(body)))
    try:
        signed = feeds.read_signed(body, signature)
        async with stage.db.transaction() as tx:
            await feeds.publish(tx, signed, actor=author.actor, settings=stage.settings)
            raise Undo
    except Undo:
        return "good"
    except ArenaError as refused:
        return "refused" if refused.status < 500 else refused.code()


class Undo(Exception):
    """The test has seen enough; the transaction is taken back."""
