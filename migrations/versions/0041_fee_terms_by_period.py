"""Performance fees: mode, rules and declaration are those of a period; flows of money are told by their ids."""

from arena_migrations import run_sql

revision = "0041"
down_revision = "0040"

UP = """
alter table performance_fee_contract
  add column rules int,                     -- edition of the arithmetic the open period goes by
  add column mode text check (mode in ('off', 'shadow', 'charged')),       -- of the open period
  add column next_country char(2),          -- what the copier has declared for the next one, if anything
  add column next_us_person bool,
  add column next_qualified_client bool,
  add column exit jsonb;                    -- who has left: when, with how much, and what it is measured by
update performance_fee_contract c set rules = 1, mode = case
  when (us_person or country in ('US', 'PR', 'GU', 'VI', 'AS', 'MP', 'UM')) and not qualified_client then 'off'
  else coalesce((select r.mode from performance_fee_rule r where r.country =
    case when c.country in ('PR', 'GU', 'VI', 'AS', 'MP', 'UM') then 'US' else c.country end), 'off') end;
alter table performance_fee_contract alter column rules set not null, alter column mode set not null,
  add constraint rules_known check (rules in (1, 2)),
  add constraint next_declared check (num_nulls(next_country, next_us_person, next_qualified_client) in (0, 3));
alter table performance_fee_account
  add column flows_from timestamptz,        -- flows of money since then are read,
  add column flows_known text[] not null default '{}';      -- but for these, which came in with the account
update performance_fee_account a set flows_from = coalesce(
  (select max(r.at) from performance_fee_reading r
    where r.contract_id = a.contract_id and r.account_id = a.account_id and r.reference like 'open:%'),
  '1970-01-01Z');
alter table performance_fee_account alter column flows_from set not null;
create index performance_fee_reading_late on performance_fee_reading (at desc) where reference like 'late:%';
"""

DOWN = """
drop index performance_fee_reading_late;
alter table performance_fee_account drop column flows_from, drop column flows_known;
alter table performance_fee_contract drop constraint next_declared, drop constraint rules_known, drop column exit,
  drop column next_qualified_client, drop column next_us_person, drop column next_country, drop column mode,
  drop column rules;
"""


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
