"""A journal carries its legs: what does not balance is no row, and one statement posts it, whole."""

from arena_migrations import run_sql

revision = "0027"
down_revision = "0025"

UP = """
drop trigger entry_apply on entry;
drop trigger entry_same_tx on entry;
drop trigger journal_balanced on journal;
drop function entry_apply(), entry_same_tx(), journal_balanced();

alter table journal disable trigger ro;
alter table entry disable trigger ro;
alter table journal add column currency char(3), add column accounts bigint[], add column amounts bigint[];
-- the legs of a void are those of what it voids; what they do to the counters follows from the phase
update journal j set currency = e.currency, accounts = e.accounts, amounts = e.amounts
  from (select e.journal_id, min(e.currency) as currency, array_agg(e.account_id order by e.id) as accounts,
          array_agg(case when j.phase = 'void' then -e.amount else e.amount end order by e.id) as amounts
        from entry e join journal j on j.id = e.journal_id group by e.journal_id) e where e.journal_id = j.id;
alter table entry add column phase text not null default 'posted';
update entry e set phase = j.phase, amount = case when j.phase = 'void' then -e.amount else e.amount end
  from journal j where j.id = e.journal_id and j.phase <> 'posted';
alter table entry alter column phase drop default;
alter table journal enable trigger ro;
alter table entry enable trigger ro;
alter table journal
  alter column currency set not null, alter column accounts set not null, alter column amounts set not null,
  drop column txid,
  add constraint journal_legs check (
    cardinality(accounts) = cardinality(amounts) and array_ndims(accounts) = 1 and cardinality(accounts) >= 2
    and array_position(amounts, 0) is null and array_position(amounts, null) is null);
-- what the trigger below writes has its journal and its account; asking again would cost as much as the posting
alter table entry drop constraint entry_journal_id_fkey, drop constraint entry_account_id_currency_fkey;
drop index entry_journal, entry_account;    -- a journal has its legs itself
create index entry_account on entry (account_id, id) include (amount) where phase in ('posted', 'post');
alter table ledger_account set (fillfactor = 50);

create function journal_resolves() returns trigger language plpgsql as $$
declare pending journal; begin
  select * into pending from journal where id = new.resolves;
  if pending.phase is distinct from 'pending' then
    raise exception '% is not pending', new.resolves using errcode = '23514'; end if;
  if (pending.currency, pending.accounts, pending.amounts)
      is distinct from (new.currency, new.accounts, new.amounts) then
    raise exception 'journal % does not mirror %', new.id, new.resolves using errcode = '23514'; end if;
  return new;
end $$;
create trigger journal_resolves before insert on journal for each row when (new.resolves is not null)
  execute function journal_resolves();

-- What does not balance is refused; entries and counters follow from journals, all in the statement that makes these.
-- Accounts are locked in the order of their ids, so that no two deadlock.
create function journal_apply() returns trigger language plpgsql
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
create trigger journal_apply after insert on journal referencing new table as added
  for each statement execute function journal_apply();

create function entry_follows() returns trigger language plpgsql as $$ begin
  if pg_trigger_depth() < 2 then
    raise exception 'entries follow from journals, which are closed' using errcode = '55000'; end if;
  return null;
end $$;
create trigger entry_follows before insert on entry for each statement execute function entry_follows();

create table ledger_head (                  -- money/ledger: all entries up to one, hashed onto the head before
  number int primary key check (number > 0),
  entry_max bigint not null,
  entries bigint not null,                  -- since the head before
  sha text not null check (sha ~ '^[0-9a-f]{64}$'),
  debits jsonb not null,                    -- minor units by currency
  at timestamptz not null,                  -- product time
  log_index bigint not null
);
create trigger ro before update or delete on ledger_head for each row execute function arena_append_only();
create trigger nt before truncate on ledger_head execute function arena_append_only();
create function ledger_stands_still() returns void language sql security definer set search_path = public, pg_temp as $$
  lock table journal in share mode $$;

-- The application works as a role that owns nothing: it cannot switch off a trigger, and of what is only ever added to
-- it may change and take away nothing. A role belongs to all databases of a server, so it may be there already.
do $$
declare of record; begin
  begin
    if not exists (select from pg_roles where rolname = 'arena_app') then create role arena_app nologin; end if;
    execute format('grant arena_app to %I', current_user);
  exception
    when duplicate_object or unique_violation then null;  -- another one made it just now
    when insufficient_privilege then
      raise warning 'the role arena_app cannot be made: the application works as the owner of its tables';
      return;
  end;
  execute format('grant usage on schema %I to arena_app', current_schema);
  execute format('grant select, insert, update, delete on all tables in schema %I to arena_app', current_schema);
  execute format('alter default privileges in schema %I grant select, insert, update, delete on tables to arena_app',
    current_schema);
  if current_setting('server_version_num')::int >= 170000 then
    execute format('grant maintain on all tables in schema %I to arena_app', current_schema);
  end if;
  for of in select distinct tgrelid::regclass::text as name from pg_trigger
      where tgname = 'ro' and tgfoid = 'arena_append_only'::regproc and tgtype & 24 = 24 loop
    execute format('revoke update, delete on %s from arena_app', of.name);
  end loop;
  revoke insert on entry from arena_app;
  revoke update, delete on ledger_account from arena_app;
end $$;
"""

