"""Complimentary access: a creator gives somebody a tier of his listing for nothing, until a day."""

from arena_migrations import run_sql

revision = "0039"
down_revision = "0038"

UP = """
create table complimentary (                -- marketplace/subscriptions/complimentary
  id text primary key,                      -- cmp_…
  listing_id text not null references listing,
  feed_id text not null references feed,
  tier text not null check (tier in ('basic', 'pro', 'enterprise')),
  email text not null,                      -- who was invited, lower case
  reason text not null check (length(reason) between 1 and 200),   -- for its creator and operators only
  given_by text not null,                   -- usr_… or col_…
  by_operator boolean not null,
  state text not null,                      -- MOVES in marketplace/subscriptions/complimentary/model.py
  invited_at timestamptz not null,          -- product time, as those below
  until timestamptz not null,               -- access ends then, claimed or not
  link_until timestamptz not null,          -- wall time
  person_id text references person,         -- who claimed it
  claimed_at timestamptz,
  ended_at timestamptz,
  end_reason text,
  check ((state = 'invited') <= (person_id is null)), check ((state = 'claimed') <= (person_id is not null)),
  check ((state = 'ended') = (ended_at is not null)), check (claimed_at < until)
);
create unique index complimentary_email on complimentary (listing_id, email) where state <> 'ended';
create unique index complimentary_person on complimentary (listing_id, person_id) where state = 'claimed';
create index complimentary_held on complimentary (person_id, claimed_at) where state = 'claimed';
create index complimentary_of on complimentary (listing_id, invited_at);
create index complimentary_over on complimentary (until) where state <> 'ended';
create index complimentary_lapsed on complimentary (link_until) where state = 'invited';

alter table access_right drop constraint access_right_kind_check,
  add constraint access_right_kind_check check (kind in ('subscription', 'seat', 'free', 'complimentary'));

-- As of the others (0032): decided with the change. A claim decides its own end as well, so that it comes of itself; a
-- row that is closed because its time was over has nothing to add.
create function access_follows_complimentary() returns trigger language plpgsql as $$ begin
  if new.state = 'claimed' then
    insert into access_right (id, kind, person_id, listing_id, feed_id, at)
      values (new.id, 'complimentary', new.person_id, new.listing_id, new.feed_id, new.claimed_at);
    insert into access_decision (right_id, revision, tier, reason, can_change, can_access, can_bill, can_deliver,
        valid_from, valid_until, access_until)
      values (new.id, 1, new.tier, 'comp', false, true, false, true, new.claimed_at, new.until, new.until),
        (new.id, 1, new.tier, 'comp_ended', false, false, false, false, new.until, 'infinity', null);
  elsif old.state = 'claimed' and new.end_reason <> 'over' then
    insert into access_decision (right_id, revision, tier, reason, can_change, can_access, can_bill, can_deliver,
        valid_from)
      values (new.id, 2, new.tier, case new.end_reason when 'revoked' then 'comp_revoked'
        when 'given_back' then 'comp_given_back' else new.end_reason end, false, false, false, false, new.ended_at);
  end if;
  return null;
end $$;
create trigger decide after update on complimentary for each row when (old.state is distinct from new.state)
  execute function access_follows_complimentary();
"""

# What was decided is only ever added to, so its guard is off while the rows of this kind go.
DOWN = """
drop table complimentary;
drop function access_follows_complimentary();
alter table access_decision disable trigger ro;
alter table access_right disable trigger ro;
alter table first_delivery disable trigger ro;
delete from first_delivery where right_id in (select id from access_right where kind = 'complimentary');
delete from access_decision where right_id in (select id from access_right where kind = 'complimentary');
delete from access_right where kind = 'complimentary';
alter table first_delivery enable trigger ro;
alter table access_decision enable trigger ro;
alter table access_right enable trigger ro;
alter table access_right drop constraint access_right_kind_check,
  add constraint access_right_kind_check check (kind in ('subscription', 'seat', 'free'));
"""


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
