"""Marketplace: listings and their versions, subscriptions."""

from arena_migrations import run_sql

revision = "0008"
down_revision = "0007"

UP = """
create table listing (
  id text primary key,                      -- lst_…
  feed_id text not null unique references feed,
  creator_id text not null,                 -- usr_… or col_…: who is paid
  status text not null,                     -- MOVES in marketplace/listings/model.py
  version integer not null default 1,       -- the newest version
  title text not null,
  summary text not null,
  instrument text not null,
  listed_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index listing_status on listing (status, id);
create index listing_creator on listing (creator_id);
create table listing_version (
  listing_id text not null references listing,
  version integer not null,
  body jsonb not null,                      -- everything the creator says, canonical
  sha text not null,
  note text not null,                       -- what changed and why, shown in the change log
  author_id text not null,
  log_index bigint not null,
  at timestamptz not null,
  primary key (listing_id, version)
);
create trigger ro before update or delete on listing_version for each row execute function arena_append_only();
create table listing_tier (
  listing_id text not null references listing,
  tier text not null check (tier in ('basic', 'pro', 'enterprise')),
  amount bigint not null check (amount > 0),
  currency char(3) not null default 'USD',
  seats integer check (seats >= 0),         -- null: no bound
  primary key (listing_id, tier)
);
create table listing_score (                -- derived; marketplace/listings/rescore.py rebuilds it
  listing_id text primary key references listing,
  at timestamptz not null,                  -- product time of the last mark it rests on
  rank double precision,                    -- lower bound of the net Sharpe's 80 % interval; null: unranked
  history_days integer not null,
  score jsonb not null,
  metrics jsonb not null
);
create index listing_score_rank on listing_score (rank desc nulls last, listing_id);
create table moderation_case (
  id text primary key,                      -- mod_…
  listing_id text not null references listing,
  version integer not null,
  state text not null check (state in ('open', 'approved', 'rejected')),
  gates jsonb not null,                     -- the checks as they stood at submission
  submitted_by text not null,
  submitted_at timestamptz not null,
  decided_by text, decided_at timestamptz, reason text
);
create unique index moderation_open on moderation_case (listing_id) where state = 'open';

create table subscription (
  id text primary key,                      -- sub_…
  listing_id text not null references listing,
  feed_id text not null references feed,
  person_id text not null references person,
  tier text not null,
  amount bigint not null, currency char(3) not null,
  platform_bps smallint not null,           -- the platform's share, fixed when subscribing
  payment_method_id text not null references payment_method,
  status text not null,                     -- MOVES in marketplace/subscriptions/model.py
  anchor_day smallint not null check (anchor_day between 1 and 31),
  period_start timestamptz, period_end timestamptz,
  charge_at timestamptz,                    -- when the next charge is due, product time; null: none
  access_until timestamptz,                 -- entitled while active or past_due and now < access_until
  cancel_at_period_end bool not null default false,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  ended_at timestamptz,
  end_reason text,
  revision integer not null default 1       -- counts up with every change
);
create unique index subscription_live on subscription (person_id, listing_id)
  where status in ('incomplete', 'active', 'past_due');
create index subscription_due on subscription (charge_at) where status in ('active', 'past_due');
create index subscription_feed on subscription (person_id, feed_id) where status in ('active', 'past_due');
create index subscription_listing on subscription (listing_id) where status in ('incomplete', 'active', 'past_due');
"""

DOWN = """
drop table subscription, moderation_case, listing_score, listing_tier, listing_version, listing;
"""


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
