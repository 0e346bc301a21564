"""Own strategies in the studio, and who hosts what at the operator's: sent, checked, at work for a feed, stopped."""

import pytest
from playwright.async_api import Browser

from arena.kit.canonical import document_sha
from arena.people import identity
from arena.signals import feeds, lab
from arena.signals.lab import cards, sources
from arena.signals.lab.own import Source
from arena.signals.strategists import hosting
from tests.pages.looking import look_at
from tests.pages.reader import Reader, text_of
from tests.pages.submissions import author_in
from tests.signals.lab.cards.making import made_card
from tests.signals.lab.own.stage import honest, written
from tests.signals.stage import DOCUMENTS, Author
from tests.stories.house import House

HERE, DESK = "/studio/lab/sources", "/operator/hosting"


@pytest.fixture
def hosts(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """The house hosts strategies for this test."""
    monkeypatch.setattr(house.arena.settings, "host_strategies", True)
    return house


async def works(house: House, *, why: str = "") -> None:
    async with house.arena.db.transaction() as tx:
        await hosting.note_hosting(tx, is_on=True, works=not why, why=why)


async def kept(house: House, author: Author, source: Source, *lines: sources.Line) -> str:
    """Sent, and looked at with these lines."""
    outcome = "refused" if any(one.passed is False for one in lines) else "passed"
    async with house.arena.db.transaction() as tx:
        found = await sources.keep_source(
            tx, house.arena.settings, author.collective.id, source.text, source.class_name,
            file_name="calm_trend.py",
        )  # fmt: skip
        await sources.note_report(tx, found, "checks", outcome, lines)
    return found.sha


async def goes_by(house: House, author: Author, sha: str) -> None:
    """The author's feed has the lineage of that code."""
    async with house.arena.db.transaction(readonly=True) as tx:
        interval_s = await tx.fetchval("select interval_s from tape")
    config = {"model": "own", "kind": "own", "parameters": {"bars": 5}, "code_version": sha}
    pack = {**DOCUMENTS["pack"], "interval_s": interval_s}
    async with house.arena.db.transaction() as tx:
        shas = {
            f"{kind}_sha": await lab.register_document(tx, kind, body)
            for kind, body in {**DOCUMENTS, "pack": pack, "model_config": config}.items()
        }
        await feeds.set_lineage(
            tx, author.feed.id, await lab.declared(tx, shas), actor=author.actor
        )


async def test_where_nothing_is_hosted_the_page_says_what_to_do(
    house: House, reader: Reader, browser: Browser
) -> None:
    creator = await reader.sign_in("creator")
    said = text_of((await creator.get(HERE)).text)
    assert "This arena hosts no strategies" in said
    assert "Nothing is here" in said
    assert "Send a strategy" not in said
    await look_at(browser, house, HERE, "sources-off", cookies=creator.cookies)
    operator = await reader.sign_in("operator")
    assert "Hosting is off" in text_of((await operator.get(DESK)).text)


async def test_a_strategy_is_sent_as_a_file_under_the_hash_it_has_at_home(
    hosts: House, reader: Reader
) -> None:
    creator = await reader.sign_in("creator")
    author = await author_in(hosts, creator.person_id)
    await works(hosts)
    source = honest()
    form = {"collective": author.collective.id, "file": "\n" + source.text + "\n\n"}
    page = await creator.send(f"{HERE}/send", form, page=await creator.get(HERE))
    assert "waits for the checks" in text_of(page.text)
    async with hosts.arena.db.transaction() as tx:
        (found,) = await sources.sources_of(tx, creator.person_id)
        assert found.sha == Source("\n" + source.text + "\n\n", "Own").code_sha
    form["file"] = source.text + "\nclass Second:\n    pass\n"
    unsure = await creator.send(f"{HERE}/send", form, page=await creator.get(HERE))
    assert "Say which of its classes" in text_of(unsure.text)


async def test_checks_cards_and_troubles_are_shown_to_the_owner(
    hosts: House, reader: Reader, browser: Browser
) -> None:
    creator = await reader.sign_in("creator")
    author = await author_in(hosts, creator.person_id)
    await works(hosts)
    good = await kept(
        hosts, author, honest(), sources.Line("loads", True, "own: For tests."),
        sources.Line("look-ahead", True, "2,900 decisions stood in 13 runs with other futures."),
        sources.Line("plan", None, "it has none"),
    )  # fmt: skip
    await kept(
        hosts, author, written("return 1"),
        sources.Line("look-ahead", False, "own looks ahead: what `plan` decided at bar 77 changed."),
    )  # fmt: skip
    body = made_card(name="Calm Card")
    config = body["documents"]["model_config"]
    config["kind"], config["code_version"] = "own", good
    body["reproduction"]["code_version"] = good
    body["lineage"]["model_config_sha"] = document_sha(config)
    async with hosts.arena.db.transaction() as tx:
        card = await cards.keep_card(tx, author.collective.id, body)
        found = await sources.source(tx, creator.person_id, good)
        await cards.note_reproduction(
            tx, card.sha, "failed", engine_version="1", differences=["It failed."]
        )
        line = sources.Line("card", False, "ZeroDivisionError\n  plan, line 24: edge = 1 / 0")
        await sources.note_report(tx, found, "card", "failed", [line], about=card.sha)
    said = text_of((await creator.get(HERE)).text)
    for words in ("what `plan` decided at bar 77", "Calm Card", "not reproduced", "line 24"):
        assert words in said
    await look_at(browser, hosts, HERE, "sources", cookies=creator.cookies)
    gone = await creator.send(f"{HERE}/{good}/delete", {}, page=await creator.get(HERE))
    assert "text deleted" in text_of(gone.text)
    shown = text_of((await reader.get(f"/cards/{card.sha}")).text)
    assert "deleted by its author" in shown
    other = await reader.sign_in("creator")
    assert "line 24" not in (await other.get(HERE)).text


async def test_the_arena_decides_with_the_owners_word_and_an_operator_may_stop_it(
    hosts: House, reader: Reader, browser: Browser
) -> None:
    creator = await reader.sign_in("creator")
    author = await author_in(hosts, creator.person_id)
    await works(hosts)
    await goes_by(hosts, author, await kept(hosts, author, honest()))
    path = f"{HERE}/feeds/{author.feed.id}"
    asked = await creator.send(f"{path}/begin", {}, page=await creator.get(HERE))
    assert "say that it may make one" in text_of(asked.text)
    begun = await creator.send(f"{path}/begin", {"agreed": "true"}, page=await creator.get(HERE))
    assert "the arena decides" in text_of(begun.text)
    async with hosts.arena.db.transaction(readonly=True) as tx:
        made = await hosting.newest_hosting(tx, author.feed.id)
        assert len(await identity.keys(tx, author.collective.id)) == 2
    assert made.key_id in begun.text
    await look_at(browser, hosts, HERE, "sources-hosted", cookies=creator.cookies)
    async with Reader(hosts) as visitor:
        operator = await visitor.sign_in("operator")
        assert author.feed.name in text_of((await operator.get(DESK)).text)
        await look_at(browser, hosts, DESK, "operator-hosting", cookies=operator.cookies)
        stop = f"{DESK}/{author.feed.id}/stop"
        assert (await operator.send(stop, {}, page=await operator.get(DESK))).status_code == 422
        await operator.send(stop, {"reason": "Too heavy."}, page=await operator.get(DESK))
    said = text_of((await creator.get(HERE)).text)
    assert "Too heavy." in said
    again = await creator.send(f"{path}/begin", {"agreed": "true"}, page=await creator.get(HERE))
    assert "the arena decides" in text_of(again.text)
    ended = await creator.send(f"{path}/stop", {}, page=await creator.get(HERE))
    assert "It was asked for." in text_of(ended.text)


async def test_an_arena_that_cannot_host_says_why_and_where(hosts: House, reader: Reader) -> None:
    await works(hosts, why="the kernel refuses seccomp")
    operator = await reader.sign_in("operator")
    for path in (DESK, "/operator/health"):
        assert "the kernel refuses seccomp" in text_of((await operator.get(path)).text)
    part = (await reader.get("/health", headers={"Accept": "application/json"})).json()["parts"]
    assert (part["hosting"]["status"], part["hosting"]["works"]) == ("degraded", False)
    await works(hosts)
    creator = await reader.sign_in("creator")
    assert (await creator.get(DESK)).status_code == 403
