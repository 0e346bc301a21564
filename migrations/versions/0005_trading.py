"""Trading: accounts, balances, orders, tickets, fills, limits, equity marks."""

from arena_migrations import run_sql

revision = "0005"
down_revision = "0004"

UP = """
create table account (                      -- trading/portfolio
  id text primary key,                      -- acc_…
  kind text not null check (kind in ('reference', 'collective', 'copier')),
  owner_id text not null,                   -- fd_… for reference, col_… or usr_…
  venue text not null default 'paper',
  quote text not null,                      -- currency of equity
  opening_cash numeric not null check (opening_cash > 0),
  opened_at timestamptz not null,
  closed_at timestamptz
);
create index account_owner on account (owner_id);
create table balance (
  account_id text not null references account,
  asset text not null,
  quantity numeric not null check (quantity >= 0),
  primary key (account_id, asset)
);
create table position (
  account_id text not null references account,
  symbol text not null references instrument,
  quantity numeric not null check (quantity >= 0),
  average_cost numeric not null,            -- quote units per base unit, fees included
  realised_pnl numeric not null default 0,
  fees numeric not null default 0,          -- in quote units, at the fill's price
  primary key (account_id, symbol)
);

create table trade_order (                  -- trading/orders
  id text primary key,                      -- ord_…
  account_id text not null references account,
  client_order_id text not null,
  symbol text not null references instrument,
  side text not null check (side in ('buy', 'sell')),
  type text not null check (type in ('market', 'limit', 'stop_loss', 'take_profit')),
  quantity numeric not null check (quantity > 0),
  limit_price numeric, stop_price numeric,
  status text not null,                     -- MOVES in trading/orders/model.py
  filled_quantity numeric not null default 0,
  filled_quote numeric not null default 0,
  group_id text,                            -- orders of one group cancel each other (stop and take-profit)
  signal_id text,
  reason text,
  placed_at timestamptz not null,
  updated_at timestamptz not null,
  unique (account_id, client_order_id),
  check (filled_quantity <= quantity)
);
create index trade_order_open on trade_order (account_id, symbol) where status in ('accepted', 'partially_filled');
create index trade_order_by_account on trade_order (account_id, placed_at, id);

create table venue_rules (                  -- trading/venues/bars: what all records here were made under
  one bool primary key default true check (one),
  document jsonb not null
);
create table ticket (                       -- trading/venues/bars: what rests at the paper venue
  sequence bigint generated always as identity primary key,
  order_id text not null unique,
  account_id text not null,
  symbol text not null,
  side text not null,
  type text not null,
  remaining numeric not null check (remaining >= 0),
  limit_price numeric, stop_price numeric,
  group_id text,
  budget numeric,                           -- quote units a buy may still spend
  starved_at timestamptz[] not null default '{}',   -- bars that hit it with no liquidity left
  seen_at timestamptz,                      -- open of the first bar it was in
  effective_at timestamptz not null,        -- acceptance plus latency
  expires_at timestamptz,
  fills integer not null default 0,
  open bool not null default true
);
create index ticket_open on ticket (symbol, sequence) where open;
create index ticket_starved on ticket (account_id) where starved_at <> '{}';

create table fill (
  id text primary key,                      -- fil_…, derived from order and number
  order_id text not null references trade_order,
  account_id text not null references account,
  number integer not null,
  symbol text not null,
  side text not null,
  quantity numeric not null check (quantity > 0),
  price numeric not null check (price > 0),
  fee numeric not null check (fee >= 0),
  fee_asset text not null,
  liquidity text not null check (liquidity in ('maker', 'taker')),
  evidence jsonb not null,
  at timestamptz not null,
  unique (order_id, number)
);
create index fill_by_account on fill (account_id, at, id);
create trigger ro before update or delete on fill for each row execute function arena_append_only();

create table risk_limit (
  account_id text primary key references account,
  position_weight_max numeric not null default 1,
  exposure_max numeric not null default 1,
  daily_drawdown_max numeric not null default 1,
  order_notional_max numeric,
  killed_at timestamptz
);
create table equity_mark (                  -- trading/performance
  account_id text not null references account,
  at timestamptz not null,
  equity numeric not null,
  cash numeric not null,
  exposure numeric not null,                -- value of open positions
  primary key (account_id, at)
);
"""

DOWN = """
drop table equity_mark, risk_limit, fill, ticket, venue_rules, trade_order, position, balance, account;
"""


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
