"""Rights: what was decided about a person and a feed, from when to when and why; seats, pauses, free tiers."""

from arena_migrations import run_sql

revision = "0032"
down_revision = "0031"

UP = """
alter table listing_tier
  add column team_seats smallint not null default 0 check (team_seats between 0 and 1000),
  add constraint seats_of_enterprise check (team_seats = 0 or tier = 'enterprise');
alter table subscription
  add column pause_months smallint check (pause_months between 1 and 3),  -- active: comes with the period's end
  add column resume_told_at timestamptz,    -- when its person was told that it goes on soon
  add column team_seats smallint not null default 0 check (team_seats between 0 and 1000);
drop index subscription_live, subscription_due, subscription_listing, subscription_feed;
create unique index subscription_live on subscription (person_id, listing_id)
  where status in ('incomplete', 'active', 'past_due', 'paused');
create index subscription_due on subscription (charge_at) where status in ('active', 'past_due', 'paused');
create index subscription_listing on subscription (listing_id)
  where status in ('incomplete', 'active', 'past_due', 'paused');
create index subscription_pausing on subscription (period_end) where pause_months is not null;

create table subscription_seat (            -- marketplace/subscriptions/seats: one person of an Enterprise subscriber's
  id text primary key,                      -- set_…
  subscription_id text not null references subscription,
  listing_id text not null references listing,
  feed_id text not null references feed,
  email text not null,                      -- who was invited, lower case
  state text not null,                      -- MOVES in marketplace/subscriptions/seats/model.py
  invited_at timestamptz not null,          -- product time, as those below
  link_until timestamptz not null,          -- wall time
  person_id text references person,         -- who claimed it
  claimed_at timestamptz,
  ended_at timestamptz,
  end_reason text,
  check ((state = 'invited') <= (person_id is null)), check ((state = 'claimed') <= (person_id is not null)),
  check ((state = 'ended') = (ended_at is not null))
);
create unique index seat_email on subscription_seat (subscription_id, email) where state <> 'ended';
create unique index seat_person on subscription_seat (subscription_id, person_id) where state = 'claimed';
create index seat_held on subscription_seat (person_id, claimed_at) where state = 'claimed';
create index seat_of on subscription_seat (subscription_id, invited_at);

create table free_offer (                   -- marketplace/subscriptions/free: a listing's free tier, while it is open
  listing_id text primary key references listing,
  delay_s integer check (delay_s > 0),      -- null: closed
  at timestamptz not null
);
create table free_follow (                  -- who receives it, or was given a tier for nothing
  id text primary key,                      -- fol_…
  listing_id text not null references listing,
  feed_id text not null references feed,
  person_id text not null references person,
  at timestamptz not null,
  ended_at timestamptz,
  end_reason text
);
create unique index follow_live on free_follow (person_id, listing_id) where ended_at is null;
create index follow_listing on free_follow (listing_id, at);

create table access_right (                 -- what a right stands on: a subscription, a seat of one, a free follow
  id text primary key,                      -- sub_…, set_…, fol_…
  kind text not null check (kind in ('subscription', 'seat', 'free')),
  parent_id text references access_right,   -- a seat holds only as long as its subscription does
  person_id text not null references person,
  listing_id text not null references listing,
  feed_id text not null references feed,
  at timestamptz not null
);
create index access_right_person on access_right (person_id, feed_id);
create index access_right_parent on access_right (parent_id) where parent_id is not null;
create table access_decision (              -- the newest one that covers a moment is what holds in it
  id bigint generated always as identity primary key,
  right_id text not null references access_right,
  revision integer not null,                -- those decided together; each covers all times from its beginning on
  tier text not null,
  reason text not null,                     -- docs/reference/entitlements.md
  can_change boolean not null,
  can_access boolean not null,
  can_bill boolean not null,
  can_deliver boolean not null,
  valid_from timestamptz not null,          -- product time, half-open
  valid_until timestamptz not null default 'infinity',
  access_until timestamptz,                 -- when access ends if nothing happens; null: not, or there is none
  unique (right_id, revision, valid_from),
  check (valid_from < valid_until), check (can_deliver <= can_access)
);
create table first_delivery (               -- the first signal that a real-time tier was given since it was had
  right_id text primary key references access_right,
  sequence bigint not null,
  channel text not null,                    -- pull, stream, page, evidence
  at timestamptz not null                   -- product time
);
do $$ declare name text; begin
  foreach name in array array['access_right', 'access_decision', 'first_delivery'] loop
    execute format('create trigger ro before update or delete on %I for each row execute function arena_append_only()',
      name);
    execute format('create trigger nt before truncate on %I execute function arena_append_only()', name);
  end loop;
end $$;

-- Whoever writes a subscription, what follows from it is decided in the same transaction. It is also decided what
-- comes of itself: a period that ends, days of grace that end, a pause that ends.
create function access_decide(s subscription, since timestamptz) returns void language plpgsql as $$
declare
  reason text; over text; stops timestamptz; grace timestamptz; pause_ends timestamptz; number integer;
  goes_on boolean := not s.cancel_at_period_end and s.pause_months is null;
begin
  insert into access_right (id, kind, person_id, listing_id, feed_id, at)
    values (s.id, 'subscription', s.person_id, s.listing_id, s.feed_id, s.created_at) on conflict do nothing;
  over := case
    when s.status = 'ended' then case
      when s.end_reason = 'listing_taken_down' then 'moderation'
      else coalesce(split_part(s.end_reason, ':', 1), 'ended') end
    when s.status = 'incomplete' then 'incomplete'
    when s.suspended_access is not null then 'disputed'
    when s.cancel_at_period_end then 'canceled'
    when s.pause_months is not null then 'paused'
    else 'past_due' end;
  if s.status in ('active', 'past_due') then   -- 'infinity' never: what is not paid for ends
    stops := coalesce(s.access_until, '-infinity');
  else stops := '-infinity'; end if;
  grace := case s.status when 'active' then least(coalesce(s.period_end, stops), stops) else '-infinity' end;
  reason := case when s.trial then 'trial' else 'paid' end;
  pause_ends := case when s.status = 'paused' and over = 'paused' then s.period_end else 'infinity' end;
  select coalesce(max(d.revision), 0) + 1 into number from access_decision d where d.right_id = s.id;
  insert into access_decision (right_id, revision, tier, reason, can_change, can_access, can_bill, can_deliver,
      valid_from, valid_until, access_until)
    select s.id, number, s.tier, w.reason, w.change, w.access, w.bill, w.access, greatest(w.starts, since), w.ends,
      case when w.access then stops end
    from (values
      (1, reason, goes_on and not s.trial, true, goes_on, since, grace),
      (2, 'grace', false, true, true, grace, stops),
      (3, over, false, false, over in ('incomplete', 'past_due'), greatest(stops, grace), pause_ends),
      (4, over, false, false, true, pause_ends, 'infinity'::timestamptz)
    ) as w (place, reason, change, access, bill, starts, ends)
    where greatest(w.starts, since) < w.ends order by w.place;
end $$;
create function access_follows_subscription() returns trigger language plpgsql as $$ begin
  perform access_decide(new, new.updated_at);
  return null;
end $$;
create trigger decide_new after insert on subscription for each row execute function access_follows_subscription();
create trigger decide after update on subscription for each row
  when ((old.status, old.tier, old.period_end, old.access_until, old.suspended_access, old.cancel_at_period_end,
      old.trial, old.pause_months, old.end_reason)
    is distinct from (new.status, new.tier, new.period_end, new.access_until, new.suspended_access,
      new.cancel_at_period_end, new.trial, new.pause_months, new.end_reason))
  execute function access_follows_subscription();

create function access_follows_seat() returns trigger language plpgsql as $$ begin
  if new.state = 'claimed' then
    insert into access_right (id, kind, parent_id, person_id, listing_id, feed_id, at)
      values (new.id, 'seat', new.subscription_id, new.person_id, new.listing_id, new.feed_id, new.claimed_at);
    insert into access_decision (right_id, revision, tier, reason, can_change, can_access, can_bill, can_deliver,
        valid_from)
      values (new.id, 1, 'enterprise', 'seat', false, true, false, true, new.claimed_at);
  elsif old.state = 'claimed' then
    insert into access_decision (right_id, revision, tier, reason, can_change, can_access, can_bill, can_deliver,
        valid_from)
      values (new.id, 2, 'enterprise', 'seat_revoked', false, false, false, false, new.ended_at);
  end if;
  return null;
end $$;
create trigger decide after update on subscription_seat for each row when (old.state is distinct from new.state)
  execute function access_follows_seat();

create function access_follows_free() returns trigger language plpgsql as $$ begin
  if tg_op = 'INSERT' then
    insert into access_right (id, kind, person_id, listing_id, feed_id, at)
      values (new.id, 'free', new.person_id, new.listing_id, new.feed_id, new.at);
    insert into access_decision (right_id, revision, tier, reason, can_change, can_access, can_bill, can_deliver,
        valid_from)
      values (new.id, 1, 'free', 'free', false, true, false, true, new.at);
  elsif new.ended_at is not null and old.ended_at is null then
    insert into access_decision (right_id, revision, tier, reason, can_change, can_access, can_bill, can_deliver,
        valid_from)
      values (new.id, 2, 'free', new.end_reason, false, false, false, false, new.ended_at);
  end if;
  return null;
end $$;
create trigger decide after insert or update on free_follow for each row execute function access_follows_free();

-- Every right a subject has to a feed, and what holds of it at that moment: the newest row that covers it. A collective
-- has what its owner has. A seat holds where its subscription does, and as long; a free tier while the listing is on
-- the market and its offer open. A function, so that its plan is kept: it is asked on the hot path, and planning it
-- takes longer than answering.
create function access_held(subject text, feed text, moment timestamptz) returns table (
  reason text, tier text, can_access boolean, can_change boolean, can_bill boolean, can_deliver boolean,
  until timestamptz, version bigint, right_id text, delay_s integer)
language plpgsql stable set plan_cache_mode to 'force_generic_plan' as $$
#variable_conflict use_column
begin
  return query
  with who as (select subject as id union
               select c.owner_id from collective c where c.id = subject and c.owner_id is not null)
  select 'owner', 'enterprise', true, true, false, true, null::timestamptz, 0::bigint, null::text, null::integer
    from feed f join collective c on c.id = f.collective_id, who
    where f.id = feed and (c.id = who.id or c.owner_id = who.id)
  union all
  select case
      when not d.can_access then d.reason
      when r.kind = 'seat' and not p.can_access then p.reason
      when r.kind = 'seat' and p.tier <> 'enterprise' then 'seat_revoked'
      when r.kind = 'free' and l.status not in ('listed', 'paused') then 'listing_delisted'
      when r.kind = 'free' and o.delay_s is null then 'free_closed'
      else d.reason end,
    d.tier,
    d.can_access and case r.kind when 'seat' then coalesce(p.can_access and p.tier = 'enterprise', false)
      when 'free' then l.status in ('listed', 'paused') and o.delay_s is not null else true end,
    d.can_change, d.can_bill, d.can_deliver and coalesce(p.can_deliver, r.kind <> 'seat'),
    least(d.access_until, p.access_until), greatest(d.id, p.id), r.id, o.delay_s
  from who join access_right r on r.person_id = who.id
  cross join lateral (select * from access_decision w where w.right_id = r.id and w.valid_from <= moment
    and w.valid_until > moment order by w.revision desc, w.valid_from desc limit 1) d
  left join lateral (select * from access_decision w where w.right_id = r.parent_id and w.valid_from <= moment
    and w.valid_until > moment order by w.revision desc, w.valid_from desc limit 1) p on r.kind = 'seat'
  left join free_offer o on r.kind = 'free' and o.listing_id = r.listing_id
  left join listing l on r.kind = 'free' and l.id = r.listing_id
  where r.feed_id = feed;
end $$;

-- What is there already: decided as of its running period.
select access_decide(s, case when status in ('active', 'past_due') then least(period_start, updated_at)
  else updated_at end) from subscription s;
-- Deliveries were not written down so far: a signal that was published while a real-time tier was held counts.
insert into first_delivery (right_id, sequence, channel, at)
  select s.id, min(g.sequence), 'assumed', min(g.received_at) from subscription s
  join signal g on g.feed_id = s.feed_id and g.received_at >= s.created_at
  where s.status in ('active', 'past_due') and s.tier <> 'basic' group by s.id;
"""

DOWN = """
drop function access_held(text, text, timestamptz);
drop trigger decide on subscription;
drop trigger decide_new on subscription;
drop table first_delivery, access_decision, access_right, free_follow, free_offer, subscription_seat;
drop function access_follows_free(), access_follows_seat(), access_follows_subscription(),
  access_decide(subscription, timestamptz);
update subscription set status = 'ended', ended_at = updated_at, end_reason = 'canceled' where status = 'paused';
drop index subscription_live, subscription_due, subscription_listing, subscription_pausing;
create unique index subscription_live on subscription (person_id, listing_id)
  where status in ('incomplete', 'active', 'past_due');
create index subscription_due on subscription (charge_at) where status in ('active', 'past_due');
create index subscription_feed on subscription (person_id, feed_id) where status in ('active', 'past_due');
create index subscription_listing on subscription (listing_id) where status in ('incomplete', 'active', 'past_due');
alter table subscription drop column pause_months, drop column resume_told_at, drop column team_seats;
alter table listing_tier drop column team_seats;
"""


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
