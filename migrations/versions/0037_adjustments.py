"""Corrections of the ledger that one operator asks for and another one signs."""

from arena_migrations import run_sql

revision = "0037"
down_revision = "0036"

UP = """
create table adjustment (                   -- money/adjustments
  id text primary key,                      -- adj_…
  debit text not null,                      -- codes of the chart of accounts
  credit text not null check (credit <> debit),
  amount bigint not null check (amount > 0),
  currency char(3) not null,
  reference text not null,                  -- the business id it sets right, or its own
  reason text not null,
  state text not null check (state in ('asked', 'posted', 'withdrawn')),   -- MOVES in money/adjustments/model.py
  asked_by text not null references person,
  asked_at timestamptz not null,            -- product time
  decided_by text references person,
  decided_at timestamptz,
  journal_id text unique,
  check ((state = 'asked') = (decided_by is null) and (state = 'asked') = (decided_at is null)),
  check ((state = 'posted') = (journal_id is not null)),
  constraint two_people check (state <> 'posted' or decided_by <> asked_by)
);
create index adjustment_newest on adjustment (asked_at desc, id desc);
"""

DOWN = """
drop table adjustment;
"""


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
