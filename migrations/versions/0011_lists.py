"""Lists that people page through, indexed: one's own subscriptions, and the audit trail by action."""

from arena_migrations import run_sql

revision = "0011"
down_revision = "0010"

UP = """
create index subscription_person on subscription (person_id, created_at desc, id desc);
create index audit_event_action on audit_event (action, id desc);
"""

DOWN = """
drop index audit_event_action, subscription_person;
"""


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
