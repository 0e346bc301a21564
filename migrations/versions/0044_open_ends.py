"""Open ends of payments: what cannot be given back, events given up, late transfers, lines explained by two people."""

from arena_migrations import run_sql

revision = "0044"
down_revision = "0043"

UP = """
alter table refund add column by_hand boolean not null default false;   -- sent from the bank, not by the gateway

create table refund_trouble (               -- money/billing: payments by which what is owed does not go back
  attempt_id text primary key references payment_attempt,
  failures smallint not null check (failures > 0),
  failure text not null,                    -- the gateway's word for the last one
  next_at timestamptz,                      -- wall clock: tried again then; null: an operator decides
  since timestamptz not null default clock_timestamp()
);

alter table gateway_event
  add column next_at timestamptz,           -- wall clock: not looked at before
  add column given_up_at timestamptz;       -- an operator decides
create index gateway_event_handled on gateway_event (handled_at) where handled_at is not null;
create index gateway_event_given_up on gateway_event (given_up_at) where given_up_at is not null;

alter table manual_charge
  add column late_reference text,           -- what came after it was given up, by the bank's reference
  add column late_at timestamptz;
alter table manual_refund
  alter column charge_id drop not null,     -- none where money of another gateway goes back by the bank
  add column currency char(3),              -- that of the charge where null
  add column came_back_at timestamptz;

alter table payment_attempt add column unwanted_at timestamptz;   -- whoever asked for it has canceled since

alter table dispute add column fee_back bigint not null default 0 check (fee_back >= 0);

create table books_explanation (            -- money/billing: lines that one person says are the same, and another signs
  id text primary key,                      -- bex_…
  gateway text not null,
  journal_ids text[] not null,              -- ours
  movement_ids text[] not null,             -- theirs
  amount bigint not null,                   -- what each side comes to, minor units
  currency char(3) not null,
  reason text not null,
  state text not null,                      -- EXPLANATION_MOVES in money/billing/operators/explain.py
  asked_by text not null,
  decided_by text,
  at timestamptz not null,                  -- product time
  decided_at timestamptz
);
create index books_explanation_newest on books_explanation (at desc, id desc);
create table journal_explained (
  journal_id text primary key references journal,
  explanation_id text not null references books_explanation
);
alter table gateway_movement add column explained_by text references books_explanation;

create table gateway_compared (             -- gateways whose books are compared with ours, and how that goes
  gateway text primary key,
  since timestamptz not null default clock_timestamp(),
  tried_at timestamptz,
  failure text                              -- an error's code, where the last try failed
);

do $$
declare listed text;
begin
  select pg_get_constraintdef(oid) into listed from pg_constraint where conname = 'journal_kind';
  execute 'alter table journal drop constraint journal_kind, add constraint journal_kind '
    || replace(listed, 'ARRAY[', 'ARRAY[''payment.late''::text, ');
end $$;
"""

DOWN = """
do $$
declare listed text;
begin
  select pg_get_constraintdef(oid) into listed from pg_constraint where conname = 'journal_kind';
  execute 'alter table journal drop constraint journal_kind, add constraint journal_kind '
    || replace(listed, '''payment.late''::text, ', '');
end $$;
drop table gateway_compared, journal_explained;
alter table gateway_movement drop column explained_by;
drop table books_explanation;
alter table dispute drop column fee_back;
alter table payment_attempt drop column unwanted_at;
delete from manual_refund where charge_id is null;
alter table manual_refund alter column charge_id set not null, drop column currency, drop column came_back_at;
alter table manual_charge drop column late_reference, drop column late_at;
drop index gateway_event_given_up, gateway_event_handled;
alter table gateway_event drop column next_at, drop column given_up_at;
drop table refund_trouble;
alter table refund drop column by_hand;
"""


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