DOWN = """
do $$ begin
  if exists (select from pg_roles where rolname = 'arena_app') then
    execute format('alter default privileges in schema %I revoke all on tables from arena_app', current_schema);
    execute format('revoke all on all tables in schema %I from arena_app', current_schema);
    execute format('revoke all on schema %I from arena_app', current_schema);
  end if;
end $$;
drop function ledger_stands_still();
drop table ledger_head;
drop trigger entry_follows on entry;
drop trigger journal_apply on journal;
drop trigger journal_resolves on journal;
drop function entry_follows(), journal_apply(), journal_resolves();
alter table ledger_account reset (fillfactor);
drop index entry_account;
create index entry_account on entry (account_id, id);
create index entry_journal on entry (journal_id);
alter table entry disable trigger ro;
update entry set amount = -amount where phase = 'void';
alter table entry enable trigger ro;
alter table entry drop column phase,
  add constraint entry_journal_id_fkey foreign key (journal_id) references journal,
  add constraint entry_account_id_currency_fkey
    foreign key (account_id, currency) references ledger_account (id, currency);
alter table journal drop constraint journal_legs,
  drop column currency, drop column accounts, drop column amounts,
  add column txid xid8 not null default pg_current_xact_id();

create function entry_apply() returns trigger language plpgsql as $$
declare p text; begin
  select phase into strict p from journal where id = new.journal_id;
  update ledger_account set
    debits_posted   = debits_posted   + case when p in ('posted', 'post') then greatest(new.amount, 0) else 0 end,
    credits_posted  = credits_posted  + case when p in ('posted', 'post') then greatest(-new.amount, 0) else 0 end,
    debits_pending  = debits_pending  + case p when 'pending' then greatest(new.amount, 0)
      when 'post' then -greatest(new.amount, 0) when 'void' then -greatest(-new.amount, 0) else 0 end,
    credits_pending = credits_pending + case p when 'pending' then greatest(-new.amount, 0)
      when 'post' then -greatest(-new.amount, 0) when 'void' then -greatest(new.amount, 0) else 0 end
  where id = new.account_id;
  return null;
end $$;
create trigger entry_apply after insert on entry for each row execute function entry_apply();

create function journal_balanced() returns trigger language plpgsql as $$
declare bad text; begin
  select string_agg(currency, ',') into bad
    from (select currency from entry where journal_id = new.id group by currency having sum(amount) <> 0) q;
  if bad is not null then
    raise exception 'journal % does not balance in %', new.id, bad using errcode = '23514'; end if;
  if not exists (select 1 from entry where journal_id = new.id) then
    raise exception 'journal % is empty', new.id using errcode = '23514'; end if;
  if new.resolves is not null then
    if not exists (select 1 from journal where id = new.resolves and phase = 'pending') then
      raise exception '% is not pending', new.resolves using errcode = '23514'; end if;
    if exists (
      (select account_id, currency, case new.phase when 'void' then -amount else amount end
         from entry where journal_id = new.resolves
       except all select account_id, currency, amount from entry where journal_id = new.id)
      union all
      (select account_id, currency, amount from entry where journal_id = new.id
       except all select account_id, currency, case new.phase when 'void' then -amount else amount end
         from entry where journal_id = new.resolves))
    then raise exception 'journal % does not mirror %', new.id, new.resolves using errcode = '23514'; end if;
  end if;
  return null;
end $$;
create constraint trigger journal_balanced after insert on journal
  deferrable initially deferred for each row execute function journal_balanced();

create function entry_same_tx() returns trigger language plpgsql as $$ begin
  if not exists (select 1 from journal where id = new.journal_id and txid = pg_current_xact_id()) then
    raise exception 'journal % is closed', new.journal_id using errcode = '55000'; end if;
  return new;
end $$;
create trigger entry_same_tx before insert on entry for each row execute function entry_same_tx();
"""


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
