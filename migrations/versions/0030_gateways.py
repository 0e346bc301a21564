"""Gateways: what is given back and disputed is bounded; what they tell is kept once; their books beside ours."""

from arena_migrations import run_sql

revision = "0030"
down_revision = "0029"

UP = """
alter table payment_attempt
  add column refunded bigint not null default 0 check (refunded >= 0),
  add column disputed bigint not null default 0 check (disputed >= 0),
  add constraint payment_bounded check (refunded + disputed <= case state when 'succeeded' then amount else 0 end);
create index payment_charge on payment_attempt (gateway, gateway_charge_id);

alter table subscription add column suspended_access timestamptz;   -- while a charge is disputed: what access was

create table refund (                       -- money/billing; the intent is written before the gateway is called
  id text primary key,                      -- ref_…, also the gateway's idempotency key
  attempt_id text not null references payment_attempt,
  amount bigint not null check (amount > 0),
  currency char(3) not null,
  owed boolean not null,                    -- from what stands on customer:…:refund_due, else from the shares
  state text not null,                      -- REFUND_MOVES in money/billing/model.py
  gateway_refund_id text,
  failure text,
  reason text not null,
  by_id text not null,                      -- who gave it back
  at timestamptz not null,                  -- product time
  sent_at timestamptz not null default clock_timestamp(),
  settled_at timestamptz
);
create index refund_attempt on refund (attempt_id);
create index refund_unsettled on refund (sent_at) where state in ('sending', 'sent');
create index refund_at on refund (at desc, id desc);

create table dispute (                      -- money/billing: as the gateway tells of it
  id text primary key,                      -- dsp_…
  attempt_id text not null references payment_attempt,
  gateway text not null,
  gateway_dispute_id text not null,
  amount bigint not null check (amount > 0),
  fee bigint not null check (fee >= 0),
  currency char(3) not null,
  state text not null,                      -- DISPUTE_MOVES in money/billing/model.py
  at timestamptz not null,                  -- product time
  ended_at timestamptz,
  unique (gateway, gateway_dispute_id)
);
create index dispute_attempt on dispute (attempt_id);

create table gateway_event (                -- money/billing: webhooks, each once; the row is also the job
  gateway text not null,
  id text not null,
  kind text not null,
  object_id text not null,
  received_at timestamptz not null default clock_timestamp(),
  handled_at timestamptz,
  tries smallint not null default 0,
  said text,                                -- what came of it, or why it waits
  primary key (gateway, id)
);
create index gateway_event_open on gateway_event (received_at) where handled_at is null;

create table gateway_customer (
  person_id text not null references person,
  gateway text not null,
  customer_id text not null,
  primary key (person_id, gateway)
);
create table card_visit (                   -- a person on the gateway's page, where he types his card
  id text primary key,                      -- cvs_…, also the gateway's idempotency key
  person_id text not null references person,
  gateway text not null,
  session_id text unique,
  url text,
  back text not null,                       -- a path of ours that he goes on at
  payment_method_id text references payment_method,
  at timestamptz not null                   -- product time
);
create table gateway_movement (             -- what the gateway's own books say, beside ours
  gateway text not null,
  id text not null,
  kind text not null,
  idem text not null,                       -- the journal of ours that it should be
  amount bigint not null,                   -- minor units, in is positive
  currency char(3) not null,
  moved_at timestamptz not null,            -- by the gateway's clock
  seen_at timestamptz not null default clock_timestamp(),
  journal_id text,                          -- the one it was matched with
  told_at timestamptz,                      -- when it was told of as unmatched
  primary key (gateway, id)
);
create unique index gateway_movement_journal on gateway_movement (journal_id);
create index gateway_movement_open on gateway_movement (gateway) where journal_id is null;
create table journal_unmatched (            -- ours alone: journals on a gateway's account that it does not know of
  journal_id text primary key references journal,
  gateway text not null,
  told_at timestamptz not null default clock_timestamp()
);
create table reconciliation (               -- each comparison that was made
  id bigint generated always as identity primary key,
  gateway text not null,
  at timestamptz not null default clock_timestamp(),
  until timestamptz not null,               -- the newest of their movements
  matched int not null, ours_only int not null, theirs_only int not null
);
create index reconciliation_newest on reconciliation (gateway, id desc);

create table fake_refund (                  -- the fake gateway's own books
  id text primary key,
  idempotency_key text not null unique,
  charge_id text not null references fake_charge,
  amount bigint not null check (amount > 0),
  at timestamptz not null default clock_timestamp()
);
create table manual_charge (                -- the manual gateway: what customers are to transfer
  id text primary key,                      -- mch_…, what the customer writes on his transfer
  idempotency_key text not null unique,
  amount bigint not null check (amount > 0), currency char(3) not null,
  state text not null check (state in ('requires_action', 'succeeded', 'declined')),
  bank_reference text,
  at timestamptz not null default clock_timestamp(),
  ended_at timestamptz
);
create table manual_refund (                -- what the operator is to send back
  id text primary key,
  idempotency_key text not null unique,
  charge_id text not null references manual_charge,
  amount bigint not null check (amount > 0),
  state text not null check (state in ('pending', 'succeeded', 'failed')),
  bank_reference text,
  at timestamptz not null default clock_timestamp(),
  ended_at timestamptz
);
"""

DOWN = """
drop table manual_refund, manual_charge, fake_refund, reconciliation, journal_unmatched, gateway_movement, card_visit,
  gateway_customer, gateway_event, dispute, refund;
drop index payment_charge;
alter table subscription drop column suspended_access;
alter table payment_attempt drop constraint payment_bounded, drop column refunded, drop column disputed;
"""


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
