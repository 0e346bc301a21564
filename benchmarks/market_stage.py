"""A market of many listings for the benchmark: written by SQL, the same every time, figures of a likely spread."""

from typing import Any

LISTINGS = 10_000
NOW = "2026-01-01 12:00:00+00"
WORDS = """array['Northwind','Harbour','Meridian','Quiet','Copper','Granite','Tidal','Lantern','Juniper','Slate',
 'Foxglove','Beacon','Cinder','Willow','Anchor','Ember','Thistle','Basalt','Saffron','Heron']"""
METHODS = """array['Crossing','Breakout','Reversion','Momentum','Carry','Drift','Pulse','Channel','Ladder','Gauge']"""
INSTRUMENTS = "array['BTC-USD','ETH-USD','SOL-USD','ADA-USD','XRP-USD','DOT-USD']"

# Ids have the shape of real ones: a prefix and 26 characters of base 32, here of a number's digest.
FUNCTIONS = """
create function pg_temp.noise(i bigint, salt text) returns double precision language sql immutable as
  $$select ('x' || substr(md5(i || salt), 1, 8))::bit(32)::bigint::double precision / 4294967296$$;
create function pg_temp.bell(i bigint, salt text) returns double precision language sql immutable as
  $$select pg_temp.noise(i, salt || 1) + pg_temp.noise(i, salt || 2) + pg_temp.noise(i, salt || 3)
    + pg_temp.noise(i, salt || 4) - 2$$;
create function pg_temp.named(prefix text, i bigint) returns text language sql immutable as
  $$select prefix || '_' || substr(md5(prefix || i), 1, 26)$$;
"""
PEOPLE = f"""
insert into product_clock (at, source) values ('{NOW}', 'sample');
insert into instrument select s, split_part(s, '-', 1), 'USD', 0.01, 0.00001, 10, 'trading', 'sample'
  from unnest({INSTRUMENTS}) s;
insert into person (id, email, name, password_hash, roles)
  select pg_temp.named('usr', i), i || '@example.org', 'Person ' || i, 'none',
    case when i <= $1 / 20 then array['creator'] else '{{}}' end from generate_series(1, $1 / 10) i;
insert into collective (id, name, about, owner_id, at)
  select pg_temp.named('col', i), ({WORDS})[1 + i % 20] || ' Collective ' || i, 'Generated.',
    pg_temp.named('usr', 1 + i % ($1 / 20)), '2025-01-01' from generate_series(1, $1 / 5) i;
"""
# Every listing has a number of days of record, and what a day and the luck of a record are worth.
RECORDS = """
create temp table record as
  select i, 31 + floor(150 * pg_temp.noise(i, 'days') ^ 2)::int as days, 0.6 * pg_temp.bell(i, 'skill') as skill,
    0.5 + pg_temp.noise(i, 'wild') as wild from generate_series(1, $1) i;
update record set days = 12 where i % 25 = 0;
"""
FEEDS = f"""
insert into account (id, kind, owner_id, quote, opening_cash, opened_at)
  select pg_temp.named('acc', i), 'reference', pg_temp.named('fd', i), 'USD', 100000,
    '{NOW}'::timestamptz - interval '1 day' * days from record;
insert into feed (id, collective_id, name, about, instrument, account_id, lineage, last_sequence, last_hash, opened_at)
  select pg_temp.named('fd', i), pg_temp.named('col', 1 + i % ($1 / 5)), 'Feed ' || i, '', ({INSTRUMENTS})[1 + i % 6],
    pg_temp.named('acc', i), jsonb_build_object('pack_sha', repeat('1', 64), 'indicator_set_sha', repeat('2', 64),
      'model_config_sha', repeat('3', 64), 'policy_sha', repeat('4', 64)), days * 3,
    repeat('0', 64), '{NOW}'::timestamptz - interval '1 day' * days
  from record;
insert into equity_mark (account_id, at, equity, cash, exposure)
  select pg_temp.named('acc', i), date_trunc('day', '{NOW}'::timestamptz, 'UTC') - interval '1 day' * (days - d),
    e, e, 0 from record, generate_series(1, days) d, lateral (select round((100000 * exp(skill * d / 365
      + 0.04 * wild * sin(d / 9.0 + i) + 0.02 * (pg_temp.noise(i * 1000 + d, 'day') - 0.5)))::numeric, 2) as e) worth
  order by 1, 2;
"""
LISTED = f"""
insert into listing (id, feed_id, creator_id, status, version, title, summary, instrument, listed_at, created_at,
    updated_at)
  select pg_temp.named('lst', i), pg_temp.named('fd', i), pg_temp.named('usr', 1 + i % ($1 / 20)),
    'listed', 1, ({WORDS})[1 + i % 20] || ' ' || ({METHODS})[1 + i / 20 % 10] || ' ' || i,
    'Follows the ' || lower(({METHODS})[1 + i % 10]) || ' of one instrument by a fixed rule of closed bars, long or'
      || ' flat, and lies out of the market for weeks where its rule finds nothing to hold. Number ' || i || '.',
    ({INSTRUMENTS})[1 + i % 6], at, at, at
  from record, lateral (select '{NOW}'::timestamptz - interval '1 day' * days * 0.6 + interval '1 second' * i as at) t;
insert into listing_version (listing_id, version, body, sha, note, author_id, log_index, at)
  select id, 1, jsonb_build_object('feed', feed_id, 'title', title, 'summary', summary,
    'intended_use', repeat('A part of a spot account that may lie flat for weeks. ', 4),
    'method', repeat('Long while the shorter average of closed bars is above the longer one. ', 8),
    'risks', repeat('Loses in sideways markets; drawdowns of a quarter are to be expected. ', 6),
    'tiers', '{{}}'::jsonb),
    md5(id) || md5(id), 'First version', creator_id, 0, created_at from listing;
insert into listing_tier (listing_id, tier, amount, currency, seats)
  select pg_temp.named('lst', i), tier, base * (50 + floor(100 * pg_temp.noise(i, tier))::int),
    'USD', case when i % 3 = 0 then 1 + i % 5 end
  from record, (values ('basic', 29), ('pro', 99), ('enterprise', 499)) t (tier, base)
  where tier = 'pro' or pg_temp.noise(i, 'has' || tier) < 0.8;
"""
SOLD = f"""
insert into payment_method (id, person_id, gateway, token, label, at)
  select pg_temp.named('pm', i), pg_temp.named('usr', i), 'fake', 'tok', 'test card', '{NOW}'
  from generate_series(1, $1 / 10) i;
insert into subscription (id, listing_id, feed_id, person_id, tier, amount, currency, platform_bps, payment_method_id,
    status, anchor_day, period_start, period_end, created_at, updated_at)
  select pg_temp.named('sub', i * 10 + n), pg_temp.named('lst', i), pg_temp.named('fd', i),
    pg_temp.named('usr', 1 + (i * 7 + n) % ($1 / 10)), 'pro', 9900, 'USD', 1500,
    pg_temp.named('pm', 1 + (i * 7 + n) % ($1 / 10)), 'active', 1, '{NOW}', '{NOW}', '{NOW}', '{NOW}'
  from generate_series(1, $1) i, generate_series(1, 5) n where n <= i % 7 - 1;
"""
SCORED = f"""
insert into listing_score (listing_id, at, rank, history_days, badges, score, metrics)
  select pg_temp.named('lst', i), '{NOW}', case when value is not null then low end, days,
    array['forward'] || case when value is not null then array['ranked'] else '{{}}' end
      || case when value is not null and low > 0 then array['proven'] else '{{}}' end
      || case when days >= 180 then array['seasoned'] else '{{}}' end,
    jsonb_build_object('value', value, 'why', 'At most 60: a simulated forward record, no live fills.', 'days', days,
      'sharpe', sharpe, 'standard_error', 1.4, 'mean', mean, 'low', low, 'high', mean + 0.7,
      'probability_above', 0.5, 'threshold', 0.4, 'prior_mean', 0.3, 'prior_sd', 0.65, 'cap', 60),
    jsonb_build_object('since', '{NOW}', 'until', '{NOW}', 'days', days, 'daily_returns', days, 'fills', days * 2,
      'total_return', round((skill * days / 365)::numeric, 4), 'cagr', skill, 'volatility', 0.4 * wild,
      'sharpe', sharpe,
      'sharpe_low', sharpe - 2.5, 'sharpe_high', sharpe + 2.5, 'sortino', sharpe * 1.4, 'calmar', 1.1,
      'max_drawdown', round((0.04 + 0.3 * pg_temp.noise(i, 'fall'))::numeric, 4), 'turnover', 40.5, 'hit_rate', 0.52,
      'under_water_days_max', 20.5, 'under_water_share', 0.8, 'exposure_share', 0.5, 'exposure_mean', 0.4,
      'fees_paid', '812.33', 'monthly',
      (select jsonb_agg(jsonb_build_object('month', '2025-0' || m, 'net_return', 0.01))
       from generate_series(1, 1 + days / 30) m))
  from record, lateral (select skill * 2 + pg_temp.bell(i, 'luck') as sharpe) s,
    lateral (select 0.3 + 0.4 * (sharpe - 0.3) as mean) m, lateral (select mean - 0.7 as low) l,
    lateral (select case when days >= 30
      then least(round(100 / (1 + exp(-1.6 * (mean - 0.4) / 0.6))), 60)::int end as value) v;
"""
STEPS = (PEOPLE, RECORDS, FEEDS, LISTED, SOLD, SCORED)


async def populate(connection: Any, listings: int = LISTINGS) -> None:
    """Writes the market into an empty, migrated database, in one connection's session."""
    await connection.execute(FUNCTIONS)
    for step in STEPS:
        await connection.execute(step.replace("$1", str(listings)))
    await connection.execute("drop table record")
    await connection.execute("vacuum analyze")
