"""The public profile of a collective or a creator: every feed and account there ever was, closed ones included."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Query
from markupsafe import Markup
from starlette.responses import Response

from arena.kit.clock import from_iso
from arena.kit.db import Row, Tx
from arena.kit.errors import NotFound
from arena.kit.page import BadCursor, decode_cursor, encode_cursor
from arena.kit.signing import to_base64
from arena.people import identity
from arena.people.access import public
from arena.trading import performance
from arena.web.draw import sparkline
from arena.web.page import N_, Pages, VisitDep, _
from arena.web.page.numbers import signed_percent
from arena.web.views.past_of_collective import (
    AccountLine,
    Event,
    accounts_of_its_own,
    events_of,
)

routes = Pages()
ON_A_PAGE = 50
COLLECTIVES_MAX = 500
# What may stand beside a collective or a feed, named here so that translators get it.
STATES = (N_("suspended"), N_("closed"), N_("listed"), N_("paused"), N_("delisted"))


class NoSuchProfile(NotFound):
    """There is no profile {profile_id}: collectives and creators have one."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key a collective signs with, now or once. `state` is active, revoked, expired or not yet valid."""

    id: str
    public_key: str
    since: datetime
    state: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class FeedLine:
    """A feed with its record as of the last midnight, None before its first. `listing_id` is None where there
    is no listing, or none that everybody may know of."""

    id: str
    name: str
    about: str
    instrument: str
    collective_id: str
    collective: str
    opened_at: datetime
    closed_at: datetime | None
    signals: int
    listing_id: str | None
    listing_status: str | None
    record: performance.Ranked | None
    curve: Markup


@dataclass(frozen=True, slots=True)
class Counts:
    """Of all feeds, not only those on the page. `closed_at_a_loss`: with less equity than they began with."""

    opened: int
    closed: int
    closed_at_a_loss: int
    listed: int


@dataclass(frozen=True, slots=True)
class Profile:
    """`collectives` are those of a person; `owner`, `keys`, `events` and `recovery`, a new key that waits to be bound,
    belong to a collective."""

    id: str
    name: str
    about: str
    since: datetime
    status: str
    owner: identity.Person | None
    collectives: tuple[identity.Collective, ...]
    keys: tuple[Key, ...]
    counts: Counts
    feeds: tuple[FeedLine, ...]
    accounts: tuple[AccountLine, ...]
    events: tuple[Event, ...]
    recovery: identity.KeyRecovery | None
    as_of: datetime
    next: str
    first: str

    @property
    def days_min(self) -> int:
        """With fewer daily returns than this no ratio is shown: it would be noise."""
        return performance.DAYS_MIN

    @property
    def is_person(self) -> bool:
        return self.id.startswith("usr_")


@routes.get("/profiles/{profile_id}", gate=public("whoever offers signals stands for all of them"))
async def profile(
    visit: VisitDep, profile_id: str, after: Annotated[str | None, Query(max_length=500)] = None
) -> Response:
    """Raises NoSuchProfile, BadCursor."""
    shown = await _profile(visit.tx, profile_id, after)
    return visit.page("open/profile.html", profile=shown)


async def _profile(tx: Tx, profile_id: str, after: str | None) -> Profile:
    owner, about, status, keys = None, "", "active", []
    found: identity.Person | identity.Collective
    if profile_id.startswith("col_"):
        found = await _collective(tx, profile_id)
        collectives = [found]
        about, status = found.about, found.status
        owner = await identity.person(tx, found.owner_id) if found.owner_id else None
        keys = await identity.keys(tx, found.id)
    else:
        found, collectives = await _creator(tx, profile_id)
    as_of = await performance.last_board_at(tx)
    ids = [collective.id for collective in collectives]
    rows = await _feeds(tx, ids, after)
    path = f"/profiles/{found.id}"
    recoveries = await identity.recoveries_of(tx, [found.id])
    accounts = await accounts_of_its_own(tx, ids)
    events: list[Event] = []
    if isinstance(found, identity.Collective):
        events = await events_of(tx, found, keys, recoveries, accounts)
    return Profile(
        id=found.id, name=found.name, about=about, since=found.at, status=status, owner=owner,
        collectives=() if profile_id.startswith("col_") else tuple(collectives),
        keys=tuple(_key(key, tx.now) for key in keys), counts=await _counts(tx, ids, as_of),
        feeds=await _lines(tx, rows[:ON_A_PAGE]), accounts=tuple(accounts), events=tuple(events),
        recovery=next((r for r in recoveries if r.status is identity.RecoveryStatus.WAITING), None),
        as_of=as_of,
        next=f"{path}?after={_cursor(rows[ON_A_PAGE - 1])}" if len(rows) > ON_A_PAGE else "",
        first=path if after else "",
    )  # fmt: skip


