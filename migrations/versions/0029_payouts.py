"""Creators' money: who they are, where it goes, payouts, months that are closed."""

from arena_migrations import run_sql

revision = "0029"
down_revision = "0028"

UP = """
create index journal_at on journal using brin (at);     -- journals come in the order of their times

create table payee_paper (                  -- money/payouts: what a payee tells of himself, and what came of it
  id text primary key,                      -- ppr_…
  person_id text not null references person,
  kind text not null check (kind in ('identity', 'tax_form', 'account')),
  state text not null check (state in ('waiting', 'accepted', 'refused', 'replaced')),
  form text not null,                       -- person, company; w9, w8ben, w8bene; the gateway of an account
  name text not null,
  country text not null check (country ~ '^[A-Z]{2}$'),
  secret bytea,                             -- sealed: tax number, account number
  hint text not null default '',            -- its last four characters
  signed_at timestamptz,                    -- product times from here on
  expires_at timestamptz,
  at timestamptz not null,
  decided_by text references person,
  decided_at timestamptz,
  reason text
);
create unique index payee_paper_current on payee_paper (person_id, kind) where state in ('waiting', 'accepted');
create index payee_paper_waiting on payee_paper (at, id) where state = 'waiting';

create table payout_stop (                  -- nothing is paid to this person until it is lifted
  id text primary key,                      -- pst_…
  person_id text not null references person,
  source text not null,                     -- operator, or the business id that caused it
  reason text not null,
  at timestamptz not null,
  lifted_by text references person,
  lifted_at timestamptz,
  lifted_reason text
);
create unique index payout_stop_open on payout_stop (person_id, source) where lifted_at is null;

create table payout (
  id text primary key,                      -- pyo_…, also the gateway's idempotency key
  person_id text not null references person,
  amount bigint not null check (amount > 0),
  currency char(3) not null,
  gateway text not null,
  account_id text not null references payee_paper,      -- where it goes, fixed with the request
  set_aside text not null,                  -- the journal that reserves it
  state text not null check (state in
    ('requested', 'reserved', 'in_transit', 'paid', 'failed', 'cancelled', 'reversed')),
  asked_at timestamptz not null,            -- product time
  approved_by text references person,
  released_by text references person,
  sent_at timestamptz,
  accepted bool not null default false,     -- the gateway has taken it: what was set aside has moved
  bank_reference text,
  settled_at timestamptz,
  reason text,
  check (approved_by is null or approved_by <> person_id),
  check (released_by is null or released_by not in (person_id, coalesce(approved_by, '')))
);
create unique index payout_under_way on payout (person_id) where state in ('requested', 'reserved', 'in_transit');
create index payout_person on payout (person_id, asked_at desc, id desc);
create index payout_state on payout (state, asked_at, id);

create table fake_payout (                  -- the fake gateway's own books: pretend they are elsewhere
  id text primary key,                      -- fpo_…
  idempotency_key text not null unique,
  amount bigint not null, currency char(3) not null,
  destination text not null,
  state text not null check (state in ('accepted', 'paid', 'failed', 'refused')),
  at timestamptz not null default clock_timestamp()
);

create table creator_statement (            -- money/statements: a month, closed
  id text primary key,                      -- stm_…
  creator_id text not null,                 -- usr_… or col_…
  month date not null check (extract(day from month) = 1),
  document bytea not null,                  -- canonical JSON; the bytes that were hashed
  sha text not null check (sha ~ '^[0-9a-f]{64}$'),
  log_index bigint not null,
  at timestamptz not null,                  -- product time
  unique (creator_id, month)
);
create trigger ro before update or delete on creator_statement for each row execute function arena_append_only();
create trigger nt before truncate on creator_statement execute function arena_append_only();
do $$ begin
  if exists (select from pg_roles where rolname = 'arena_app') then
    revoke update, delete on creator_statement from arena_app;
  end if;
end $$;
"""

DOWN = """
drop table creator_statement, fake_payout, payout, payout_stop, payee_paper;
drop index journal_at;
"""


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
