"""Usage: alerts belong to the cap that was set, and bills whose payment is disputed stop calls."""

from arena_migrations import run_sql

revision = "0042"
down_revision = "0041"

UP = """
alter table usage_plan add column cap_number int not null default 0;   -- how often the cap was set
alter table usage_alert add column cap_number int not null default 0;  -- which of the caps it was near
alter table usage_alert drop constraint usage_alert_pkey;
alter table usage_alert add primary key (plan_id, month, cap_number, percent);
alter table usage_lease add column batch bigint not null default 0;    -- the last one of its process that shrank it
alter table bill add column disputed_at timestamptz;   -- product time; its payment is disputed, or was and was lost
create index bill_disputed on bill (subject) where disputed_at is not null;
create index usage_plan_subject on usage_plan (subject, id desc);
create index usage_event_corrections on usage_event (plan_id, at desc, id desc) where reason is not null;
"""

DOWN = """
drop index usage_event_corrections;
drop index usage_plan_subject;
drop index bill_disputed;
alter table bill drop column disputed_at;
alter table usage_alert disable trigger ro;
delete from usage_alert a using usage_alert newer where newer.plan_id = a.plan_id and newer.month = a.month
  and newer.percent = a.percent and newer.cap_number > a.cap_number;
alter table usage_alert enable trigger ro;
alter table usage_alert drop constraint usage_alert_pkey;
alter table usage_alert drop column cap_number;
alter table usage_alert add primary key (plan_id, month, percent);
alter table usage_plan drop column cap_number;
alter table usage_lease drop column batch;
"""


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
