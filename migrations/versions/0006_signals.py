"""Signals: model documents, feeds, signals, what following made of them."""

from arena_migrations import run_sql

revision = "0006"
down_revision = "0005"

UP = """
create table model_document (
  sha text primary key,
  kind text not null check (kind in ('pack', 'indicator_set', 'model_config', 'policy')),
  body jsonb not null,
  at timestamptz not null
);
create table feed (
  id text primary key,                      -- fd_…
  collective_id text not null references collective,
  name text not null,
  about text not null default '',
  instrument text not null references instrument,
  account_id text not null references account,   -- the reference account
  lineage jsonb not null,
  status text not null default 'open' check (status in ('open', 'closed')),
  last_sequence bigint not null default 0,
  last_hash text not null,                  -- 64 zeros before the first signal
  last_issued_at timestamptz,
  opened_at timestamptz not null,
  closed_at timestamptz,
  unique (collective_id, name)
);
create table signal (
  feed_id text not null references feed,
  sequence bigint not null check (sequence > 0),
  id text not null unique,                  -- sig_…
  body jsonb not null,                      -- the signal as signed
  signature bytea not null,
  key_id text not null references collective_key,
  hash text not null,                       -- SHA-256 of the canonical form, hex
  salt bytea not null,
  log_index bigint not null,
  instrument text not null,
  target_weight numeric not null check (target_weight between 0 and 1),
  issued_at timestamptz not null,
  valid_until timestamptz not null,
  received_at timestamptz not null,         -- product time
  primary key (feed_id, sequence)
);
create index signal_issued on signal (feed_id, issued_at);
create trigger ro before update or delete on signal for each row execute function arena_append_only();
create trigger nt before truncate on signal execute function arena_append_only();

create table following_act (
  signal_id text not null,
  account_id text not null references account,
  outcome text not null,                    -- ordered, unchanged, too_small, stale, refused
  detail jsonb not null default '{}',
  at timestamptz not null,
  primary key (signal_id, account_id)
);
create table strategist (                   -- a built-in strategy at work for a feed
  feed_id text primary key references feed,
  strategy text not null,
  parameters jsonb not null,
  decided_at timestamptz,                   -- close of the last bar it has decided on
  position smallint not null                -- the order in which strategists decide
);
"""

DOWN = """
drop table strategist, following_act, signal, feed, model_document;
"""


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
