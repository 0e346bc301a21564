"""Legs are unfolded without a store of their own for each journal, which a billing run has thousands of."""

from arena_migrations import run_sql

revision = "0038"
down_revision = "0037"

UP = """
-- As in 0027. Both arrays of a journal are of one length (journal_legs), so they unfold in step.
create or replace function journal_apply() returns trigger language plpgsql
  security definer set search_path = public, pg_temp as $$
declare unbalanced text; moved int; done int; begin
  select id into unbalanced from added where (select sum(amount) from unnest(amounts) amount) <> 0 limit 1;
  if found then
    raise exception 'journal % does not balance', unbalanced using errcode = '23514'; end if;
  perform from ledger_account where id in (select unnest(accounts) from added) order by id for no key update;
  insert into entry (journal_id, account_id, currency, amount, phase)
    select id, unnest(accounts), currency, unnest(amounts), phase from added;
  with legs as (
    select account, currency, phase, greatest(amount, 0) as debit, greatest(-amount, 0) as credit
      from (select unnest(accounts) as account, unnest(amounts) as amount, currency, phase from added) leg),
  sums as (
    select account, currency,
      coalesce(sum(debit) filter (where phase in ('posted', 'post')), 0) as debits,
      coalesce(sum(credit) filter (where phase in ('posted', 'post')), 0) as credits,
      sum(case phase when 'pending' then debit when 'posted' then 0 else -debit end) as debits_held,
      sum(case phase when 'pending' then credit when 'posted' then 0 else -credit end) as credits_held
    from legs group by account, currency),
  changed as (
    update ledger_account a set
      debits_posted = a.debits_posted + s.debits, credits_posted = a.credits_posted + s.credits,
      debits_pending = a.debits_pending + s.debits_held, credits_pending = a.credits_pending + s.credits_held
    from sums s where a.id = s.account and a.currency = s.currency returning 1)
  select (select count(*) from sums), (select count(*) from changed) into moved, done;
  if moved <> done then
    raise exception 'a leg is in another currency than its account, or there is none' using errcode = '23503'; end if;
  return null;
end $$;
"""

DOWN = """
create or replace function journal_apply() returns trigger language plpgsql
  security definer set search_path = public, pg_temp as $$
declare unbalanced text; moved int; done int; begin
  select j.id into unbalanced from added j cross join lateral unnest(j.amounts) amount
    group by j.id having sum(amount) <> 0 limit 1;
  if found then
    raise exception 'journal % does not balance', unbalanced using errcode = '23514'; end if;
  perform from ledger_account where id in (select unnest(accounts) from added) order by id for no key update;
  insert into entry (journal_id, account_id, currency, amount, phase)
    select j.id, leg.account, j.currency, leg.amount, j.phase
    from added j, unnest(j.accounts, j.amounts) leg(account, amount);
  with legs as (
    select leg.account, j.currency, j.phase, greatest(leg.amount, 0) as debit, greatest(-leg.amount, 0) as credit
      from added j, unnest(j.accounts, j.amounts) leg(account, amount)),
  sums as (
    select account, currency,
      coalesce(sum(debit) filter (where phase in ('posted', 'post')), 0) as debits,
      coalesce(sum(credit) filter (where phase in ('posted', 'post')), 0) as credits,
      sum(case phase when 'pending' then debit when 'posted' then 0 else -debit end) as debits_held,
      sum(case phase when 'pending' then credit when 'posted' then 0 else -credit end) as credits_held
    from legs group by account, currency),
  changed as (
    update ledger_account a set
      debits_posted = a.debits_posted + s.debits, credits_posted = a.credits_posted + s.credits,
      debits_pending = a.debits_pending + s.debits_held, credits_pending = a.credits_pending + s.credits_held
    from sums s where a.id = s.account and a.currency = s.currency returning 1)
  select (select count(*) from sums), (select count(*) from changed) into moved, done;
  if moved <> done then
    raise exception 'a leg is in another currency than its account, or there is none' using errcode = '23503'; end if;
  return null;
end $$;
"""


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
