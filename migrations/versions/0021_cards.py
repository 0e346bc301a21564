"""The Lab: model cards kept, and what came of computing them again."""

from arena_migrations import run_sql

revision = "0021"
down_revision = "0020"

UP = """
create table model_card (                   -- signals/lab/cards: a card as its author sent it
  sha text primary key,                     -- SHA-256 (hex) of its canonical JSON, which `body` gives back
  number bigint generated always as identity,
  body jsonb not null,
  owner_id text not null,                   -- the person who answers for it, or the collective that nobody owns
  kept_by text not null,                    -- the collective or person who sent it
  family_id text not null,                  -- the trials it was chosen among
  pack_sha text not null references model_document,
  indicator_set_sha text not null references model_document,
  model_config_sha text not null references model_document,
  policy_sha text not null references model_document,
  kind text not null,                       -- whose code: rule for a built-in, own
  log_index bigint not null,                -- the entry of the transparency log that names it
  at timestamptz not null,                  -- product time
  recorded_at timestamptz not null default clock_timestamp()   -- wall time
);
create index model_card_owner on model_card (owner_id, number);
create index model_card_rules on model_card (number) where kind = 'rule';
create trigger ro before update or delete on model_card for each row execute function arena_append_only();
create trigger nt before truncate on model_card execute function arena_append_only();

create table card_reproduction (            -- what the arena found when it computed a card again
  card_sha text not null references model_card,
  number bigint generated always as identity,
  outcome text not null check (outcome in ('reproduced', 'different', 'no_data', 'failed')),
  engine_version text not null,             -- of the arena at that time
  differences jsonb not null,               -- JSON pointers with both values, or why nothing could be computed
  at timestamptz not null,                  -- product time
  recorded_at timestamptz not null default clock_timestamp(),  -- wall time
  primary key (card_sha, number)
);
create trigger ro before update or delete on card_reproduction for each row execute function arena_append_only();
create trigger nt before truncate on card_reproduction execute function arena_append_only();
"""

DOWN = "drop table card_reproduction, model_card;"


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
