"""Live trading: keys of exchanges, orders sent there, differences found."""

from arena_migrations import run_sql

revision = "0016"
down_revision = "0015"

UP = """
create table live_switch (                  -- trading/orders/live: whether the operator lets anything be sent at all
  one bool primary key default true check (one),
  allowed bool not null,
  by text not null,
  reason text not null,
  at timestamptz not null
);
create table live_consent (                 -- collectives that have asked for live trading
  collective_id text primary key references collective,
  agreed_at timestamptz not null,
  withdrawn_at timestamptz
);
create table venue_key (                    -- keys of accounts at exchanges; the secret is sealed, and never shown
  id text primary key,                      -- vky_…
  collective_id text not null references collective,
  account_id text not null references account,
  venue text not null,
  kind text not null check (kind in ('hmac', 'ed25519', 'ccxt')),
  hint text not null,                       -- the last four characters of the public part
  sealed bytea not null,
  rights jsonb not null,                    -- what the exchange said of it when it was added
  added_at timestamptz not null,            -- by the wall clock, as all times of security
  revoked_at timestamptz,
  revoked_for text
);
create unique index venue_key_in_use on venue_key (account_id) where revoked_at is null;
create index venue_key_of on venue_key (collective_id, added_at);

create table live_order (                   -- what was sent, beside trade_order
  order_id text primary key references trade_order,
  account_id text not null references account,
  venue text not null,
  request jsonb not null,                   -- as it was asked for
  venue_order_id text,                      -- as soon as the exchange has said it
  written_at timestamptz not null,          -- before it was sent; by the wall clock
  settles_at timestamptz not null,          -- from then on "no such order" is the exchange's last word
  asked_at timestamptz,                     -- when it was last asked about
  asked integer not null default 0
);
create index live_order_by_venue_id on live_order (account_id, venue_order_id) where venue_order_id is not null;

create table live_check (                   -- how far the comparison of an account has come
  account_id text primary key references account,
  compared_at timestamptz not null,
  fills_since timestamptz not null,
  outcome text not null                     -- agrees, differs, or why it could not be compared
);
create table venue_difference (             -- where an exchange and our books do not agree
  id text primary key,                      -- dif_…
  account_id text not null references account,
  venue text not null,
  kind text not null check (kind in ('balance', 'order_missing', 'order_not_ours', 'fill_not_ours')),
  subject text not null,                    -- the asset, or the exchange's id of the order or fill
  ours text not null,
  theirs text not null,
  at timestamptz not null,
  ended_at timestamptz,
  ended_by text,
  note text
);
create unique index venue_difference_open on venue_difference (account_id, kind, subject) where ended_at is null;
create index venue_difference_by_time on venue_difference (at, id);

create table venue_health (                 -- what the process that compares sees of each exchange
  name text primary key,
  at timestamptz not null,
  document jsonb not null
);
"""

DOWN = """
drop table venue_health, venue_difference, live_check, live_order, venue_key, live_consent, live_switch;
alter table fill disable trigger ro;
delete from fill where account_id in (select id from account where venue <> 'paper');
alter table fill enable trigger ro;
delete from trade_order where account_id in (select id from account where venue <> 'paper');
"""


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