async def _collective(tx: Tx, collective_id: str) -> identity.Collective:
    try:
        return await identity.collective(tx, collective_id)
    except identity.NoSuchCollective:
        raise NoSuchProfile(profile_id=collective_id) from None


async def _creator(tx: Tx, person_id: str) -> tuple[identity.Person, list[identity.Collective]]:
    """A person with what he answers for. Whoever only buys has no profile: that is nobody's business."""
    try:
        person = await identity.person(tx, person_id)
    except identity.NoSuchPerson:
        raise NoSuchProfile(profile_id=person_id) from None
    owned = await identity.collectives(tx, owner_id=person.id, limit=COLLECTIVES_MAX)
    if not owned and "creator" not in person.roles:
        raise NoSuchProfile(profile_id=person_id)
    return person, owned


async def _feeds(tx: Tx, collective_ids: Sequence[str], after: str | None) -> list[Row]:
    """One more than fits on a page, the newest first. Raises BadCursor."""
    opened_at, last_id = _place(after)
    return await tx.fetch(
        """select f.*, c.name as collective, l.id as listing_id, l.status as listing_status
           from feed f join collective c on c.id = f.collective_id
             left join listing l on l.feed_id = f.id and l.status in ('listed', 'paused', 'delisted')
           where f.collective_id = any($1::text[])
             and ($2::timestamptz is null or (f.opened_at, f.id) < ($2, $3))
           order by f.opened_at desc, f.id desc limit $4""",
        list(collective_ids), opened_at, last_id, ON_A_PAGE + 1,
    )  # fmt: skip


async def _counts(tx: Tx, collective_ids: Sequence[str], as_of: datetime) -> Counts:
    row = await tx.one(
        """select count(*) as opened, count(*) filter (where f.status = 'closed') as closed,
             count(*) filter (where f.status = 'closed' and a.opening_cash > (select m.equity from equity_mark m
               where m.account_id = a.id and m.at <= $2 order by m.at desc limit 1)) as closed_at_a_loss,
             count(*) filter (where exists (select from listing l
               where l.feed_id = f.id and l.status = 'listed')) as listed
           from feed f join account a on a.id = f.account_id where f.collective_id = any($1::text[])""",
        list(collective_ids), as_of,
    )  # fmt: skip
    return Counts(row["opened"], row["closed"], row["closed_at_a_loss"], row["listed"])


async def _lines(tx: Tx, rows: Sequence[Row]) -> tuple[FeedLine, ...]:
    accounts = [row["account_id"] for row in rows]
    records = await performance.records(tx, accounts)
    curves = await performance.outlines(tx, accounts)
    return tuple(
        _line(row, records.get(row["account_id"]), curves.get(row["account_id"], ()))
        for row in rows
    )


def _line(row: Row, record: performance.Ranked | None, curve: Sequence[float]) -> FeedLine:
    words = "" if record is None else _(
        "Equity over %(days)s days, %(change)s net",
        days=record.daily_returns, change=signed_percent(record.total_return),
    )  # fmt: skip
    return FeedLine(
        id=row["id"], name=row["name"], about=row["about"], instrument=row["instrument"],
        collective_id=row["collective_id"], collective=row["collective"], opened_at=row["opened_at"],
        closed_at=row["closed_at"], signals=row["last_sequence"], listing_id=row["listing_id"],
        listing_status=row["listing_status"], record=record, curve=sparkline(curve, words),
    )  # fmt: skip


def _key(key: identity.CollectiveKey, now: datetime) -> Key:
    ends = [at for at in (key.revoked_at, key.not_after) if at is not None]
    until = min(ends, default=None)
    if key.active(now):
        state = _("active")
    elif now < key.not_before:
        state = _("not yet valid")
    else:
        state = _("revoked") if until == key.revoked_at else _("expired")
    return Key(key.id, to_base64(key.public_key), key.not_before, state, until)


def _cursor(row: Row) -> str:
    return encode_cursor(row["opened_at"].isoformat(), row["id"])


def _place(after: str | None) -> tuple[datetime | None, str]:
    """After which feed the page begins. Raises BadCursor."""
    if after is None:
        return None, ""
    opened_at, last_id = decode_cursor(after, (str, str))
    try:
        return from_iso(opened_at), last_id
    except (ValueError, OverflowError):
        raise BadCursor from None
