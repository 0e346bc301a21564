"""Invoices: who is billed, numbers without a gap, documents that never change, and bills that are collected."""

from arena_migrations import run_sql

revision = "0033"
down_revision = "0032"

UP = """
create table billing_details (              -- money/buyers: the highest version holds; earlier ones stay as they were
  person_id text not null references person,
  version int not null check (version > 0),
  kind text not null check (kind in ('individual', 'company')),
  name text not null,
  address text not null,                    -- lines of it, without the country
  country char(2) not null,                 -- ISO 3166-1
  tax_id text,                              -- as its own country writes it, checked
  at timestamptz not null,                  -- product time
  primary key (person_id, version)
);

create table tax_rate (                     -- money/buyers: what the operator charges, from a day on
  country char(2) not null,
  from_at timestamptz not null,             -- product time, as all below
  rate_bps int not null check (rate_bps between 0 and 5000),
  reverse_charge bool not null,             -- companies with a checked number account for it themselves
  by_id text not null,
  at timestamptz not null,
  primary key (country, from_at)
);

create table invoice_series (               -- money/invoices: its row is locked from a number to the commit
  name text primary key,                    -- INV-2024, CRN-2024
  last int not null check (last > 0),
  last_at timestamptz not null              -- product time; numbers and dates go up together
);
create table invoice (
  id text primary key,                      -- inv_…
  place bigint generated always as identity unique,    -- in the order in which they were made
  series text not null references invoice_series,
  number int not null check (number > 0),
  kind text not null check (kind in ('invoice', 'credit_note')),
  credits text references invoice,          -- of a credit note: the invoice it takes back
  source text not null unique,              -- what it is for: pay_…, uin_…, pfs_…, ref_…
  subject text not null,                    -- who bought: usr_… or col_…
  person_id text references person,         -- who may see it; none where a collective has no owner
  total bigint not null check (total > 0),  -- minor units, tax included
  currency char(3) not null,
  document bytea not null,                  -- canonical JSON
  sha text not null check (sha ~ '^[0-9a-f]{64}$'),
  at timestamptz not null,                  -- product time
  unique (series, number),
  check ((kind = 'credit_note') = (credits is not null))
);
create index invoice_person on invoice (person_id, place desc);
create index invoice_at on invoice (at);
create index invoice_credits on invoice (credits);
create index invoice_subject on invoice (subject);

-- PostgreSQL itself refuses a gap, and credit above what was invoiced.
create function invoice_follows() returns trigger language plpgsql as $$
declare before int; whole record; credited bigint; begin
  select coalesce(max(number), 0) into before from invoice where series = new.series;
  if new.number <> before + 1 then
    raise exception 'after % % comes %, not %', new.series, before, before + 1, new.number using errcode = '23514';
  end if;
  if new.credits is not null then
    select kind, total, currency into whole from invoice where id = new.credits for no key update;
    select coalesce(sum(total), 0) into credited from invoice where credits = new.credits;
    if whole.kind <> 'invoice' or whole.currency <> new.currency or credited + new.total > whole.total then
      raise exception 'credit above invoice %', new.credits using errcode = '23514', constraint = 'credit_bounded';
    end if;
  end if;
  return new;
end $$;
create trigger invoice_follows before insert on invoice for each row execute function invoice_follows();

create table bill (                         -- money/collecting: an invoice that is to be paid yet
  invoice_id text primary key references invoice,
  subject text not null,                    -- whose receivable it is on
  person_id text references person,
  debt text not null,                       -- the reference of its journals: upl_…, pfc_…
  payee_id text not null,
  platform_bps int not null check (platform_bps between 0 and 10000),
  tax bigint not null default 0 check (tax >= 0),          -- minor units of the amount
  tax_bps int not null default 0,
  tax_country char(2),
  amount bigint not null check (amount > 0),
  paid bigint not null default 0 check (paid >= 0),
  credited bigint not null default 0 check (credited >= 0),
  settled_by_credit bigint not null default 0 check (settled_by_credit >= 0),  -- of what was paid or credited too much
  currency char(3) not null,
  state text not null,                      -- MOVES in money/collecting/model.py
  due_at timestamptz not null,              -- product time, as all below
  charge_at timestamptz,
  past_due_since timestamptz,
  reason text,                              -- why it was not paid
  ended_at timestamptz
);
create index bill_charge on bill (charge_at, invoice_id) where charge_at is not null;
create index bill_open on bill (due_at, invoice_id) where state in ('open', 'past_due');
create index bill_person on bill (person_id, due_at);
create index bill_debt on bill (subject, debt);
create table bank_receipt (                 -- what an operator saw arrive for an invoice, by bank transfer
  id text primary key,                      -- brc_…, also the journal's idempotency key
  invoice_id text not null references bill,
  amount bigint not null check (amount > 0),
  bank_reference text not null,
  by_id text not null,
  at timestamptz not null,
  unique (invoice_id, bank_reference)
);
create table write_off (                    -- two people: one asks, another one does it
  id text primary key,                      -- wof_…
  invoice_id text not null references bill,
  amount bigint not null check (amount > 0),
  reason text not null,
  state text not null,                      -- WRITE_OFF_MOVES in money/collecting/model.py
  asked_by text not null,
  asked_at timestamptz not null,
  decided_by text,
  decided_at timestamptz,
  check (decided_by is null or state <> 'done' or decided_by <> asked_by)
);
create unique index write_off_open on write_off (invoice_id) where state = 'asked';
create index write_off_invoice on write_off (invoice_id);

alter table payment_attempt add column debtor text, add column debt text,   -- where it pays a receivable
  add constraint payment_debt check ((debtor is null) = (debt is null)),
  add column tax_bps int not null default 0, add column tax_country char(2),
  add constraint payment_tax check (tax_bps = 0 or tax_country is not null);
alter table usage_plan add column blocked_at timestamptz;   -- its bills are long past due: calls are refused

do $$ declare name text; begin
  foreach name in array array['billing_details', 'tax_rate', 'invoice', 'bank_receipt'] loop
    execute format('create trigger ro before update or delete on %I for each row execute function arena_append_only()',
      name);
    execute format('create trigger nt before truncate on %I execute function arena_append_only()', name);
  end loop;
end $$;
"""

DOWN = """
alter table usage_plan drop column blocked_at;
alter table payment_attempt drop constraint payment_debt, drop constraint payment_tax, drop column debtor,
  drop column debt, drop column tax_bps, drop column tax_country;
drop table write_off, bank_receipt, bill, invoice, invoice_series, tax_rate, billing_details;
drop function invoice_follows();
"""


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
