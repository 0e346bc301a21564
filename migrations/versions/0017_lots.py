"""Positions: flows of money, and the rates at which fees in a third asset were counted."""

from arena_migrations import run_sql

revision = "0017"
down_revision = "0016"

UP = """
-- Lots and profits are computed from fills; what fills do not say is kept here.
create table account_flow (                 -- trading/portfolio: money put in or taken out, never return
  id text primary key,                      -- flw_…
  account_id text not null references account,
  at timestamptz not null,
  asset text not null,
  quantity numeric not null check (quantity <> 0),      -- put in above zero, taken out below
  value_quote numeric not null,             -- its worth in the account's currency, with the same sign
  rate numeric not null check (rate >= 0),  -- quote units a unit of the asset; 0: nobody knew a price
  rate_from text not null,
  equity_before numeric not null,           -- the account's equity a moment before, in its currency
  note text not null,
  by text not null
);
create index account_flow_account on account_flow (account_id, at, id);
create trigger ro before update or delete on account_flow for each row execute function arena_append_only();

create index account_of_collectives on account (opened_at desc, id desc) where kind = 'collective';

create table fee_rate (                     -- trading/portfolio: fees in neither base nor quote asset
  fill_id text primary key references fill deferrable initially deferred,
  asset text not null,
  rate numeric not null check (rate >= 0),  -- quote units a unit of the asset; 0: nobody knew a price
  rate_from text not null
);
create trigger ro before update or delete on fee_rate for each row execute function arena_append_only();
"""

DOWN = """
drop index account_of_collectives;
drop table fee_rate, account_flow;
"""


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
