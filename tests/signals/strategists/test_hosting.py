"""The arena decides for feeds by their owners' code: begun with their word, ended with the key, the same after a crash,
and what one of them does hurts no other."""

import os
import signal
from collections.abc import AsyncIterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import httpx
import pytest

from arena.evidence import audit
from arena.kit.db import Database
from arena.kit.mail import choose_mail
from arena.kit.outbox import drain
from arena.kit.settings import Settings
from arena.people import identity
from arena.people.access import Actor, Post
from arena.signals import feeds, lab
from arena.signals.feeds import Signal
from arena.signals.lab import sources
from arena.signals.lab.own import Source
from arena.signals.strategists import hosting
from arena.signals.strategists.hosting.begin import hosting_key
from arena.signals.strategists.hosting.routes import routes
from tests.http import make_client, person
from tests.people.signer import Signer
from tests.signals.lab.own.stage import CROSS, children, honest, written
from tests.signals.stage import DOCUMENTS, Author, Stage
from tests.signals.strategists import patient_feed_child
from tests.signals.strategists.hosted_sources import sent

STEPS = 160
ROOT = Path(__file__).parents[3]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"host_strategies": True, "hosted_feeds_max": 2})


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Strategies that do not spin have as long for a bar as a busy machine may take."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("arena.signals.strategists.hosting.desk.CHILD", patient_feed_child.__name__)


async def owned_feed(
    stage: Stage, source: Source, *, passed: bool = True, interval_s: int = 900
) -> Author:
    """A collective whose feed goes by this code, which it has sent."""
    author = await stage.author()
    await sent(stage.db, stage.settings, author.collective.id, source, passed=passed)
    documents = {
        **DOCUMENTS,
        "pack": {**DOCUMENTS["pack"], "interval_s": interval_s},
        "model_config": {
            "model": "own", "kind": "own", "parameters": {"bars": 5}, "code_version": source.code_sha,
        },
    }  # fmt: skip
    async with stage.db.transaction() as tx:
        shas = {
            f"{kind}_sha": await lab.register_document(tx, kind, body)
            for kind, body in documents.items()
        }
        author.feed = await feeds.set_lineage(
            tx, author.feed.id, await lab.declared(tx, shas), actor=author.actor
        )
    return author


async def begun(stage: Stage, author: Author) -> hosting.Hosting:
    async with stage.db.transaction() as tx:
        return await hosting.begin_hosting(tx, stage.settings, author.feed.id, actor=author.actor)


async def now_of(stage: Stage, author: Author) -> hosting.Hosting:
    async with stage.db.transaction(readonly=True) as tx:
        return await hosting.newest_hosting(tx, author.feed.id)


async def play(stage: Stage, desk: hosting.HostingDesk, count: int) -> list[Signal]:
    published = []
    for _ in range(count):
        await stage.play(1)
        published += await desk.decide(stage.now)
        await drain(stage.db)
    return published


async def test_it_begins_with_a_key_of_its_own_beside_the_owners(stage: Stage) -> None:
    author = await owned_feed(stage, honest())
    made = await begun(stage, author)
    assert await begun(stage, author) == made
    async with stage.db.transaction(readonly=True) as tx:
        keys = {key.id: key for key in await identity.keys(tx, author.collective.id)}
        assert keys[made.key_id].public_key == hosting_key(stage.settings, made.id).public
        assert len(keys) == 2
        (act,) = await audit.search(tx, object=author.feed.id, action="hosting.begin")
    assert (act.actor, act.detail["key"]) == (author.collective.id, made.key_id)
    async with stage.db.transaction() as tx:
        with pytest.raises(sources.SourceInUse):
            await sources.delete_source(tx, author.collective.id, honest().code_sha)


