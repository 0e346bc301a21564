"""Subscriptions that live: a year's price, trials, coupons, changes of tier, days of grace."""

from arena_migrations import run_sql

revision = "0028"
down_revision = "0027"

UP = """
alter table listing_tier
  add column year_amount bigint check (year_amount > 0),       -- null: not sold by the year
  add column trial_days smallint not null default 0 check (trial_days between 0 and 30);

create table coupon (
  id text primary key,                      -- cpn_…
  code text not null,                       -- upper case; what a person types
  listing_id text references listing,       -- null: for every listing, made by an operator
  issuer_id text not null,                  -- who made it
  percent smallint check (percent between 1 and 90),
  amount bigint check (amount > 0), currency char(3),
  charges smallint not null check (charges between 1 and 36),  -- how many charges it lowers
  uses_max integer check (uses_max > 0),    -- null: no bound
  expires_at timestamptz,                   -- product time; null: never
  stopped_at timestamptz,
  at timestamptz not null,
  check ((percent is null) <> (amount is null)), check ((amount is null) = (currency is null))
);
create unique index coupon_code on coupon (code);
create index coupon_issuer on coupon (issuer_id, at desc, id desc);

alter table subscription
  add column period text not null default 'month' check (period in ('month', 'year')),
  add column paid bigint not null default 0 check (paid >= 0),  -- what the whole running period costs, at what was paid
  add column agreed_at timestamptz,         -- when its person last agreed to `amount`
  add column grace_days smallint not null default 3 check (grace_days between 0 and 14),
  add column past_due_since timestamptz,    -- when the renewal was first declined; retries count from here
  add column trial bool not null default false,                 -- the running period is one
  add column coupon_id text references coupon,
  add column coupon_left smallint not null default 0 check (coupon_left >= 0);
update subscription set paid = amount, agreed_at = created_at,
  past_due_since = case when status = 'past_due' then period_end end;
alter table subscription alter column agreed_at set default '-infinity', alter column agreed_at set not null;

create table coupon_use (                   -- a coupon once a person
  coupon_id text not null references coupon,
  person_id text not null references person,
  subscription_id text not null references subscription,
  at timestamptz not null,
  primary key (coupon_id, person_id)
);
create table subscription_once (            -- what a person gets once a listing, for good
  person_id text not null references person,
  listing_id text not null references listing,
  what text not null check (what in ('trial', 'cooling_off')),
  subscription_id text not null references subscription,
  at timestamptz not null,
  primary key (person_id, listing_id, what)
);
create trigger ro before update or delete on subscription_once for each row execute function arena_append_only();
create trigger nt before truncate on subscription_once execute function arena_append_only();

create table subscription_change (          -- another tier or period, now or with the next period
  id text primary key,                      -- chg_…, what its charge is for
  subscription_id text not null references subscription,
  listing_id text not null references listing,
  state text not null,                      -- CHANGE_MOVES in marketplace/subscriptions/model.py
  from_tier text not null, tier text not null,
  from_period text not null, period text not null check (period in ('month', 'year')),
  amount bigint not null check (amount > 0), currency char(3) not null,   -- a period of it
  charge bigint not null check (charge >= 0),                            -- taken at once
  period_start timestamptz not null,        -- of the period it was begun in
  at timestamptz not null,                  -- the moment the charge was reckoned for
  created_at timestamptz not null,
  settled_at timestamptz
);
create unique index subscription_change_open on subscription_change (subscription_id)
  where state in ('charging', 'scheduled');
create index subscription_change_of on subscription_change (subscription_id, created_at);
create index subscription_change_seat on subscription_change (listing_id, tier)
  where state in ('charging', 'scheduled');
"""

DOWN = """
drop table subscription_change, subscription_once, coupon_use;
alter table subscription drop column period, drop column paid, drop column agreed_at, drop column grace_days,
  drop column past_due_since, drop column trial, drop column coupon_id, drop column coupon_left;
drop table coupon;
alter table listing_tier drop column year_amount, drop column trial_days;
"""


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
