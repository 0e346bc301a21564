"""Letters: a payment that failed, a price that rises, an end nobody asked for; each once, none for one's own acts."""

from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

from arena.kit.money import Money
from arena.kit.outbox import react_once
from arena.marketplace.listings import Tier
from arena.marketplace.subscriptions import announce_resume, cancel, pause, pause_due
from tests.marketplace.market import Market
from tests.marketplace.subscriptions.test_renew import DECLINED, renew, subscribed


async def sent(market: Market) -> list[tuple[str, str]]:
    """Subjects and words of all letters so far but receipts, once what is outward has run; oldest first."""
    while await react_once(market.db, impatient=True, outward=True):
        pass
    found = sorted(
        Path(market.settings.home, "mail").glob("*.eml"), key=lambda p: p.stat().st_mtime_ns
    )
    letters = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in found]
    return [
        (str(one["subject"]), str(one.get_body(("plain",)).get_content()))  # type: ignore[union-attr]  # it has one
        for one in letters
        if not str(one["subject"]).startswith("Receipt")
    ]


async def test_a_renewal_that_fails_and_the_end_of_it_are_written_about_once_each(
    market: Market,
) -> None:
    buyer, found = await subscribed(market)
    end = found.period_end
    assert end is not None
    await market.change_card(buyer, DECLINED)
    for day in (0, 1, 4, 9):
        await renew(market, end + timedelta(days=day))
    letters = await sent(market)
    assert [subject for subject, _ in letters] == [
        "A payment did not go through",
        "A payment failed again",
        "A payment failed again",
        "The last try to renew your subscription",
    ]
    for _, words in letters:
        assert "Northwind Crossing" in words
        assert f"/subscriptions/{found.id}" in words
    last = end + timedelta(days=16)
    assert f"The last try is on {last.day} {last:%B %Y}" in letters[-1][1]
    await renew(market, last)
    assert [subject for subject, _ in (await sent(market))[4:]] == ["Your subscription has ended"]


async def test_a_higher_price_is_told_with_both_figures_and_what_follows(market: Market) -> None:
    author, actor, _ = await market.creator()
    listing = await market.listed(author=author, actor=actor)
    await market.subscribe(await market.buyer(), listing)
    leaving = await market.buyer()
    gone = (await market.subscribe(leaving, listing)).subscription
    await cancel(market.db, market.gateway, gone.id, actor=leaving.actor)
    await market.reprice(listing, actor, Tier("pro", Money(12_900)))
    [(subject, words)] = await sent(market)
    assert subject == "Northwind Crossing costs more"
    assert "129.00 USD" in words
    assert "99.00 USD" in words


async def test_whoever_ends_it_himself_gets_no_letter(market: Market) -> None:
    buyer, found = await subscribed(market)
    await cancel(market.db, market.gateway, found.id, at="now", actor=buyer.actor)
    await market.settle()
    assert await sent(market) == []


async def test_a_pause_is_confirmed_and_its_end_announced_a_week_before_once(
    market: Market,
) -> None:
    buyer, found = await subscribed(market)
    async with market.db.transaction() as tx:
        await pause(tx, found.id, 1, actor=buyer.actor)
    assert found.period_end is not None
    for day in (0, 20, 25, 26):
        market.at(found.period_end + timedelta(days=day))
        async with market.db.transaction() as tx:
            await pause_due(tx)
            await announce_resume(tx)
    (first, words), (second, _) = await sent(market)
    assert first == "Northwind Crossing is paused"
    assert f"/subscriptions/{found.id}" in words
    assert second == "Northwind Crossing goes on soon"
