"""The Lab: sweeps, how far they are, and what came of them."""

from arena_migrations import run_sql

revision = "0023"
down_revision = "0022"

UP = """
create table sweep (                        -- signals/lab/sweeps: many configurations of one model on the same bars
  id text primary key,                      -- swp_…: follows from the collective and from what is swept
  number bigint generated always as identity unique,
  owner_id text not null,                   -- the person who answers for it, or the collective that nobody owns
  collective_id text not null,
  family_id text not null,                  -- fam_…: the trials its configurations are
  run_by text not null check (run_by in ('creator', 'arena')),   -- whose machine; what a creator's tells is his word
  asked jsonb not null,                     -- what is swept: model, candles, space, method, seed
  pack_sha text not null references model_document,
  policy_sha text not null references model_document,
  configurations int not null check (configurations > 0),
  status text not null check (status in ('queued', 'running', 'interrupted', 'done', 'failed', 'cancelled')),
  done int not null default 0 check (done between 0 and configurations),
  per_second float8 not null default 0 check (per_second >= 0 and per_second < 'Infinity'),
  best jsonb,                               -- the best so far: parameters and figures
  why text,                                 -- it failed
  summary jsonb,                            -- when done: the best, the luck in it, heat maps, stability
  opened_at timestamptz not null,           -- these four are wall time
  started_at timestamptz,
  updated_at timestamptz not null,
  ended_at timestamptz
);
create index sweep_owner on sweep (owner_id, number);
create index sweep_waiting on sweep (number) where run_by = 'arena' and status in ('queued', 'running');

create table sweep_result (                 -- every configuration of a sweep that the arena has run, as Parquet
  sweep_id text primary key references sweep,
  parquet bytea not null
);
create trigger ro before update or delete on sweep_result for each row execute function arena_append_only();
create trigger nt before truncate on sweep_result execute function arena_append_only();
"""

DOWN = "drop table sweep_result, sweep;"


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
