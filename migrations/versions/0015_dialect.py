"""The Binance dialect: HMAC secrets and listen keys."""

from arena_migrations import run_sql

revision = "0015"
down_revision = "0014"

UP = """
create table exchange_key (
  id text primary key,                      -- exk_…
  collective_id text not null references collective,
  api_key text not null unique,             -- what a program sends with each request
  sealed bytea not null,                    -- its HMAC secret
  name text not null,
  at timestamptz not null,                  -- wall time, like the other
  revoked_at timestamptz
);
create index exchange_key_of on exchange_key (collective_id, at desc);
create table listen_key (
  id text primary key,                      -- lk_…
  collective_id text not null references collective,
  key_id text not null,                     -- the key it was asked for with; ends with it
  digest bytea not null unique,             -- keyed digest of the listen key
  sealed bytea not null,                    -- the listen key itself, which is given again while it is good
  at timestamptz not null,                  -- wall time, like the others
  expires_at timestamptz not null,
  closed_at timestamptz
);
create index listen_key_of on listen_key (collective_id, key_id);
"""

DOWN = """
drop table listen_key, exchange_key;
"""


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
