"""People: users, collectives and their keys, sessions, API keys."""

from arena_migrations import run_sql

revision = "0003"
down_revision = "0002"

UP = """
create table person (
  id text primary key,                      -- usr_…
  email text not null,
  name text not null,
  password_hash text not null,              -- argon2id
  roles text[] not null default '{}',       -- creator, operator
  at timestamptz not null default clock_timestamp()
);
create unique index person_email on person (lower(email));

create table collective (
  id text primary key,                      -- col_…
  name text not null,
  about text not null default '',
  owner_id text references person,          -- the person who answers for it, if any
  status text not null default 'active' check (status in ('active', 'suspended', 'closed')),
  at timestamptz not null                   -- product time
);
create unique index collective_name on collective (lower(name));
create index collective_owner on collective (owner_id);

create table collective_key (
  id text primary key,                      -- key_…, derived from the public key
  collective_id text not null references collective,
  public_key bytea not null unique check (octet_length(public_key) = 32),
  not_before timestamptz not null,          -- product time
  not_after timestamptz,
  revoked_at timestamptz,
  added_at timestamptz not null default clock_timestamp()
);
create index collective_key_of on collective_key (collective_id);

create table session (
  digest bytea primary key,                 -- keyed digest of the cookie's token
  person_id text not null references person,
  expires_at timestamptz not null,          -- wall time
  at timestamptz not null default clock_timestamp()
);
create table api_key (
  id text primary key,                      -- api_…
  person_id text not null references person,
  digest bytea not null unique,             -- keyed digest of the key
  hint text not null,                       -- its last four characters
  name text not null,
  scopes text[] not null,
  revoked_at timestamptz,
  expires_at timestamptz,
  at timestamptz not null default clock_timestamp()
);
create index api_key_person on api_key (person_id);
create table signature_nonce (
  key_id text not null,
  nonce text not null,
  expires_at timestamptz not null,
  primary key (key_id, nonce)
);
create index signature_nonce_expires on signature_nonce (expires_at);
"""

DOWN = """
drop table signature_nonce, api_key, session, collective_key, collective, person;
"""


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
