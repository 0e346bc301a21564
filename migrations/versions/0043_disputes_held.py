"""Disputes held: the disputes of a subscription stand beside it, so that nothing else has to remember one is open."""

from arena_migrations import run_sql

revision = "0043"
down_revision = "0042"

UP = """
create table subscription_dispute (         -- marketplace/subscriptions: a charge that its bank took back for now
  id text primary key,                      -- dsp_…
  subscription_id text not null references subscription,
  opened_at timestamptz not null,           -- product time
  closed_at timestamptz
);
create index subscription_dispute_open on subscription_dispute (subscription_id) where closed_at is null;
create table subscription_decline (         -- each charge after the first that was declined or waits for its person
  attempt_id text primary key,              -- pay_…
  subscription_id text not null references subscription,
  at timestamptz not null                   -- product time
);
insert into subscription_dispute (id, subscription_id, opened_at, closed_at)
  select d.id, s.id, d.at, d.ended_at from dispute d join payment_attempt a on a.id = d.attempt_id
  left join subscription_change c on c.id = a.reference
  join subscription s on s.id = coalesce(c.subscription_id, a.reference);

drop trigger decide on subscription;
alter table subscription
  add column disputed_since timestamptz,    -- while a dispute of it is open: no access, no charge; all else stays
  add column resumed_at timestamptz;        -- when the last dispute was won: no period that is charged begins before
update subscription s set disputed_since = coalesce((select min(opened_at) from subscription_dispute d
    where d.subscription_id = s.id and d.closed_at is null), updated_at),
  access_until = greatest(access_until, suspended_access),
  charge_at = case when cancel_at_period_end or (pause_months is not null and status = 'active') then null
    else period_end end
  where suspended_access is not null and status <> 'ended';
alter table subscription drop column suspended_access;

create or replace function access_decide(s subscription, since timestamptz) returns void language plpgsql as $$
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
    when s.disputed_since is not null then 'disputed'
    when s.cancel_at_period_end then 'canceled'
    when s.pause_months is not null then 'paused'
    else 'past_due' end;
  if s.status in ('active', 'past_due') and s.disputed_since is null then
    stops := coalesce(s.access_until, '-infinity');   -- 'infinity' never: what is not paid for ends
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
create trigger decide after update on subscription for each row
  when ((old.status, old.tier, old.period_end, old.access_until, old.disputed_since, old.cancel_at_period_end,
      old.trial, old.pause_months, old.end_reason)
    is distinct from (new.status, new.tier, new.period_end, new.access_until, new.disputed_since,
      new.cancel_at_period_end, new.trial, new.pause_months, new.end_reason))
  execute function access_follows_subscription();
"""

DOWN = """
drop trigger decide on subscription;
alter table subscription add column suspended_access timestamptz;
update subscription set suspended_access = access_until, access_until = least(access_until, disputed_since),
  charge_at = null where disputed_since is not null and status <> 'ended';
alter table subscription drop column disputed_since, drop column resumed_at;
drop table subscription_decline, subscription_dispute;
create or replace function access_decide(s subscription, since timestamptz) returns void language plpgsql as $$
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
create trigger decide after update on subscription for each row
  when ((old.status, old.tier, old.period_end, old.access_until, old.suspended_access, old.cancel_at_period_end,
      old.trial, old.pause_months, old.end_reason)
    is distinct from (new.status, new.tier, new.period_end, new.access_until, new.suspended_access,
      new.cancel_at_period_end, new.trial, new.pause_months, new.end_reason))
  execute function access_follows_subscription();
"""


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
