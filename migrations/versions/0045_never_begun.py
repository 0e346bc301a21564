"""A subscription that ended before its first charge went through never had access, and says so."""

from arena_migrations import run_sql

revision = "0045"
down_revision = "0044"

UP = """
update subscription s set access_until = null where status = 'ended' and access_until is not null
  and not exists (select from access_decision d where d.right_id = s.id and d.can_access);
"""

DOWN = """
update subscription set access_until = ended_at where status = 'ended' and access_until is null;
"""


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
