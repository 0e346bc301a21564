"""Large payouts come back on two people's word; what ended last and what came back are found at once."""

from arena_migrations import run_sql

revision = "0040"
down_revision = "0039"

UP = """
alter table payout
  add column reversal_asked_by text references person,   -- the first of two who say that it came back
  add column reversal_reason text,
  add column reversal_asked_at timestamptz,              -- product time
  add column reversed_by text references person,         -- the second of them; or the only one, of a small payout
  add constraint payout_reversal_asked check ((reversal_asked_by is null) = (reversal_reason is null)
    and (reversal_asked_by is null) = (reversal_asked_at is null)),
  add constraint payout_reversal_two check (reversed_by is null or reversed_by <> coalesce(reversal_asked_by, '')),
  add constraint payout_reversal_own check (
    person_id not in (coalesce(reversal_asked_by, ''), coalesce(reversed_by, '')));
create index payout_reversals on payout (reversal_asked_at, id) where reversal_asked_by is not null and state = 'paid';
create index payout_settled on payout (settled_at desc, id desc) where state in ('paid', 'failed', 'reversed');
"""

DOWN = """
drop index payout_settled, payout_reversals;
alter table payout drop constraint payout_reversal_own, drop constraint payout_reversal_two,
  drop constraint payout_reversal_asked, drop column reversed_by, drop column reversal_asked_at,
  drop column reversal_reason, drop column reversal_asked_by;
"""


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
