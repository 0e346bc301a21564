"""Stripe whole: creators' accounts there, payouts in steps, events polled, money moved between gateways."""

from arena_migrations import run_sql

revision = "0034"
down_revision = "0033"

UP = """
alter table gateway_event
  add column account text,                  -- of a connected account: whose it is
  add column via text not null default 'webhook' check (via in ('webhook', 'poll'));
create table gateway_ear (                  -- how the line to a gateway is, and up to when its events were polled
  gateway text primary key,
  heard_until timestamptz,                  -- by the gateway's clock
  answered_at timestamptz,                  -- wall clock from here on
  failed_at timestamptz,
  failure text
);

alter table payment_method add column removed_at timestamptz;   -- wall clock: the gateway has it no more

create table connected_account (            -- money/billing/connected: a creator's own account at the gateway
  id text primary key,                      -- cac_…, also the gateway's idempotency key
  person_id text not null references person,
  gateway text not null,
  country text not null check (country ~ '^[A-Z]{2}$'),
  form text not null check (form in ('person', 'company')),
  account_id text unique,                   -- acct_…; null until the gateway has answered
  payouts_enabled boolean not null default false,
  details_submitted boolean not null default false,
  due text[] not null default '{}',         -- what the gateway asks for, in its words
  checking text[] not null default '{}',    -- handed in; the gateway looks at it
  due_by timestamptz,
  problem text,                             -- why it is closed, in the gateway's words
  bank_id text,                             -- where its payouts go: the gateway's name of the bank account
  bank_words text not null default '',
  at timestamptz not null,                  -- product time
  asked_at timestamptz not null default clock_timestamp(),  -- how old the key is
  looked_at timestamptz,                    -- wall clock: when the gateway was asked last
  unique (person_id, gateway)
);

alter table payout add column bank_id text; -- where the connected account pays to, as it was when this was asked for

create table connected_payout (             -- money/payouts: a payout's way through the gateway, step by step
  payout_id text primary key references payout,
  state text not null,                      -- STEP_MOVES in money/payouts/model.py
  tries int not null default 0 check (tries >= 0),  -- refused and nothing done: the next call has a key of its own
  transfer_id text,
  arrived bigint check (arrived > 0),       -- what came to the connected account, in its currency
  arrived_currency char(3),
  bank_payout_id text,
  reversal_id text,
  why text,
  sent_at timestamptz not null default clock_timestamp(),   -- wall clock, as all here
  looked_at timestamptz not null default clock_timestamp(),
  paid_at timestamptz
);
create index connected_payout_open on connected_payout (looked_at) where state not in ('returned', 'refused');

create table gateway_move (                 -- money/billing: money moved between gateways by hand, by two operators
  id text primary key,                      -- gmv_…
  from_gateway text not null,
  to_gateway text not null check (to_gateway <> from_gateway),
  amount bigint not null check (amount > 0),
  currency char(3) not null,
  bank_reference text not null,
  reason text not null,
  state text not null check (state in ('asked', 'booked', 'withdrawn')),
  asked_by text not null references person,
  decided_by text references person,
  at timestamptz not null,                  -- product time
  decided_at timestamptz,
  check (state <> 'booked' or (decided_by is not null and decided_by <> asked_by))
);
create index gateway_move_newest on gateway_move (at desc, id desc);
"""

DOWN = """
drop table gateway_move, connected_payout, connected_account, gateway_ear;
alter table payout drop column bank_id;
alter table payment_method drop column removed_at;
alter table gateway_event drop column account, drop column via;
"""


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
