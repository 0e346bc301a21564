"""Collectives and the board: recovery of keys, days of records summed up, seasons with frozen results."""

from arena_migrations import run_sql

revision = "0014"
down_revision = "0013"

UP = """
create table key_recovery (                 -- people/identity: an operator binds a key where all were lost
  id text primary key,                      -- rec_…
  collective_id text not null references collective,
  public_key bytea not null check (octet_length(public_key) = 32),
  status text not null default 'waiting' check (status in ('waiting', 'bound', 'stopped')),
  reason text not null,                     -- what the operator has checked
  begun_by text not null references person,
  begun_at timestamptz not null default clock_timestamp(),
  due_at timestamptz not null,              -- wall time; until then owner and operators may stop it
  ended_at timestamptz,
  ended_by text,                            -- whoever stopped it; null: bound when it was due
  ended_reason text,
  bound_at timestamptz,                     -- product time, as the keys of a collective have it
  check ((status = 'waiting') = (ended_at is null)),
  check ((status = 'bound') = (bound_at is not null))
);
create unique index key_recovery_waiting on key_recovery (collective_id) where status = 'waiting';
create index key_recovery_of on key_recovery (collective_id, begun_at);
create index key_recovery_at on key_recovery (begun_at desc, id desc);

-- Derived from equity_mark and the flows of an account, and rebuilt from them at any time: a row per day with
-- marks. Levels are equity with deposits and withdrawals taken out, in quote units from the opening cash on.
create table equity_day (                   -- trading/performance
  account_id text not null references account,
  at timestamptz not null,                  -- the midnight (UTC, product time) that ends the day
  level float8 not null,                    -- of the day's last mark
  high float8 not null,
  low float8 not null,
  fall float8 not null,                     -- the largest fall from a high within the day, as a fraction
  primary key (account_id, at)
);

create table season (                       -- trading/performance
  id text primary key,                      -- sea_…
  name text not null,
  note text not null default '',
  starts_at timestamptz not null,           -- midnights (UTC) of product time
  ends_at timestamptz not null,
  venue text not null default 'all' check (venue in ('all', 'paper', 'live')),
  symbol text references instrument,        -- null: whatever was traded
  status text not null default 'open' check (status in ('open', 'frozen', 'withdrawn')),
  opened_by text not null references person,
  opened_at timestamptz not null,           -- product time
  ended_at timestamptz,                     -- product time; when it was frozen or withdrawn
  document bytea,                           -- the result as canonical JSON, which nobody changes any more
  document_sha text,
  log_index bigint,
  check (ends_at > starts_at),
  check ((status = 'open') = (ended_at is null)),
  check ((status = 'frozen') = (document is not null and document_sha is not null and log_index is not null))
);
create unique index season_name on season (lower(name)) where status <> 'withdrawn';
create index season_starts on season (starts_at desc, id desc);
create index season_due on season (ends_at) where status = 'open';
create table season_line (
  season_id text not null references season,
  place integer not null check (place > 0), -- in the list; only accounts with enough history have a rank
  rank integer,
  account_id text not null references account,
  kind text not null,
  owner_id text not null,
  venue text not null,
  opened_at timestamptz not null,
  closed_at timestamptz,
  accounts_before integer not null,         -- accounts that the owner had opened before this one
  daily_returns integer not null,
  total_return float8, volatility float8, sharpe float8, sharpe_low float8, sharpe_high float8,
  max_drawdown float8,
  primary key (season_id, place),
  unique (season_id, account_id)
);
create function season_stays() returns trigger language plpgsql as $$
begin
  if old.status <> 'open' then
    raise exception 'a season that is % does not change', old.status;
  end if;
  return new;
end $$;
create trigger stays before update on season for each row execute function season_stays();
create trigger ro before delete on season for each row execute function arena_append_only();
create trigger ro before update or delete on season_line for each row execute function arena_append_only();
create trigger nt before truncate on season_line execute function arena_append_only();
"""

DOWN = """
drop table season_line, season;
drop function season_stays;
drop table equity_day, key_recovery;
"""


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
