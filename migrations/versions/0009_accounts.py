"""Accounts: passwords reset by e-mail, who may create."""

from arena_migrations import run_sql

revision = "0009"
down_revision = "0008"

UP = """
alter table session add column client text not null default '';   -- browser and system in a few words
create index session_person on session (person_id);

-- What is forgotten is never kept: the link's token follows from the id and the master key.
create table password_reset (
  id text primary key,                      -- rst_…
  person_id text references person,         -- null: asked for an address that nobody has
  at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,          -- wall time
  used_at timestamptz
);
create index password_reset_person on password_reset (person_id);
create index password_reset_expires on password_reset (expires_at);

alter table person add column creator_since timestamptz;          -- wall time; null: not a creator
update person set creator_since = at where 'creator' = any(roles);
create index person_creators on person (creator_since desc, id desc) where creator_since is not null;

create table creator_request (
  id text primary key,                      -- crq_…
  person_id text not null references person,
  status text not null default 'waiting' check (status in ('waiting', 'granted', 'refused')),
  words text not null default '',           -- what the person wants to offer
  at timestamptz not null default clock_timestamp(),
  decided_at timestamptz,
  decided_by text,
  reason text,
  check ((status = 'waiting') = (decided_at is null))
);
create unique index creator_request_waiting on creator_request (person_id) where status = 'waiting';
create index creator_request_person on creator_request (person_id, at desc);
create index creator_request_queue on creator_request (at, id) where status = 'waiting';

create table invitation (
  id text primary key,                      -- inv_…
  digest bytea not null unique,             -- keyed digest of the code
  hint text not null,                       -- its last four characters
  note text not null default '',
  made_by text not null references person,
  at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,          -- wall time
  status text not null default 'open' check (status in ('open', 'used', 'withdrawn')),
  used_by text references person,
  ended_at timestamptz,
  check ((status = 'open') = (ended_at is null)),
  check ((status = 'used') = (used_by is not null))
);
create index invitation_at on invitation (at desc, id desc);
"""

DOWN = """
drop table invitation, creator_request, password_reset;
drop index person_creators, session_person;
alter table person drop column creator_since;
alter table session drop column client;
"""


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
