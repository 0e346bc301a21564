"""The tables of trials, their registrations and results."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from arena.kit.canonical import canonical_json
from arena.kit.db import Row, Tx
from arena.signals.feeds import Lineage
from arena.signals.lab.trials.model import Batch, Configuration, Figures, Trial, Vouched

# Picked out first, joined then: a page costs the same however large the family is.
_TRIAL = """with t as materialized (select * from trial where {which})
  select t.*, r.model, r.kind, r.root, r.log_index, r.at, r.recorded_at,
    (select jsonb_object_agg(f.vouched, jsonb_build_array(f.net_return, f.sharpe, f.max_drawdown, f.trades, f.periods,
       f.returns_sha)) from trial_result f where f.owner_id = t.owner_id and f.sha = t.sha) as figures
  from t join trial_registration r on r.id = t.registration_id order by t.number"""


async def hold_owner(tx: Tx, owner_id: str) -> None:
    """Until the transaction ends nobody else registers for this owner, so that what is new stays new."""
    await tx.execute("select pg_advisory_xact_lock(hashtextextended('trials ' || $1, 0))", owner_id)


async def documents(tx: Tx, shas: Sequence[str]) -> dict[str, tuple[str, str | None]]:
    """Kind of each that is registered, and of model configurations the model's name."""
    rows = await tx.fetch(
        """select sha, kind, case kind when 'model_config' then body ->> 'model' end as model
           from model_document where sha = any($1::text[])""",
        list(shas),
    )
    return {row["sha"]: (row["kind"], row["model"]) for row in rows}


async def known(tx: Tx, owner_id: str, shas: Sequence[str]) -> set[str]:
    rows = await tx.fetch(
        "select sha from trial where owner_id = $1 and sha = any($2::text[])", owner_id, list(shas)
    )
    return {row["sha"] for row in rows}


async def models_tried(
    tx: Tx, owner_id: str, model_config_shas: Sequence[str], *, pack_sha: str, policy_sha: str
) -> set[str]:
    rows = await tx.fetch(
        """select distinct model_config_sha as sha from trial where owner_id = $1 and pack_sha = $2 and policy_sha = $3
             and model_config_sha = any($4::text[])""",
        owner_id, pack_sha, policy_sha, list(model_config_shas),
    )  # fmt: skip
    return {row["sha"] for row in rows}


async def insert_trials(tx: Tx, batch: Batch) -> None:
    """In the order given; the row of their registration follows in the same transaction."""
    configurations = batch.new.values()
    lineages = [one.lineage for one in configurations]
    await tx.execute(
        """insert into trial (owner_id, sha, family_id, registration_id, pack_sha, indicator_set_sha,
             model_config_sha, policy_sha, engine_version, seed, windows)
           select $1, n.sha, $2, $3, n.pack, n.indicators, n.model, n.policy, n.engine, n.seed, n.windows::jsonb
           from unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::bigint[],
             $11::text[]) with ordinality
             as n(sha, pack, indicators, model, policy, engine, seed, windows, place) order by n.place""",
        batch.owner_id, batch.family_id, batch.id, list(batch.new),
        [lineage.pack_sha for lineage in lineages], [lineage.indicator_set_sha for lineage in lineages],
        [lineage.model_config_sha for lineage in lineages], [lineage.policy_sha for lineage in lineages],
        [one.engine_version for one in configurations], [one.seed for one in configurations],
        [_windows(one) for one in configurations],
    )  # fmt: skip


async def insert_registration(tx: Tx, batch: Batch, *, by: str, log_index: int) -> None:
    await tx.execute(
        """insert into trial_registration (id, family_id, owner_id, registered_by, model, kind, trials, root,
             log_index, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)""",
        batch.id, batch.family_id, batch.owner_id, by, batch.model, batch.kind, len(batch.new), batch.root,
        log_index, tx.now,
    )  # fmt: skip


async def families_of(tx: Tx, owner_id: str, shas: Sequence[str]) -> dict[str, str]:
    """The family of each of the owner's trials among these."""
    rows = await tx.fetch(
        "select sha, family_id from trial where owner_id = $1 and sha = any($2::text[])",
        owner_id, list(shas),
    )  # fmt: skip
    return {row["sha"]: row["family_id"] for row in rows}


