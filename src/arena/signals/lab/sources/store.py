"""The tables of strategies' files, of their texts, and of what was found out about them."""

from collections.abc import Sequence

from arena.kit.clock import from_iso
from arena.kit.db import Row, Tx
from arena.signals.lab.sources.model import KeptSource, Line, Report, ReportKind

_SOURCE = """select s.*, t.source_id is not null as has_text,
    (select jsonb_agg(jsonb_build_array(r.kind, r.outcome, r.about, r.lines, r.engine_version, r.at) order by r.number)
      from source_report r where r.source_id = s.id) as reports
  from strategy_source s left join strategy_text t on t.source_id = s.id"""
_PASSED = """(select r.outcome from source_report r where r.source_id = s.id and r.kind = 'checks'
    order by r.number desc limit 1)"""


async def hold(tx: Tx, owner_id: str) -> None:
    """Until the transaction ends nothing else is kept or deleted of this owner."""
    await tx.execute(
        "select pg_advisory_xact_lock(hashtextextended('sources ' || $1, 0))", owner_id
    )


async def insert(tx: Tx, made: KeptSource) -> None:
    """Once known it stays known."""
    await tx.execute(
        """insert into strategy_source (id, sha, owner_id, sent_by, file_name, class_name, bytes, at)
           values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing""",
        made.id, made.sha, made.owner_id, made.sent_by, made.file_name, made.class_name, made.size, made.at,
    )  # fmt: skip


async def insert_text(tx: Tx, source_id: str, sealed: bytes) -> bool:
    """False where it is there already."""
    return bool(
        await tx.execute(
            "insert into strategy_text (source_id, sealed) values ($1, $2) on conflict do nothing",
            source_id, sealed,
        )
    )  # fmt: skip


async def sealed_text(tx: Tx, source_id: str) -> bytes | None:
    sealed: bytes | None = await tx.fetchval(
        "select sealed from strategy_text where source_id = $1", source_id
    )
    return sealed


async def delete_text(tx: Tx, source_id: str) -> bool:
    return bool(await tx.execute("delete from strategy_text where source_id = $1", source_id))


async def texts_of(tx: Tx, owner_id: str) -> int:
    """How many texts of the owner are kept."""
    count: int = await tx.fetchval(
        """select count(*) from strategy_text t join strategy_source s on s.id = t.source_id
           where s.owner_id = $1""",
        owner_id,
    )
    return count


async def by_sha(tx: Tx, owner_id: str, sha: str) -> KeptSource | None:
    row = await tx.fetchrow(_SOURCE + " where s.owner_id = $1 and s.sha = $2", owner_id, sha)
    return None if row is None else _kept(row)


async def by_id(tx: Tx, source_id: str) -> KeptSource | None:
    row = await tx.fetchrow(_SOURCE + " where s.id = $1", source_id)
    return None if row is None else _kept(row)


async def of_owner(tx: Tx, owner_id: str, *, before: int, limit: int) -> list[KeptSource]:
    """Newest first."""
    rows = await tx.fetch(
        _SOURCE + " where s.owner_id = $1 and s.number < $2 order by s.number desc limit $3",
        owner_id, before, limit,
    )  # fmt: skip
    return [_kept(row) for row in rows]


async def unchecked(tx: Tx) -> str | None:
    """The oldest source that is there and has no report of the checks."""
    source_id: str | None = await tx.fetchval(
        f"""select s.id from strategy_source s join strategy_text t on t.source_id = s.id
            where {_PASSED} is null order by s.number limit 1"""
    )
    return source_id


async def card_waiting(tx: Tx, engine_version: str) -> tuple[str, str] | None:
    """(card, source): a card that this version of the engine has not tried, whose author has sent the code it names.
    Owners take turns: next is the one of whose cards the fewest were tried."""
    row = await tx.fetchrow(
        f"""select c.sha, s.id from model_card c
              join strategy_source s on s.owner_id = c.owner_id
                and s.sha = c.body->'documents'->'model_config'->>'code_version'
              join strategy_text t on t.source_id = s.id
            where c.kind = 'own' and {_PASSED} = 'passed' and not exists
              (select from card_reproduction r where r.card_sha = c.sha and r.engine_version = $1)
            order by (select count(*) from card_reproduction r join model_card o on o.sha = r.card_sha
                      where o.owner_id = c.owner_id and o.kind = 'own'), c.number limit 1""",
        engine_version,
    )
    return None if row is None else (row["sha"], row["id"])


async def cards_naming(tx: Tx, owner_id: str, sha: str) -> list[str]:
    """The owner's cards whose model is this code, newest first."""
    rows = await tx.fetch(
        """select sha from model_card where owner_id = $1 and kind = 'own'
             and body->'documents'->'model_config'->>'code_version' = $2 order by number desc limit 100""",
        owner_id,
        sha,
    )
    return [row["sha"] for row in rows]


async def insert_report(
    tx: Tx,
    source_id: str,
    kind: ReportKind,
    *,
    outcome: str,
    lines: Sequence[Line],
    engine_version: str,
    about: str | None = None,
) -> None:
    told = [[one.name, one.passed, one.words] for one in lines]
    await tx.execute(
        """insert into source_report (source_id, kind, outcome, about, lines, engine_version, at)
           values ($1, $2, $3, $4, $5, $6, $7)""",
        source_id, kind, outcome, about, told, engine_version, tx.now,
    )  # fmt: skip


async def counts(tx: Tx) -> tuple[int, int]:
    """How many texts are kept, and how many of them wait for the checks."""
    row = await tx.one(
        f"""select count(*) as kept, count(*) filter (where {_PASSED} is null) as waiting
            from strategy_source s join strategy_text t on t.source_id = s.id"""
    )
    return row["kept"], row["waiting"]


def _kept(row: Row) -> KeptSource:
    return KeptSource(
        id=row["id"], number=row["number"], sha=row["sha"], owner_id=row["owner_id"], sent_by=row["sent_by"],
        file_name=row["file_name"], class_name=row["class_name"], size=row["bytes"], at=row["at"],
        has_text=row["has_text"],
        reports=[
            Report(kind, outcome, about, [Line(*line) for line in lines], engine_version, from_iso(at))
            for kind, outcome, about, lines, engine_version, at in row["reports"] or ()
        ],
    )  # fmt: skip


async def feed_running(tx: Tx, source_id: str) -> str | None:
    """A feed that is hosted by it, if one is."""
    feed_id: str | None = await tx.fetchval(
        "select feed_id from hosting where source_id = $1 and status = 'running' limit 1", source_id
    )
    return feed_id
