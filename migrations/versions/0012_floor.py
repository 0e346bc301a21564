"""The floor: orders of collectives on the paper exchange, their journal and seat."""

from arena_migrations import run_sql

revision = "0012"
down_revision = "0011"

UP = """
alter table account
  add column number bigint generated always as identity,   -- what dialects with whole numbers call it
  add column latency_ms integer check (latency_ms between 0 and 60000);   -- null: the installation's

alter table trade_order
  drop constraint trade_order_type_check,
  drop constraint trade_order_quantity_check,
  drop constraint trade_order_check,
  add check (type in ('market', 'limit', 'limit_maker', 'stop_loss', 'stop_loss_limit', 'take_profit',
                      'take_profit_limit')),
  add column number bigint unique,                         -- of the floor's orders, counted over the arena
  add column quote_quantity numeric check (quote_quantity > 0),
  add column trailing_bps integer,
  add column time_in_force text not null default 'gtc' check (time_in_force in ('gtc', 'ioc', 'fok')),
  add column self_match text not null default 'none'
    check (self_match in ('none', 'expire_taker', 'expire_maker', 'expire_both')),
  add column effective_at timestamptz,
  add column expires_at timestamptz,                       -- of the floor's orders; those of bars have it on the ticket
  add column working bool not null default true,
  add column working_at timestamptz,
  add column list_number bigint,
  add column cancel_id text,
  add column resume jsonb,                                 -- what the engine must know after a restart
  add check (quantity > 0 or quote_quantity > 0),
  add check (quote_quantity is not null or filled_quantity <= quantity);
create index trade_order_on_floor on trade_order (account_id, symbol, number) where number is not null;
create index trade_order_resting on trade_order (number)
  where number is not null and status in ('pending', 'accepted', 'partially_filled');
create index trade_order_list on trade_order (list_number) where list_number is not null;

create table order_list (
  number bigint primary key,
  account_id text not null references account,
  client_order_id text not null,
  symbol text not null references instrument,
  placed_at timestamptz not null,
  unique (account_id, client_order_id)
);

alter table fill add column trade_number bigint not null default 0;   -- of the floor's, counted per instrument
create index fill_on_floor on fill (account_id, symbol, trade_number) where trade_number > 0;

create table account_event (                -- what happened in an account of the floor, and who asked for it
  account_id text not null references account,
  number bigint not null,                   -- of the last event in this row; they count 1, 2, 3 … without gap
  first bigint not null,                    -- of the first: what one act led to is one row
  order_id text,
  at timestamptz not null,
  actor text not null,
  key_id text,
  body json not null,                       -- the events, a list
  primary key (account_id, number)
);
create trigger ro before update or delete on account_event for each row execute function arena_append_only();

create table exchange_seat (                -- which process is the floor, and how far it has played
  one bool primary key default true check (one),
  epoch bigint not null,
  url text not null,                        -- where that process answers
  played_until timestamptz
);
"""

DOWN = """
drop table exchange_seat, account_event, order_list;
drop index fill_on_floor, trade_order_list, trade_order_resting, trade_order_on_floor;
alter table fill disable trigger ro;
delete from fill where trade_number > 0;
alter table fill enable trigger ro, drop column trade_number;
delete from trade_order where number is not null;
alter table trade_order
  drop column number, drop column quote_quantity, drop column trailing_bps, drop column time_in_force,
  drop column self_match, drop column effective_at, drop column expires_at, drop column working, drop column working_at,
  drop column list_number, drop column cancel_id, drop column resume,
  drop constraint trade_order_type_check,
  add constraint trade_order_type_check check (type in ('market', 'limit', 'stop_loss', 'take_profit')),
  add constraint trade_order_quantity_check check (quantity > 0),
  add constraint trade_order_check check (filled_quantity <= quantity);
alter table account drop column number, drop column latency_ms;
"""


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
