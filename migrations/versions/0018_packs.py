"""Market: recordings as a source, how the source is, gaps in the history of bars."""

from arena_migrations import run_sql

revision = "0018"
down_revision = "0017"

UP = """
alter table tape drop constraint tape_source_check,
  add constraint tape_source_check check (source in ('live', 'folder', 'sample', 'recorded'));
create table price_state (                  -- how the source of prices is, as the worker that plays it tells
  one bool primary key default true check (one),
  at timestamptz not null default clock_timestamp(),
  state jsonb not null                      -- docs/reference/prices.md
);
create table candle_gap (                   -- missing bars that the exchange was asked for, and has not either
  symbol text not null references instrument,
  open_at timestamptz not null,             -- of the first that is missing
  until timestamptz not null,               -- the open of the next one that is there
  asked_at timestamptz not null default clock_timestamp(),
  primary key (symbol, open_at),
  check (open_at < until)
);
"""

DOWN = """
drop table candle_gap, price_state;
delete from tape where source = 'recorded';
alter table tape drop constraint tape_source_check,
  add constraint tape_source_check check (source in ('live', 'folder', 'sample'));
"""


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
