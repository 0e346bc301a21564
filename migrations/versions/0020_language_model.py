"""Signals: language-model strategists, what they were asked and answered, what it cost, what followed."""

from arena_migrations import run_sql

revision = "0020"
down_revision = "0019"

UP = """
create table language_model (               -- a language-model strategist at work for a feed
  feed_id text primary key references feed,
  configuration jsonb not null,             -- as in the feed's model_config and policy
  hired_at timestamptz not null
);
create table language_model_news (          -- what strategists may read beside prices
  id bigint generated always as identity primary key,
  source text not null,
  words text not null,
  at timestamptz not null                   -- product time at which the arena was told
);
create table language_model_ask (           -- one decision that may cost money; the row is the right to ask
  feed_id text not null references feed,
  closed_at timestamptz not null,           -- close of the bar that is decided on
  news_id bigint not null,                  -- last news there was
  tokens bigint not null check (tokens >= 0),           -- reserved: no decision takes more
  microcents bigint not null check (microcents >= 0),   -- millionths of a US cent, reserved
  spent_on date not null,                   -- UTC day of the wall clock that it counts on
  asked_at timestamptz not null default clock_timestamp(),
  primary key (feed_id, closed_at)
);
create index language_model_ask_day on language_model_ask (spent_on);
create table language_model_prompt (        -- what was sent, kept before it was sent
  feed_id text not null,
  closed_at timestamptz not null,
  turn smallint not null,
  body text not null,
  sha text not null,                        -- SHA-256 of body, hex
  sent_at timestamptz not null default clock_timestamp(),
  primary key (feed_id, closed_at, turn),
  foreign key (feed_id, closed_at) references language_model_ask
);
create table language_model_answer (        -- what came back
  feed_id text not null,
  closed_at timestamptz not null,
  turn smallint not null,
  body text not null,
  sha text not null,
  tokens bigint not null,                   -- as the API counted them
  microcents bigint not null,
  came_at timestamptz not null default clock_timestamp(),
  primary key (feed_id, closed_at, turn),
  foreign key (feed_id, closed_at, turn) references language_model_prompt
);
create table language_model_decision (      -- what came of it; without a question where none was put
  feed_id text not null references feed,
  closed_at timestamptz not null,
  outcome text not null check (outcome in ('published', 'unchanged', 'held', 'late', 'refused')),
  reason text not null,                     -- why it held, '' where it did not
  detail text not null,
  weight numeric not null check (weight between 0 and 1),   -- the target that stands after it
  confidence numeric not null check (confidence between 0 and 1),
  rationale text not null,
  signal_id text references signal (id),
  tokens bigint not null,
  microcents bigint not null,
  decided_at timestamptz not null,          -- product time
  primary key (feed_id, closed_at)
);
create trigger ro before update or delete on language_model_news for each row execute function arena_append_only();
create trigger nt before truncate on language_model_news execute function arena_append_only();
create trigger ro before update or delete on language_model_ask for each row execute function arena_append_only();
create trigger nt before truncate on language_model_ask execute function arena_append_only();
create trigger ro before update or delete on language_model_prompt for each row execute function arena_append_only();
create trigger nt before truncate on language_model_prompt execute function arena_append_only();
create trigger ro before update or delete on language_model_answer for each row execute function arena_append_only();
create trigger nt before truncate on language_model_answer execute function arena_append_only();
create trigger ro before update or delete on language_model_decision for each row execute function arena_append_only();
create trigger nt before truncate on language_model_decision execute function arena_append_only();
"""

DOWN = """
drop table language_model_decision, language_model_answer, language_model_prompt, language_model_ask,
  language_model_news, language_model;
"""


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
