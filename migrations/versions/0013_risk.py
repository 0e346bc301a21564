"""Risk: the operator's bounds, the owner's, and what was liquidated."""

from arena_migrations import run_sql

revision = "0013"
down_revision = "0012"

UP = """
alter table risk_limit                      -- trading/risk: the owner's own; null: no wish
  add column drawdown_max numeric not null default 1,
  add column position_quantity_max jsonb not null default '{}',   -- base units by symbol
  add column orders_10s_max integer,
  add column orders_day_max integer,
  add column open_orders_max integer,
  add column price_collar_bps integer,
  add column symbols text[],
  add column liquidation_drawdown numeric,
  add column liquidation_exposure numeric;

create table risk_bound (                   -- trading/risk: the operator's, for one account; null: the installation's
  account_id text primary key references account,
  position_weight_max numeric,
  exposure_max numeric,
  daily_drawdown_max numeric,
  drawdown_max numeric,
  order_notional_max numeric,
  position_quantity_max jsonb not null default '{}',
  orders_10s_max integer,
  orders_day_max integer,
  open_orders_max integer,
  price_collar_bps integer,
  symbols text[],
  liquidation_drawdown numeric,
  liquidation_exposure numeric,
  barred_at timestamptz,                    -- the operator's stop; the owner's is risk_limit.killed_at
  peak_since timestamptz                    -- total drawdown is counted from the highest equity since then
);

create table risk_peak (                    -- a cache of equity_mark: the highest up to `at`, less what was paid in
  account_id text primary key references account,
  at timestamptz not null,
  net numeric not null
);

create table liquidation (                  -- trading/orders
  id text primary key,                      -- liq_…
  account_id text not null references account,
  cause text not null check (cause in ('drawdown', 'exposure')),
  level numeric not null,                   -- what was reached, a fraction of equity
  trigger numeric not null,
  holdings jsonb not null,                  -- base units by symbol when it began: slices are shares of these
  status text not null,                     -- MOVES in trading/orders/liquidation/model.py
  began_at timestamptz not null,
  ended_at timestamptz
);
create unique index liquidation_running on liquidation (account_id) where ended_at is null;
create index liquidation_account on liquidation (account_id, began_at);
create table liquidation_step (
  liquidation_id text not null references liquidation,
  number integer not null,
  symbol text not null,
  quantity numeric not null check (quantity > 0),
  client_order_id text not null,
  status text not null,                     -- STEP_MOVES, beside them
  planned_at timestamptz not null,
  order_id text,
  sold numeric,                             -- base units
  proceeds numeric,                         -- quote units, fees aside
  why text,
  primary key (liquidation_id, number)
);
"""

DOWN = """
drop table liquidation_step, liquidation, risk_peak, risk_bound;
alter table risk_limit
  drop column drawdown_max, drop column position_quantity_max, drop column orders_10s_max,
  drop column orders_day_max, drop column open_orders_max, drop column price_collar_bps, drop column symbols,
  drop column liquidation_drawdown, drop column liquidation_exposure;
"""


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
