"""Money: the ledger PostgreSQL itself guards, payment attempts, the fake gateway."""

from arena_migrations import run_sql

revision = "0007"
down_revision = "0006"

UP = """
create table ledger_account (
  id bigint generated always as identity primary key,
  code text not null unique,                -- creator:{id}:pending, platform:fee_income, ...
  normal smallint not null check (normal in (1, -1)),
  currency char(3) not null,
  no_overdraft bool not null default false,
  debits_pending bigint not null default 0 check (debits_pending >= 0),
  debits_posted bigint not null default 0 check (debits_posted >= 0),
  credits_pending bigint not null default 0 check (credits_pending >= 0),
  credits_posted bigint not null default 0 check (credits_posted >= 0),
  unique (id, currency),
  constraint no_overdraft check (not no_overdraft
     or (normal = -1 and debits_posted + debits_pending <= credits_posted)
     or (normal = 1 and credits_posted + credits_pending <= debits_posted))
);
create table journal (
  id text primary key,                      -- jrn_…
  kind text not null,
  idem text not null unique,
  idem_hash bytea not null,
  phase text not null check (phase in ('posted', 'pending', 'post', 'void')),
  resolves text references journal,
  reference text not null,                  -- the business id it belongs to: sub_…, pay_…
  at timestamptz not null,                  -- product time
  recorded_at timestamptz not null default clock_timestamp(),
  txid xid8 not null default pg_current_xact_id(),   -- top-level id: survives savepoints (xmin does not)
  check ((phase in ('post', 'void')) = (resolves is not null))
);
create unique index journal_resolved_once on journal (resolves) where resolves is not null;
create index journal_reference on journal (reference);
create table entry (
  id bigint generated always as identity primary key,
  journal_id text not null references journal,
  account_id bigint not null,
  currency char(3) not null,
  amount bigint not null check (amount <> 0),        -- debit positive, credit negative, minor units
  foreign key (account_id, currency) references ledger_account (id, currency)
);
create index entry_journal on entry (journal_id);
create index entry_account on entry (account_id, id);

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
  if new.resolves is not null then   -- full post or void must mirror the pending legs exactly
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

-- an entry added to an already committed journal would dodge the check above
create function entry_same_tx() returns trigger language plpgsql as $$ begin
  if not exists (select 1 from journal where id = new.journal_id and txid = pg_current_xact_id()) then
    raise exception 'journal % is closed', new.journal_id using errcode = '55000'; end if;
  return new;
end $$;
create trigger entry_same_tx before insert on entry for each row execute function entry_same_tx();

create trigger ro before update or delete on entry for each row execute function arena_append_only();
create trigger ro before update or delete on journal for each row execute function arena_append_only();
create trigger nt before truncate on entry execute function arena_append_only();
create trigger nt before truncate on journal execute function arena_append_only();
create function account_frozen() returns trigger language plpgsql as $$ begin
  if pg_trigger_depth() < 2 then
    raise exception 'ledger counters move only through entries' using errcode = '55000'; end if;
  return new;
end $$;
create trigger frozen before update on ledger_account for each row execute function account_frozen();
create trigger nd before delete on ledger_account for each row execute function arena_append_only();

create table payment_method (               -- money/billing
  id text primary key,                      -- pm_…
  person_id text not null references person,
  gateway text not null,
  token text not null,                      -- what the gateway knows it by
  label text not null,                      -- test card ending in 4242
  at timestamptz not null
);
create index payment_method_person on payment_method (person_id);
create table payment_attempt (              -- the intent is written before the gateway is called
  id text primary key,                      -- pay_…, also the gateway's idempotency key
  reference text not null,                  -- sub_…
  period_start timestamptz not null,
  person_id text not null references person,
  payee_id text not null,                   -- usr_… or col_… who is paid
  payment_method_id text not null references payment_method,
  amount bigint not null check (amount > 0),
  currency char(3) not null,
  platform_bps smallint not null check (platform_bps between 0 and 10000),   -- the platform's share, fixed here
  state text not null check (state in ('sending', 'requires_action', 'succeeded', 'failed')),
  gateway text not null,
  gateway_charge_id text,
  decline_code text,
  action_url text,
  attempt smallint not null default 1,
  at timestamptz not null,                  -- product time
  sent_at timestamptz not null default clock_timestamp(),
  settled_at timestamptz
);
create index payment_reference on payment_attempt (reference, period_start);
create unique index payment_once on payment_attempt (reference, period_start)
  where state in ('sending', 'requires_action', 'succeeded');
create index payment_unsettled on payment_attempt (sent_at) where state in ('sending', 'requires_action');

create table fake_charge (                  -- the fake gateway's own books: pretend they are elsewhere
  id text primary key,                      -- fch_…
  idempotency_key text not null unique,
  request_sha text not null,
  amount bigint not null, currency char(3) not null,
  token text not null,
  state text not null check (state in ('succeeded', 'declined', 'requires_action')),
  decline_code text,
  at timestamptz not null default clock_timestamp()
);
"""

DOWN = """
drop table fake_charge, payment_attempt, payment_method, entry, journal, ledger_account;
drop function account_frozen(), entry_same_tx(), journal_balanced(), entry_apply();
"""


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
