"""Listings: the model card a listing shows."""

from arena_migrations import run_sql

revision = "0022"
down_revision = "0021"

UP = """
create table listing_card (                 -- the newest row of a listing counts
  listing_id text not null references listing,
  number bigint generated always as identity,
  card_sha text not null references model_card,
  linked_by text not null,
  at timestamptz not null,
  primary key (listing_id, number)
);
create trigger ro before update or delete on listing_card for each row execute function arena_append_only();
create trigger nt before truncate on listing_card execute function arena_append_only();
"""

DOWN = "drop table listing_card;"


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
