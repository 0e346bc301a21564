"""The Lab: back-tests registered before they run, and what came of them."""

from arena_migrations import run_sql

revision = "0019"
down_revision = "0018"

UP = """
-- A lineage is a claim; the documents it names stay what they are.
create trigger ro before update or delete on model_document for each row execute function arena_append_only();

create table trial_registration (           -- signals/lab/trials: one call; what it registered cannot be taken back
  id text primary key,                      -- trg_…
  family_id text not null,                  -- fam_…: all trials of one owner under one model's name
  owner_id text not null,                   -- the person who answers for them, or the collective that nobody owns
  registered_by text not null,              -- the collective or person who called
  model text not null,
  kind text not null check (kind in ('backtest', 'walk_forward', 'sweep_member')),
  trials int not null check (trials > 0),   -- configurations the owner had not registered before
  root text not null,                       -- SHA-256 over their hashes, sorted
  log_index bigint not null,                -- the entry of the transparency log that names `root`
  at timestamptz not null,                  -- product time
  recorded_at timestamptz not null default clock_timestamp()   -- wall time
);
create index trial_registration_family on trial_registration (family_id, at);
create index trial_registration_owner on trial_registration (owner_id);
create trigger ro before update or delete on trial_registration for each row execute function arena_append_only();
create trigger nt before truncate on trial_registration execute function arena_append_only();

create table trial (                        -- one configuration; what it says is digested by `sha`
  owner_id text not null,
  sha text not null,
  number bigint generated always as identity,
  family_id text not null,
  registration_id text not null,            -- its row follows in the same transaction, behind the log's
  pack_sha text not null,
  indicator_set_sha text not null,
  model_config_sha text not null,
  policy_sha text not null,
  engine_version text not null,
  seed bigint not null,
  windows jsonb,                            -- of a walk-forward; null for one run over the whole span
  primary key (owner_id, sha)
);
create index trial_family on trial (family_id, number);
create index trial_by_registration on trial (registration_id, number);
create trigger ro before update or delete on trial for each row execute function arena_append_only();
create trigger nt before truncate on trial execute function arena_append_only();

create table trial_result (                 -- written once by whoever vouches for it
  owner_id text not null,
  sha text not null,
  vouched text not null check (vouched in ('reproduced', 'self_reported')),
  family_id text not null,
  net_return float8 not null check (net_return >= -1 and net_return < 'Infinity'),
  sharpe float8 check (sharpe > '-Infinity' and sharpe < 'Infinity'),
  max_drawdown float8 not null check (max_drawdown between 0 and 1),
  trades int not null check (trades >= 0),
  periods int not null check (periods >= 0),
  returns_sha text,                         -- of the Parquet file with the returns of all periods
  at timestamptz not null,                  -- product time
  recorded_at timestamptz not null default clock_timestamp(),  -- wall time
  primary key (owner_id, sha, vouched),
  foreign key (owner_id, sha) references trial
);
create index trial_result_family on trial_result (family_id, vouched);
create trigger ro before update or delete on trial_result for each row execute function arena_append_only();
create trigger nt before truncate on trial_result execute function arena_append_only();
"""

DOWN = """
drop table trial_result, trial, trial_registration;
drop trigger ro on model_document;
"""


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
