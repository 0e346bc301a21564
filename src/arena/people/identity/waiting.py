"""The creators' waiting list: people ask, operators grant or refuse. Requests move along REQUEST_MOVES only."""

from datetime import datetime, timedelta

from arena.evidence import audit
from arena.kit.clock import iso_ms, wall_now
from arena.kit.db import Row, Tx
from arena.kit.ids import fresh
from arena.people.identity.model import (
    REQUEST_MOVES,
    AskedRecently,
    CreatorDecided,
    CreatorRequest,
    CreatorRequestMoved,
    NoSuchCreatorRequest,
    RequestStatus,
)

AGAIN_DAYS = 30  # after a refusal
_COLUMNS = "id, person_id, status, words, at, decided_at, decided_by, reason"


async def request_creator(
    tx: Tx, person_id: str, words: str = "", *, request_id: str | None = None
) -> CreatorRequest:
    """Puts the person on the list; whoever stands there already stays where they are. Raises AskedRecently."""
    last = await creator_request_of(tx, person_id)
    if last is not None and last.status is RequestStatus.WAITING:
        return last
    if last is not None and last.status is RequestStatus.REFUSED and last.decided_at is not None:
        again_at = last.decided_at + timedelta(days=AGAIN_DAYS)
        if again_at > wall_now():
            raise AskedRecently(days=AGAIN_DAYS, again_at=iso_ms(again_at))
    row = await tx.fetchrow(
        f"""insert into creator_request (id, person_id, words) values ($1, $2, $3)
            on conflict do nothing returning {_COLUMNS}""",
        fresh("crq"), person_id, words.strip(),
    )  # fmt: skip
    if row is None:  # another call of the same person was faster
        asked = await creator_request_of(tx, person_id)
        assert asked is not None
        return asked
    made = _request(row)
    await audit.record(
        tx, actor=person_id, actor_kind="person", action="people.request_creator", object=made.id,
        request_id=request_id,
    )  # fmt: skip
    return made


async def decide(
    tx: Tx,
    creator_request_id: str,
    verdict: RequestStatus,
    *,
    by: str,
    reason: str | None,
    request_id: str | None = None,
) -> CreatorRequest:
    """Moves the request and tells of it; the role is the caller's to give.

    Raises NoSuchCreatorRequest, CreatorRequestMoved.
    """
    row = await tx.fetchrow(
        f"select {_COLUMNS} from creator_request where id = $1 for update", creator_request_id
    )
    if row is None:
        raise NoSuchCreatorRequest(creator_request_id=creator_request_id)
    if verdict not in REQUEST_MOVES[RequestStatus(row["status"])]:
        raise CreatorRequestMoved(status=row["status"])
    row = await tx.one(
        f"""update creator_request set status = $2, decided_at = $3, decided_by = $4, reason = $5
            where id = $1 returning {_COLUMNS}""",
        creator_request_id, verdict.value, wall_now(), by, reason,
    )  # fmt: skip
    await tx.record(CreatorDecided(creator_request_id))
    await audit.record(
        tx, actor=by, actor_kind="system" if by == "system" else "person",
        action=f"people.creator_{verdict.value}", object=creator_request_id,
        detail={"person": row["person_id"]}, reason=reason, request_id=request_id,
    )  # fmt: skip
    return _request(row)


async def settle(tx: Tx, person_id: str, *, by: str, reason: str | None) -> None:
    """The person has become a creator by another way than the list: a request that waits is granted with it."""
    last = await creator_request_of(tx, person_id)
    if last is not None and last.status is RequestStatus.WAITING:
        await decide(tx, last.id, RequestStatus.GRANTED, by=by, reason=reason)


async def creator_request(tx: Tx, creator_request_id: str) -> CreatorRequest:
    """Raises NoSuchCreatorRequest."""
    row = await tx.fetchrow(
        f"select {_COLUMNS} from creator_request where id = $1", creator_request_id
    )
    if row is None:
        raise NoSuchCreatorRequest(creator_request_id=creator_request_id)
    return _request(row)


async def creator_request_of(tx: Tx, person_id: str) -> CreatorRequest | None:
    """The person's last request, if there ever was one."""
    row = await tx.fetchrow(
        f"""select {_COLUMNS} from creator_request where person_id = $1
            order by at desc, id desc limit 1""",
        person_id,
    )
    return None if row is None else _request(row)


async def creator_requests_waiting(
    tx: Tx, *, after: tuple[datetime, str] | None = None, limit: int = 50
) -> list[CreatorRequest]:
    """Whoever has waited longest comes first; `after` is when and which the last one seen was."""
    at, last_id = after or (None, "")
    rows = await tx.fetch(
        f"""select {_COLUMNS} from creator_request
            where status = 'waiting' and ($1::timestamptz is null or (at, id) > ($1, $2))
            order by at, id limit $3""",
        at, last_id, limit,
    )  # fmt: skip
    return [_request(row) for row in rows]


async def creator_requests_count(tx: Tx) -> tuple[int, datetime | None]:
    """How many wait, and since when (wall time) the first of them does."""
    row = await tx.one("select count(*), min(at) from creator_request where status = 'waiting'")
    return row["count"], row["min"]


def _request(row: Row) -> CreatorRequest:
    return CreatorRequest(**{**dict(row), "status": RequestStatus(row["status"])})