async def test_it_begins_only_where_all_is_right(stage: Stage) -> None:
    by_hand = await stage.author()
    with pytest.raises(hosting.CannotHostNow, match="no worker"):
        await begun(stage, by_hand)
    async with stage.db.transaction() as tx:
        await hosting.note_hosting(tx, is_on=True, works=True)
    with pytest.raises(hosting.NotAnOwnModel):
        await begun(stage, by_hand)
    unchecked = await owned_feed(stage, honest(), passed=False)
    with pytest.raises(sources.SourceNotPassed, match="is waiting"):
        await begun(stage, unchecked)
    hourly = await owned_feed(stage, honest(), interval_s=3600)
    with pytest.raises(hosting.OtherInterval, match="3600 s, and this arena plays bars of 900 s"):
        await begun(stage, hourly)
    good = await owned_feed(stage, written(CROSS))
    async with stage.db.transaction() as tx:
        with pytest.raises(feeds.NotYourFeed):
            await hosting.begin_hosting(
                tx, stage.settings, good.feed.id, actor=Actor("person", "usr_stranger")
            )
        off = stage.settings.model_copy(update={"host_strategies": False})
        with pytest.raises(sources.HostingOff):
            await hosting.begin_hosting(tx, off, good.feed.id, actor=good.actor)
        await hosting.note_hosting(tx, is_on=True, works=False, why="there are no walls")
        with pytest.raises(hosting.CannotHostNow, match="there are no walls"):
            await hosting.begin_hosting(tx, stage.settings, good.feed.id, actor=good.actor)


async def test_the_operator_says_how_many(stage: Stage) -> None:
    stage.settings.hosted_feeds_max = 0
    author = await owned_feed(stage, honest())
    with pytest.raises(hosting.TooManyHosted, match="0 feeds"):
        await begun(stage, author)


async def test_it_ends_with_its_key_and_with_another_lineage(stage: Stage) -> None:
    desk = hosting.HostingDesk(stage.db, stage.settings)
    await stage.play(1)
    stage.settings.hosted_feeds_max = 3
    first, second = await owned_feed(stage, honest()), await owned_feed(stage, written(CROSS))
    third = await owned_feed(stage, written("return None"))
    made = await begun(stage, first)
    await begun(stage, third)
    await begun(stage, second)
    async with stage.db.transaction() as tx:
        await identity.revoke_key(tx, first.collective.id, made.key_id, by=first.collective.id)
        shas = {
            f"{kind}_sha": await lab.register_document(tx, kind, body)
            for kind, body in DOCUMENTS.items()
        }
        await feeds.set_lineage(
            tx, second.feed.id, await lab.declared(tx, shas), actor=second.actor
        )
        await feeds.close_feed(tx, third.feed.id, actor=third.actor)
    assert await play(stage, desk, 1) == []
    for author, why in (
        (first, "was revoked"), (second, "another lineage"), (third, "was closed"),
    ):  # fmt: skip
        ended = await now_of(stage, author)
        assert ended.status is hosting.HostingStatus.STOPPED
        assert why in (ended.why or "")
    async with stage.db.transaction(readonly=True) as tx:
        keys = await identity.keys(tx, second.collective.id)
    assert [key.revoked_at is None for key in keys] == [True, False]


