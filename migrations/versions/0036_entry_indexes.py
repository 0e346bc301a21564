"""Cheaper indexes of entries, three of which follow from a renewal; legs by journal; kinds are a closed list."""

from arena_migrations import run_sql

revision = "0036"
down_revision = "0035"

UP = """
-- Numbers are given by the table and only ever added, so ranges of pages find them: a head of the ledger reads a range.
alter table entry drop constraint entry_pkey;
create index entry_id on entry using brin (id) with (autosummarize);
drop index entry_account;
create index entry_account on entry (account_id, id);
-- What a journal resolves is looked up by its trigger, and nothing is ever deleted.
alter table journal drop constraint journal_resolves_fkey;
-- A closed list: a new kind comes with a posting table (money/ledger/kinds.py) and a migration.
alter table journal add constraint journal_kind check (kind in (
  'payment.captured', 'processor.fee', 'hold.released', 'hold.reversed', 'clawback.settled', 'refund.owed',
  'refund.issued', 'refund.failed', 'dispute.opened', 'dispute.won', 'dispute.lost', 'payout.reserved',
  'payout.transferred', 'payout.paid', 'payout.bounced', 'payout.reversed', 'usage.invoiced', 'minimum.true_up',
  'contract.invoiced', 'performance_fee.crystallised', 'receivable.waived', 'receivable.paid', 'tax.remitted',
  'gateway.moved', 'adjustment.manual'));
-- Entries are found by their account. Whoever begins with a journal or its reference reads the legs that it carries.
create view journal_leg as select j.id as journal_id, j.kind, j.reference, j.at, j.phase, j.currency,
    leg.account as account_id, leg.amount
  from journal j cross join lateral unnest(j.accounts, j.amounts) leg(account, amount);
"""

DOWN = """
alter table journal drop constraint journal_kind;
drop view journal_leg;
alter table journal add constraint journal_resolves_fkey foreign key (resolves) references journal;
drop index entry_account, entry_id;
create index entry_account on entry (account_id, id) include (amount) where phase in ('posted', 'post');
alter table entry add primary key (id);
"""


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
