"""The tables of cards and of their reproductions."""

from collections.abc import Mapping, Sequence
from typing import Any

from arena.kit.clock import from_iso
from arena.kit.db import Row, Tx
from arena.signals.feeds import Lineage
from arena.signals.lab.cards.model import Kept, Outcome, Reproduction

_CARD = """select c.*,
    (select jsonb_agg(jsonb_build_array(r.outcome, r.engine_version, r.differences, r.at) order by r.number)
      from card_reproduction r where r.card_sha = c.sha) as again,
    case when c.kind <> 'own' then 'built_in' else coalesce(
      (select case when t.source_id is null then 'deleted' else 'kept' end
       from strategy_source s left join strategy_text t on t.source_id = s.id
       where s.owner_id = c.owner_id and s.sha = c.body->'documents'->'model_config'->>'code_version'),
      'never_sent') end as code
  from model_card c"""


async def hold(tx: Tx, sha: str) -> None:
    """Until the transaction ends nobody else keeps this card."""
    await tx.execute("select pg_advisory_xact_lock(hashtextextended('card ' || $1, 0))", sha)


async def insert(
    tx: Tx,
    sha: str,
    canonical: bytes,
    *,
    of: tuple[str, str, str],
    lineage: Lineage,
    kind: str,
    log_index: int,
) -> None:
    """`of`: who owns it, who sent it, the family of its trials."""
    await tx.execute(
        """insert into model_card (sha, body, owner_id, kept_by, family_id, pack_sha, indicator_set_sha,
             model_config_sha, policy_sha, kind, log_index, at)
           values ($1, $2::text::jsonb, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)""",
        sha, canonical.decode(), *of, lineage.pack_sha, lineage.indicator_set_sha, lineage.model_config_sha,
        lineage.policy_sha, kind, log_index, tx.now,
    )  # fmt: skip


async def by_sha(tx: Tx, sha: str) -> Kept | None:
    row = await tx.fetchrow(_CARD + " where c.sha = $1", sha)
    return None if row is None else _kept(row)


async def of_owner(tx: Tx, owner_id: str, *, before: int, limit: int) -> list[Kept]:
    """Newest first."""
    rows = await tx.fetch(
        _CARD + " where c.owner_id = $1 and c.number < $2 order by c.number desc limit $3",
        owner_id, before, limit,
    )  # fmt: skip
    return [_kept(row) for row in rows]


async def waiting(tx: Tx, engine_version: str) -> str | None:
    """The oldest card of a built-in that this version of the engine has not looked at yet."""
    sha: str | None = await tx.fetchval(
        """select c.sha from model_card c where c.kind = 'rule' and not exists
             (select from card_reproduction r where r.card_sha = c.sha and r.engine_version = $1)
           order by c.number limit 1""",
        engine_version,
    )
    return sha


async def insert_reproduction(
    tx: Tx, sha: str, outcome: Outcome, *, engine_version: str, differences: Sequence[str]
) -> None:
    await tx.execute(
        """insert into card_reproduction (card_sha, outcome, engine_version, differences, at)
           values ($1, $2, $3, $4, $5)""",
        sha, outcome, engine_version, list(differences), tx.now,
    )  # fmt: skip


def _kept(row: Row) -> Kept:
    body: Mapping[str, Any] = row["body"]
    return Kept(
        sha=row["sha"], body=body, owner_id=row["owner_id"], kept_by=row["kept_by"], family_id=row["family_id"],
        lineage=Lineage(
            row["pack_sha"], row["indicator_set_sha"], row["model_config_sha"], row["policy_sha"]
        ),
        log_index=row["log_index"], at=row["at"], number=row["number"],
        reproductions=[_reproduction(one) for one in row["again"] or ()], code=row["code"],
    )  # fmt: skip


def _reproduction(one: Sequence[Any]) -> Reproduction:
    outcome, engine_version, differences, at = one
    return Reproduction(outcome, engine_version, differences, from_iso(at))
