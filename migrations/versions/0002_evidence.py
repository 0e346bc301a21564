"""Evidence: the audit trail and the transparency log."""

from arena_migrations import run_sql

revision = "0002"
down_revision = "0001"

UP = """
create table audit_event (
  id bigint generated always as identity primary key,
  at timestamptz not null,                                     -- product time
  recorded_at timestamptz not null default clock_timestamp(),
  actor text not null,                                         -- usr_…, col_…, system, anonymous
  actor_kind text not null,
  action text not null,                                        -- package.verb, e.g. listings.approve
  object text not null,                                        -- id of what it was done to
  detail jsonb not null default '{}',
  reason text,
  request_id text
);
create index audit_object on audit_event (object, id);
create index audit_actor on audit_event (actor, id);
create trigger ro before update or delete on audit_event for each row execute function arena_append_only();
create trigger nt before truncate on audit_event execute function arena_append_only();

create table log_head (
  one bool primary key default true check (one),
  size bigint not null default 0 check (size >= 0),
  frontier bytea[] not null default '{}'   -- roots of the perfect subtrees, largest first
);
insert into log_head default values;

create table log_leaf (
  index bigint primary key check (index >= 0),
  kind text not null,                      -- signal, listing_version, ...
  reference text not null,                 -- id of what is committed to
  entry bytea not null,                    -- canonical bytes; the leaf hash is SHA256(0x00 || entry)
  at timestamptz not null
);
create unique index log_leaf_reference on log_leaf (kind, reference);
create table log_node (                    -- hashes of perfect subtrees: level 0 are the leaf hashes
  level smallint not null,
  index bigint not null,
  hash bytea not null check (octet_length(hash) = 32),
  primary key (level, index)
);
create table log_checkpoint (
  size bigint primary key check (size >= 0),
  root bytea not null check (octet_length(root) = 32),
  note text not null,                      -- C2SP signed note
  at timestamptz not null,
  signed_at timestamptz not null default clock_timestamp()
);
create trigger ro before update or delete on log_leaf for each row execute function arena_append_only();
create trigger ro before update or delete on log_node for each row execute function arena_append_only();
create trigger ro before update or delete on log_checkpoint for each row execute function arena_append_only();
create trigger nt before truncate on log_leaf execute function arena_append_only();
create trigger nt before truncate on log_node execute function arena_append_only();
create trigger nt before truncate on log_checkpoint execute function arena_append_only();
"""

DOWN = """
drop table log_checkpoint, log_node, log_leaf, log_head, audit_event;
"""


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
