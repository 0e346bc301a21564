"""Read moderation cases."""

from datetime import datetime

from arena.kit.db import Tx
from arena.marketplace.moderation import store
from arena.marketplace.moderation.model import Case, NoSuchCase, State, Submitted, Waiting


async def cases(
    tx: Tx, state: State = "open", *, after: tuple[datetime, str] | None = None, limit: int = 50
) -> list[Case]:
    """Cases of a state, oldest first; `after` is (submitted_at, id) of the last one seen."""
    return await store.page(tx, state, after=after, limit=limit)


async def case_of(tx: Tx, listing_id: str) -> Case | None:
    """The newest case of a listing."""
    return await store.newest(tx, listing_id)


async def case(tx: Tx, case_id: str) -> Case:
    """Raises NoSuchCase."""
    found = await store.by_id(tx, case_id)
    if found is None:
        raise NoSuchCase(case_id=case_id)
    return found


async def cases_of(tx: Tx, listing_id: str) -> list[Case]:
    """The newest hundred cases of a listing, newest first."""
    return await store.of_listing(tx, listing_id)


async def queue(
    tx: Tx, state: State = "open", *, after: tuple[datetime, str] | None = None, limit: int = 50
) -> list[Submitted]:
    """As `cases`, with what was handed in and by whom."""
    return await store.queue(tx, state, after=after, limit=limit)


async def waiting(tx: Tx) -> Waiting:
    """How much waits for a moderator, and since when (product time)."""
    return await store.waiting(tx)