@pytest.mark.slow
async def test_it_decides_as_at_home_and_the_same_after_every_crash(
    stage: Stage, patient: None
) -> None:
    from arena.signals.lab.at_work import AtWork
    from arena.signals.lab.own import load_source

    source = honest()
    await stage.play(40)
    author = await owned_feed(stage, source)
    made = await begun(stage, author)
    desk = hosting.HostingDesk(stage.db, stage.settings)
    begins = stage.now
    try:
        published = await play(stage, desk, STEPS // 2)
        for process in children():
            if b"feed_child" in Path(f"/proc/{process}/cmdline").read_bytes():
                os.kill(process, signal.SIGKILL)
        published += await play(stage, desk, STEPS // 2)
        assert await desk.decide(stage.now) == []
    finally:
        await desk.close()
    assert len(published) >= 4
    assert {signal.terms.key_id for signal in published} == {made.key_id}
    async with stage.db.transaction(readonly=True) as tx:
        assert (await feeds.check_chain(tx, author.feed.id)).faults == ()
        rows = await tx.fetch(
            "select open_at, open, high, low, close, volume from candle where symbol = $1 order by open_at",
            stage.symbol,
        )
        from arena.kit.clock import to_ms
        from arena.trading.market import instrument

        traded = await instrument(tx, stage.symbol)
    home = AtWork(load_source(source), {"bars": 5}, traded, interval_s=900, begins_ms=to_ms(begins))
    weights = []
    for row in rows:
        before = home.weight
        home.take([(to_ms(row["open_at"]), *(float(value) for value in list(row)[1:]))])  # type: ignore[list-item]  # six numbers
        if home.weight != before:
            weights.append(home.weight)
    assert [signal.terms.target_weight for signal in published] == weights
    found = await now_of(stage, author)
    assert (found.decisions, found.failures) == (STEPS, 0)
    assert found.memory_kb > 1_000


@pytest.mark.slow
async def test_one_that_fails_is_given_up_and_others_go_on(stage: Stage, patient: None) -> None:
    await stage.play(40)
    good = await owned_feed(stage, honest())
    bad = await owned_feed(stage, written(patient_feed_child.SPINS))
    await begun(stage, good)
    made = await begun(stage, bad)
    desk = hosting.HostingDesk(stage.db, stage.settings)
    try:
        published = await play(stage, desk, 60)
    finally:
        await desk.close()
    assert {signal.feed_id for signal in published} == {good.feed.id}
    assert (await now_of(stage, good)).decisions == 60
    ended = await now_of(stage, bad)
    assert ended.status is hosting.HostingStatus.FAILED
    assert ended.why == "Its strategy failed at 3 bars in a row."
    async with stage.db.transaction(readonly=True) as tx:
        reports = (await sources.source_by_id(tx, made.source_id)).reports
        told = await tx.fetchval("select count(*) from fact where kind = 'HostingFailed'")
    assert [one.kind for one in reports].count("feed") == 3
    assert "took longer than" in reports[-1].lines[0].words
    assert told == 1


async def test_the_owner_of_one_that_was_given_up_gets_a_letter(stage: Stage) -> None:
    author = await owned_feed(stage, honest())
    owner_id, _ = await person(stage.db, "creator", name="ada")
    async with stage.db.transaction() as tx:
        made = await hosting.begin_hosting(tx, stage.settings, author.feed.id, actor=author.actor)
        await tx.execute("update collective set owner_id = $1", owner_id)
    fact = hosting.HostingFailed(made.id, author.feed.id)
    post = Post(choose_mail(stage.settings.home, None, None), stage.settings)
    for _ in range(2):  # it is delivered at least once
        async with stage.db.transaction() as tx:
            await hosting.send_hosting_failed(tx, fact, post=post)
    (letter,) = (stage.settings.home / "mail").rglob("*.eml")
    text = message_from_bytes(letter.read_bytes(), policy=default)
    assert text["to"] == "ada@example.org"
    body = text.get_body(("plain",))
    assert body is not None
    assert "/studio/lab/sources" in body.get_content()


@pytest.fixture
async def client(db: Database, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with make_client(db, settings, routes) as made:
        yield made


async def test_over_http_its_owner_begins_and_an_operator_may_stop_it(
    stage: Stage, client: httpx.AsyncClient
) -> None:
    author = await owned_feed(stage, honest())
    signer = Signer(bytes([1]) * 32)
    path = f"/feeds/{author.feed.id}/hosting"
    answer = await client.post(path, auth=signer.auth())
    assert answer.status_code == 201, answer.text
    assert answer.json()["status"] == "running"
    assert (await client.get(path, auth=signer.auth())).json() == answer.json()
    _, stranger = await person(stage.db)
    assert (await client.get(path, headers=stranger)).status_code == 404
    key = {"Idempotency-Key": "stop-it-now-1"}
    refused = await client.post(f"{path}/stop", headers={**stranger, **key}, json={})
    assert refused.status_code == 403
    _, operator = await person(stage.db, "operator")
    listed = (await client.get("/hosting", headers=operator)).json()["data"]
    assert [one["feed_id"] for one in listed] == [author.feed.id]
    stopped = await client.post(
        f"{path}/stop", headers={**operator, **key}, json={"reason": "Too heavy."}
    )
    assert (stopped.json()["status"], stopped.json()["why"]) == ("stopped", "Too heavy.")
    async with stage.db.transaction(readonly=True) as tx:
        (act,) = await audit.search(tx, object=author.feed.id, action="hosting.end")
    assert act.reason == "Too heavy."
