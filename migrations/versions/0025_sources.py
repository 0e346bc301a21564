"""The Lab: strategies' files that creators have sent, what was found out about them, and the feeds they run for."""

from arena_migrations import run_sql

revision = "0025"
down_revision = "0023"

UP = """
create table strategy_source (              -- signals/lab/sources: a strategy's file, as its author sent it
  id text primary key,                      -- src_…, follows from owner and sha
  number bigint generated always as identity,
  sha text not null,                        -- SHA-256 (hex) of text and class name: a model's code_version
  owner_id text not null,                   -- the person who answers for it, or the collective that nobody owns
  sent_by text not null,                    -- the collective or person who sent it
  file_name text not null,
  class_name text not null,
  bytes integer not null,                   -- of the text, UTF-8
  at timestamptz not null,                  -- product time
  recorded_at timestamptz not null default clock_timestamp(),  -- wall time
  unique (owner_id, sha)
);
create trigger ro before update or delete on strategy_source for each row execute function arena_append_only();
create trigger nt before truncate on strategy_source execute function arena_append_only();

create table strategy_text (                -- the text itself, sealed by the vault; gone when its owner deletes it
  source_id text primary key references strategy_source,
  sealed bytea not null
);

create table source_report (                -- what the arena found: by its checks, at a card, at a feed
  source_id text not null references strategy_source,
  number bigint generated always as identity,
  kind text not null check (kind in ('checks', 'card', 'feed')),
  outcome text not null,
  about text,                               -- the card's sha or the feed's id
  lines jsonb not null,                     -- [name, passed, words], for the owner alone
  engine_version text not null,
  at timestamptz not null,                  -- product time
  recorded_at timestamptz not null default clock_timestamp(),  -- wall time
  primary key (source_id, number)
);
create trigger ro before update or delete on source_report for each row execute function arena_append_only();
create trigger nt before truncate on source_report execute function arena_append_only();

create table hosting_state (                -- signals/strategists/hosting: whether the worker can host; one row
  only_one boolean primary key default true check (only_one),
  is_on boolean not null,                   -- what ARENA_HOST_STRATEGIES said at the worker's start
  works boolean not null,                   -- whether a process could shut itself in
  why text not null,                        -- why not, in words
  at timestamptz not null                   -- wall time
);

create table hosting (                      -- signals/strategists/hosting: a feed the arena decides for by its code
  id text primary key,                      -- hst_…
  number bigint generated always as identity,
  feed_id text not null references feed,
  source_id text not null references strategy_source,
  owner_id text not null,                   -- as the source's
  key_id text not null references collective_key,  -- signs its signals; follows from the master key and the id
  model_config_sha text not null,           -- of the feed's lineage then; with another it ends
  policy_sha text not null,
  status text not null check (status in ('running', 'stopped', 'failed')),
  begun_by text not null,
  begun_at timestamptz not null,            -- product time
  decided_at timestamptz,                   -- close of the last bar it was asked at, product time
  decisions bigint not null default 0,
  failures integer not null default 0,      -- in a row
  busy_ms bigint not null default 0,        -- that its decisions took, by the wall clock
  memory_kb bigint not null default 0,      -- of its process alone, at the last decision
  ended_at timestamptz,                     -- product time
  ended_by text,
  why text
);
create unique index hosting_of_feed on hosting (feed_id) where status = 'running';
create index hosting_of_owner on hosting (owner_id, number);
"""

DOWN = "drop table hosting, hosting_state, source_report, strategy_text, strategy_source;"


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
