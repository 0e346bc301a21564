"""The kit: product clock, facts and reactions, idempotency."""

from arena_migrations import run_sql

revision = "0001"
down_revision = None

UP = """
create function arena_append_only() returns trigger language plpgsql as $$
begin raise exception '% is append-only', tg_table_name using errcode = '55000'; end $$;

create table product_clock (
  one bool primary key default true check (one),
  at timestamptz not null,
  source text not null,          -- live, folder, sample
  moved_at timestamptz not null default clock_timestamp()
);

create table fact (
  id bigint generated always as identity primary key,
  kind text not null,
  key text not null,
  body jsonb not null,
  at timestamptz not null,                                     -- product time
  recorded_at timestamptz not null default clock_timestamp()   -- wall time
);
create trigger ro before update or delete on fact for each row execute function arena_append_only();

create table reaction (
  fact_id bigint not null references fact,
  handler text not null,
  position smallint not null,
  key text not null,
  state text not null default 'pending' check (state in ('pending', 'done', 'dead')),
  attempts smallint not null default 0,
  next_at timestamptz not null default clock_timestamp(),
  done_at timestamptz,
  error text,
  primary key (fact_id, handler)
);
create index reaction_pending on reaction (fact_id, position) where state = 'pending';
create index reaction_order on reaction (handler, key, fact_id) where state = 'pending';
create index reaction_dead on reaction (fact_id) where state = 'dead';

create table idempotency (
  scope text not null,           -- subject:method:route template
  key text not null,
  body_sha bytea not null,
  status smallint not null,
  answer bytea not null,         -- sealed by the vault: some answers carry secrets
  at timestamptz not null default clock_timestamp(),
  primary key (scope, key)
);
create index idempotency_at on idempotency (at);
"""

DOWN = """
drop table idempotency, reaction, fact, product_clock; drop function arena_append_only();
"""


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
