"""Listing tables <-> model."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from arena.kit.db import Row, Tx
from arena.kit.money import Money
from arena.marketplace.listings.model import (
    TIERS,
    Listing,
    Period,
    Status,
    Thresholds,
    Tier,
    Version,
    Words,
)

LISTING = """select l.*, v.body,
    (select jsonb_agg(jsonb_build_array(t.tier, t.amount, t.currency, t.seats,
        t.year_amount, t.trial_days, t.team_seats)) from listing_tier t
      where t.listing_id = l.id) as tiers
  from listing l join listing_version v on v.listing_id = l.id and v.version = l.version"""


async def by_id(tx: Tx, listing_id: str, *, lock: bool = False) -> Listing | None:
    """The lock comes first, in a statement of its own: what is read after the wait is then all of one moment,
    where a joined row would still be that of the version before."""
    if lock:
        await tx.execute("select from listing where id = $1 for update", listing_id)
    row = await tx.fetchrow(LISTING + " where l.id = $1", listing_id)
    return None if row is None else to_listing(row)


async def hold(tx: Tx, listing_id: str) -> None:
    """Keeps status and tiers as they are until the transaction ends; others may hold it as well."""
    await tx.execute("select from listing where id = $1 for share", listing_id)


async def by_feed(tx: Tx, feed_id: str) -> Listing | None:
    row = await tx.fetchrow(LISTING + " where l.feed_id = $1", feed_id)
    return None if row is None else to_listing(row)


async def open_ids(tx: Tx) -> list[str]:
    """Ids of all that are listed or paused, in order."""
    rows = await tx.fetch("select id from listing where status in ('listed', 'paused') order by id")
    return [row["id"] for row in rows]


async def listed_count(tx: Tx) -> int:
    count: int = await tx.fetchval("select count(*) from listing where status = 'listed'")
    return count


async def insert(tx: Tx, new: Listing) -> bool:
    """False where the feed has a listing already."""
    made = await tx.fetchval(
        """insert into listing (id, feed_id, creator_id, status, version, title, summary, instrument,
             created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
           on conflict do nothing returning id""",
        new.id, new.feed_id, new.creator_id, new.status.value, new.version, new.words.title,
        new.words.summary, new.instrument, tx.now,
    )  # fmt: skip
    return made is not None


async def write_version(
    tx: Tx, listing_id: str, *, words: Words, version: Version, tiers: Sequence[Tier]
) -> None:
    """The new version becomes the current one; the tiers are those of it."""
    await tx.execute(
        """insert into listing_version (listing_id, version, body, sha, note, author_id, log_index, at)
           values ($1, $2, $3, $4, $5, $6, $7, $8)""",
        listing_id, version.number, dict(version.body), version.sha, version.note, version.author_id,
        version.log_index, version.at,
    )  # fmt: skip
    await tx.execute(
        "update listing set version = $2, title = $3, summary = $4, updated_at = $5 where id = $1",
        listing_id, version.number, words.title, words.summary, version.at,
    )  # fmt: skip
    names = [tier.tier for tier in tiers]
    await tx.execute(
        "delete from listing_tier where listing_id = $1 and tier <> all($2::text[])",
        listing_id,
        names,
    )
    await tx.execute(
        """insert into listing_tier (listing_id, tier, amount, currency, seats, year_amount, trial_days, team_seats)
           select $1, * from unnest($2::text[], $3::bigint[], $4::text[], $5::int[], $6::bigint[], $7::smallint[],
             $8::smallint[])
           on conflict (listing_id, tier) do update
             set amount = excluded.amount, currency = excluded.currency, seats = excluded.seats,
               year_amount = excluded.year_amount, trial_days = excluded.trial_days,
               team_seats = excluded.team_seats""",
        listing_id, names, [tier.amount.minor for tier in tiers],
        [tier.amount.currency for tier in tiers], [tier.seats for tier in tiers],
        [tier.year and tier.year.minor for tier in tiers], [tier.trial_days for tier in tiers],
        [tier.team_seats for tier in tiers],
    )  # fmt: skip


async def link_card(tx: Tx, listing_id: str, sha: str, *, by: str) -> None:
    await tx.execute(
        "insert into listing_card (listing_id, card_sha, linked_by, at) values ($1, $2, $3, $4)",
        listing_id, sha, by, tx.now,
    )  # fmt: skip


async def card_sha(tx: Tx, listing_id: str) -> str | None:
    """Of the card linked last."""
    sha: str | None = await tx.fetchval(
        "select card_sha from listing_card where listing_id = $1 order by number desc limit 1",
        listing_id,
    )
    return sha


async def set_status(tx: Tx, listing_id: str, status: Status) -> None:
    """`listed_at` keeps the first time it was listed."""
    await tx.execute(
        """update listing set status = $2, updated_at = $3,
             listed_at = case when $2 = 'listed' then coalesce(listed_at, $3) else listed_at end
           where id = $1""",
        listing_id, status.value, tx.now,
    )  # fmt: skip


async def lock_tier(tx: Tx, listing_id: str, tier: str) -> Tier | None:
    row = await tx.fetchrow(
        "select tier, amount, currency, seats, year_amount, trial_days, team_seats from listing_tier"
        " where listing_id = $1 and tier = $2 for update",
        listing_id,
        tier,
    )
    return None if row is None else _tier(*row.values())


async def price_at(
    tx: Tx, listing_id: str, tier: str, period: Period, at: datetime
) -> Money | None:
    """What the newest version of that time asked for a period of the tier; None where it did not sell it."""
    price = await tx.fetchval(
        """select body->'tiers'->$2 from listing_version where listing_id = $1 and at <= $3
           order by version desc limit 1""",
        listing_id, tier, at,
    )  # fmt: skip
    amount = (price or {}).get("amount" if period == "month" else "year")
    return None if amount is None else Money(int(amount), price["currency"])


def _tier(name: str, amount: int, currency: str, seats: int | None, *rest: int | None) -> Tier:
    year, trial_days, team_seats = rest
    return Tier(
        name, Money(amount, currency), seats,
        None if year is None else Money(year, currency), trial_days or 0,
        team_seats or 0,
    )  # fmt: skip


async def versions(tx: Tx, listing_id: str, limit: int) -> list[Version]:
    rows = await tx.fetch(
        "select * from listing_version where listing_id = $1 order by version desc limit $2",
        listing_id,
        limit,
    )
    return [_version(row) for row in rows]


async def version(tx: Tx, listing_id: str, number: int) -> Version | None:
    row = await tx.fetchrow(
        "select * from listing_version where listing_id = $1 and version = $2", listing_id, number
    )
    return None if row is None else _version(row)


def _version(row: Row) -> Version:
    return Version(
        row["version"], row["sha"], row["note"], row["author_id"], row["log_index"], row["at"],
        row["body"],
    )  # fmt: skip


async def write_score(
    tx: Tx,
    listing_id: str,
    *,
    rank: float | None,
    badges: Sequence[str],
    figures: tuple[int, dict[str, Any], dict[str, Any]],
) -> None:
    """As of now; `figures`: days of history, score, metrics."""
    await tx.execute(
        """insert into listing_score (listing_id, at, rank, badges, history_days, score, metrics)
           values ($1, $2, $3, $4, $5, $6, $7) on conflict (listing_id) do update set at = excluded.at,
             rank = excluded.rank, badges = excluded.badges, history_days = excluded.history_days,
             score = excluded.score, metrics = excluded.metrics""",
        listing_id, tx.now, rank, list(badges), *figures,
    )  # fmt: skip


async def scored_at(tx: Tx) -> dict[str, datetime]:
    """When each was scored; rows of a version that knew no badges count as not scored."""
    rows = await tx.fetch("select listing_id, at from listing_score where badges is not null")
    return {row["listing_id"]: row["at"] for row in rows}


async def score_of(tx: Tx, listing_id: str) -> Row | None:
    return await tx.fetchrow("select * from listing_score where listing_id = $1", listing_id)


def to_listing(row: Row) -> Listing:
    body = row["body"]
    words = Words(
        body["title"], body["summary"], body["intended_use"], body["method"], body["risks"]
    )
    tiers = [_tier(*values) for values in row["tiers"] or ()]
    return Listing(
        id=row["id"], feed_id=row["feed_id"], creator_id=row["creator_id"],
        status=Status(row["status"]), version=row["version"], words=words, instrument=row["instrument"],
        tiers=tuple(sorted(tiers, key=lambda tier: TIERS.index(tier.tier))), listed_at=row["listed_at"],
        created_at=row["created_at"], updated_at=row["updated_at"],
        thresholds=Thresholds(**body["thresholds"]) if "thresholds" in body else None,
    )  # fmt: skip
