"""Market: what listings are filtered and sorted by, indexed."""

from arena_migrations import run_sql

revision = "0010"
down_revision = "0009"

UP = """
alter table listing add column found_in text not null     -- what search words are looked for in
  generated always as (lower(title || ' ' || summary || ' ' || instrument)) stored;
create index listing_newest on listing (listed_at desc, id) where status = 'listed';
create index listing_instrument on listing (instrument) where status = 'listed';
create index listing_tier_price on listing_tier (amount, listing_id);

alter table listing_score
  add column badges text[],                 -- marketplace/listings/badges.py; null: scored before there were any
  add column score_value integer generated always as ((score->>'value')::integer) stored,
  add column max_drawdown double precision
    generated always as ((metrics->>'max_drawdown')::double precision) stored;
create index listing_score_badges on listing_score using gin (badges);
create index listing_score_drawdown on listing_score (max_drawdown) include (listing_id);
create index listing_score_history on listing_score (history_days) include (listing_id);
"""

DOWN = """
drop index listing_score_history, listing_score_drawdown, listing_score_badges;
alter table listing_score drop column max_drawdown, drop column score_value, drop column badges;
drop index listing_tier_price, listing_instrument, listing_newest;
alter table listing drop column found_in;
"""


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
