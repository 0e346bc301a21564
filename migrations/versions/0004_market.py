"""Market: instruments, candles, the tape."""

from arena_migrations import run_sql

revision = "0004"
down_revision = "0003"

UP = """
create table instrument (
  symbol text primary key,                  -- BTC-USD, BTCUSDT
  base text not null,
  quote text not null,
  tick numeric not null check (tick > 0),             -- price step
  step numeric not null check (step > 0),             -- quantity step
  notional_min numeric not null check (notional_min >= 0),
  status text not null default 'trading' check (status in ('trading', 'halted')),
  source text not null
);
create table candle (                       -- closed bars of the tape's own interval
  symbol text not null references instrument,
  open_at timestamptz not null,
  open numeric not null, high numeric not null, low numeric not null, close numeric not null,
  volume numeric not null,                  -- base units
  primary key (symbol, open_at)
);
create table tape (
  one bool primary key default true check (one),
  source text not null check (source in ('live', 'folder', 'sample')),
  reason text not null,                     -- why this source was chosen at the last start
  pack jsonb not null,                      -- manifest: symbols, interval_s, from, to, files with sha256
  pack_sha text not null,
  interval_s integer not null check (interval_s > 0),
  next_open_at timestamptz,                 -- open of the next bar to play; null when the tape has ended
  speed text not null,                      -- 1x, 900x, max, pause, auto
  until timestamptz,                        -- pause here
  steps bigint not null default 0,
  ended_at timestamptz
);
create table book_snapshot (                -- the latest book of a live exchange
  symbol text primary key references instrument,
  at timestamptz not null,
  bids jsonb not null, asks jsonb not null, -- [["price", "quantity"], ...], best first
  model text not null
);
create table trade_print (                  -- the latest trades of a live exchange, bounded per symbol
  symbol text not null references instrument,
  id bigint not null,
  at timestamptz not null,
  price numeric not null,
  quantity numeric not null,
  taker_side text not null check (taker_side in ('buy', 'sell')),
  primary key (symbol, id)
);
"""

DOWN = """
drop table trade_print, book_snapshot, tape, candle, instrument;
"""


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
