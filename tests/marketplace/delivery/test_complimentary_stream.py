"""The stream of whoever has it for nothing closes within a second: revoked, and with the last second of its day."""

from datetime import timedelta

from arena.marketplace.subscriptions import complimentary
from arena.marketplace.subscriptions.complimentary import Complimentary
from arena.people.access import Actor, scopes_of
from tests.http import person
from tests.marketplace.delivery.stage import Parts, Publisher, Served, closed, hear


async def given(
    parts: Parts, publisher: Publisher, *, revoke: bool = False
) -> tuple[Complimentary, dict[str, str]]:
    """Pro through the day after this one, claimed, and perhaps revoked; with the headers of whoever claimed it."""
    person_id, headers = await person(parts.db)
    owner, guest = owner_of(publisher), Actor("person", person_id, scopes_of(()))
    async with parts.db.transaction() as tx:
        listing_id: str = await tx.fetchval(
            "select id from listing where feed_id = $1", publisher.feed_id
        )
        day = (tx.now + timedelta(days=1)).date()
        wish = complimentary.Wish(listing_id, "guest@example.org", "pro", day, "A review.")
        made = await complimentary.invite(tx, wish, most=1, actor=owner)
        token = complimentary.complimentary_token(parts.settings.vault, made.id)
        found = await complimentary.claim(tx, parts.settings.vault, token, actor=guest)
        if revoke:
            await complimentary.revoke(tx, found.id, actor=owner)
    return found, headers


def owner_of(publisher: Publisher) -> Actor:
    return Actor("collective", publisher.collective_id)


async def test_revoked_it_closes_at_once(served: Served, publisher: Publisher) -> None:
    found, key = await given(served.parts, publisher)
    async with served.stream(f"model_id={publisher.feed_id}", key) as socket:
        await hear(socket, "caught_up")
        async with served.parts.db.transaction() as tx:
            await complimentary.revoke(tx, found.id, actor=owner_of(publisher))
        code, reason = await closed(socket, within_s=1)
    assert code == 4403
    assert "entitlement" in reason


async def test_at_midnight_it_closes_though_no_job_has_run(
    served: Served, publisher: Publisher
) -> None:
    found, key = await given(served.parts, publisher)
    async with served.stream(f"model_id={publisher.feed_id}", key) as socket:
        await hear(socket, "caught_up")
        served.parts.clock.move_to(found.until)
        await publisher.publish()
        code, _ = await closed(socket, within_s=1)
    assert code == 4403


async def test_over_it_is_not_let_in_any_more(served: Served, publisher: Publisher) -> None:
    _, key = await given(served.parts, publisher, revoke=True)
    async with served.stream(f"model_id={publisher.feed_id}", key) as socket:
        code, _ = await closed(socket, within_s=5)
    assert code == 4403
