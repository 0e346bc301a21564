"""Performance fees and metered usage: what is agreed, what was read and counted, and what follows from it."""

from arena_migrations import run_sql

revision = "0031"
down_revision = "0030"

UP = """
create table performance_fee_rule (         -- money/performance_fees: where fees are computed, and where charged
  country char(2) primary key,              -- ISO 3166-1; a country that is not here has none
  mode text not null check (mode in ('off', 'shadow', 'charged'))
);
create table performance_fee_offer (        -- what a creator asks for; the highest version holds
  creator_id text not null,
  version int not null check (version > 0),
  policy text not null check (policy in ('cumulative_profit', 'loss_carry', 'lots')),
  rate_bps int not null check (rate_bps between 0 and 5000),
  period text not null check (period in ('month', 'quarter')),
  minimum bigint not null check (minimum >= 1000000),      -- cents
  at timestamptz not null,
  primary key (creator_id, version)
);
create table performance_fee_contract (     -- one of a copier and a creator, ever: who comes back finds his marks
  id text primary key,                      -- pfc_…
  copier_id text not null,
  creator_id text not null,
  country char(2) not null,
  us_person bool not null,
  qualified_client bool not null,
  policy text not null check (policy in ('cumulative_profit', 'loss_carry', 'lots')),
  rate_bps int not null check (rate_bps between 0 and 5000),
  next_rate_bps int check (next_rate_bps between 0 and 5000),
  period text not null check (period in ('month', 'quarter')),
  minimum bigint not null check (minimum >= 1000000),
  currency char(3) not null,
  status text not null,                     -- MOVES in money/performance_fees/model.py
  started_at timestamptz not null,          -- product time, as all below
  period_start timestamptz not null,
  period_end timestamptz not null check (period_end > period_start),
  unique (copier_id, creator_id)
);
create index performance_fee_contract_due on performance_fee_contract (period_end, id)
  where status in ('active', 'ending');
create table performance_fee_account (
  account_id text primary key,
  contract_id text not null references performance_fee_contract
);
create index performance_fee_account_contract on performance_fee_account (contract_id);
create table performance_fee_reading (      -- equity, then flow; cents
  contract_id text not null references performance_fee_contract,
  number int not null check (number > 0),
  account_id text not null,
  at timestamptz not null,
  equity bigint not null,
  flow bigint not null,
  source text not null,                     -- who says so
  reference text not null,                  -- why: a flow's id, or that it was time
  public_key bytea not null check (length(public_key) = 32),
  signature bytea not null check (length(signature) = 64),
  primary key (contract_id, number),
  unique (contract_id, reference)
);
create index performance_fee_reading_at on performance_fee_reading (contract_id, at);
create table performance_fee_statement (
  id text primary key,                      -- pfs_…
  contract_id text not null references performance_fee_contract,
  period_start timestamptz not null,
  period_end timestamptz not null,
  reading_last int not null,                -- the number of the last reading that is in it
  fee bigint not null check (fee >= 0),     -- cents
  charged bool not null,
  journal_id text references journal,
  sha text not null check (sha ~ '^[0-9a-f]{64}$'),
  document jsonb not null,
  unique (contract_id, period_start),
  check (not charged or (fee > 0) = (journal_id is not null))
);
create index performance_fee_statement_newest on performance_fee_statement (contract_id, period_end desc);

create table usage_plan (                   -- money/usage: a customer who pays by the call
  id text primary key,                      -- upl_…
  subject text not null,                    -- usr_… or col_…: whose calls
  price_micros bigint not null check (price_micros > 0),   -- millionths of a dollar a call
  minimum bigint not null check (minimum >= 0),            -- cents a month, as the two below
  monthly bigint not null check (monthly >= 0),
  setup bigint not null check (setup >= 0),                -- cents, once
  cap bigint check (cap >= 0),              -- cents of usage a month at most
  starts_at timestamptz not null,
  ends_at timestamptz check (ends_at >= starts_at),
  invoiced_until timestamptz not null       -- months before it have their invoice
);
create unique index usage_plan_live on usage_plan (subject) where ends_at is null;
create index usage_plan_due on usage_plan (invoiced_until, id);
create table usage_event (                  -- units of calls; a correction has a reason, and may be below zero
  id text primary key,
  plan_id text not null references usage_plan,
  key_id text not null,
  month timestamptz not null,
  at timestamptz not null,                  -- product time
  units bigint not null check (units <> 0 and (units > 0 or reason is not null)),
  reason text
);
create index usage_event_plan on usage_event (plan_id, at desc, id desc);
create table usage_month (                  -- follows from the events, in the transaction of each
  plan_id text not null references usage_plan,
  month timestamptz not null,
  units bigint not null default 0,
  invoiced bigint not null default 0,       -- of these units
  primary key (plan_id, month)
);
create index usage_month_open on usage_month (plan_id, month) where units <> invoiced;
create table usage_lease (                  -- units below a cap that one process may let through before it counts them
  id text primary key,
  plan_id text not null references usage_plan,
  month timestamptz not null,
  units bigint not null check (units >= 0),
  expires_at timestamptz not null           -- wall time
);
create index usage_lease_plan on usage_lease (plan_id, month);
create table usage_alert (
  plan_id text not null references usage_plan,
  month timestamptz not null,
  percent int not null,
  at timestamptz not null,
  primary key (plan_id, month, percent)
);
create table usage_invoice (
  id text primary key,                      -- uin_…
  plan_id text not null references usage_plan,
  month timestamptz not null,
  total bigint not null,                    -- cents
  lines jsonb not null,
  at timestamptz not null,
  unique (plan_id, month)
);
do $$ declare name text; begin
  foreach name in array array['performance_fee_offer', 'performance_fee_reading', 'performance_fee_statement',
    'usage_event', 'usage_alert', 'usage_invoice'] loop
    execute format('create trigger ro before update or delete on %I for each row execute function arena_append_only()',
      name);
    execute format('create trigger nt before truncate on %I execute function arena_append_only()', name);
  end loop;
end $$;
"""

DOWN = """
drop table usage_invoice, usage_alert, usage_lease, usage_month, usage_event, usage_plan, performance_fee_statement,
  performance_fee_reading, performance_fee_account, performance_fee_contract, performance_fee_offer,
  performance_fee_rule;
"""


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