async def insert_results(
    tx: Tx, owner_id: str, families: Mapping[str, str], *, figures: Mapping[str, Figures], vouched: Vouched
) -> set[str]:  # fmt: skip
    """The trials that had no result vouched for like this, and have one now."""
    found = list(figures.values())
    rows = await tx.fetch(
        """insert into trial_result (owner_id, sha, vouched, family_id, net_return, sharpe, max_drawdown, trades,
             periods, returns_sha, at)
           select $1, n.sha, $2, n.family, n.net_return, n.sharpe, n.drawdown, n.trades, n.periods, n.returns, $3
           from unnest($4::text[], $5::text[], $6::float8[], $7::float8[], $8::float8[], $9::int[], $10::int[],
             $11::text[]) as n(sha, family, net_return, sharpe, drawdown, trades, periods, returns)
           order by n.sha on conflict do nothing returning sha""",
        owner_id, vouched, tx.now, list(figures), [families[sha] for sha in figures],
        [one.net_return for one in found], [one.sharpe for one in found], [one.max_drawdown for one in found],
        [one.trades for one in found], [one.periods for one in found], [one.returns_sha for one in found],
    )  # fmt: skip
    return {row["sha"] for row in rows}


async def results(
    tx: Tx, owner_id: str, shas: Sequence[str], vouched: Vouched
) -> dict[str, Figures]:
    rows = await tx.fetch(
        """select sha, net_return, sharpe, max_drawdown, trades, periods, returns_sha from trial_result
           where owner_id = $1 and sha = any($2::text[]) and vouched = $3""",
        owner_id, list(shas), vouched,
    )  # fmt: skip
    return {row["sha"]: Figures(*list(row)[1:]) for row in rows}


async def registered(tx: Tx, family_id: str) -> Row | None:
    """Whose family it is and of which model; None before its first registration."""
    return await tx.fetchrow(
        "select owner_id, model from trial_registration where family_id = $1 limit 1", family_id
    )


async def count(tx: Tx, family_id: str) -> int:
    """Distinct configurations: a registration counts those that were new with it."""
    found: int = await tx.fetchval(
        "select coalesce(sum(trials), 0)::bigint from trial_registration where family_id = $1",
        family_id,
    )
    return found


async def tally(
    tx: Tx, family_id: str, owner_id: str
) -> tuple[int, int, datetime | None, datetime | None]:
    """Trials of all of the owner's families, reproduced ones of this family, its first and last registration."""
    row = await tx.one(
        """select (select coalesce(sum(trials), 0)::bigint from trial_registration where owner_id = $2) as owner_trials,
             (select count(*) from trial_result where family_id = $1 and vouched = 'reproduced') as reproduced,
             min(at) as first_at, max(at) as last_at from trial_registration where family_id = $1""",
        family_id, owner_id,
    )  # fmt: skip
    return row["owner_trials"], row["reproduced"], row["first_at"], row["last_at"]


async def sharpe_ratios(tx: Tx, family_id: str) -> list[float]:
    rows = await tx.fetch(
        """select distinct on (t.number) r.sharpe from trial_result r join trial t using (owner_id, sha)
           where r.family_id = $1 and r.sharpe is not null order by t.number, r.vouched""",
        family_id,
    )
    return [row["sharpe"] for row in rows]


async def page(
    tx: Tx, family_id: str, *, registration_id: str | None, after: int, limit: int
) -> list[Trial]:
    which, given = "family_id = $1 and number > $2", []
    if registration_id is not None:
        which, given = which + " and registration_id = $4", [registration_id]
    rows = await tx.fetch(
        _TRIAL.format(which=which + " order by number limit $3"), family_id, after, limit, *given
    )
    return [_trial(row) for row in rows]


async def by_sha(tx: Tx, owner_id: str, sha: str) -> Trial | None:
    row = await tx.fetchrow(_TRIAL.format(which="owner_id = $1 and sha = $2"), owner_id, sha)
    return None if row is None else _trial(row)


def _windows(configuration: Configuration) -> str | None:
    windows = configuration.windows
    return None if windows is None else canonical_json(dict(windows)).decode()


def _trial(row: Row) -> Trial:
    figures: dict[Vouched, Any] = row["figures"] or {}
    lineage = Lineage(
        row["pack_sha"], row["indicator_set_sha"], row["model_config_sha"], row["policy_sha"]
    )
    return Trial(
        sha=row["sha"], owner_id=row["owner_id"], family_id=row["family_id"], model=row["model"],
        kind=row["kind"],
        configuration=Configuration(lineage, row["engine_version"], row["seed"], row["windows"]),
        registration_id=row["registration_id"], root=row["root"], log_index=row["log_index"],
        registered_at=row["at"], recorded_at=row["recorded_at"], number=row["number"],
        figures={vouched: Figures(*of) for vouched, of in figures.items()},
    )  # fmt: skip
