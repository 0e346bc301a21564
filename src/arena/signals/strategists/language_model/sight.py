"""Reads what a model may see at the close of a bar; read again later, it is the same."""

from datetime import datetime, timedelta
from decimal import Decimal

from arena.kit.db import Tx
from arena.signals.strategists.language_model.model import (
    Hired,
    SeenAccount,
    SeenBar,
    SeenDecision,
    SeenFill,
    SeenNews,
    Sight,
)

FILLS_MAX = 10
DECISIONS_MAX = 20
NEWS_MAX = 20


async def see(
    tx: Tx, hired: Hired, at: datetime, *, interval_s: int, news_id: int
) -> Sight:  # fmt: skip
    """The sight at `at`, the close of a bar, with the news up to `news_id`.

    Nothing counts what came later: bars and marks end at `at`; fills, signals and decisions before it, because a fill
    at the very moment may be one of the next bar, at its open.
    """
    weight = await tx.fetchval(
        """select target_weight from signal where feed_id = $1 and issued_at < $2
           order by sequence desc limit 1""",
        hired.feed_id,
        at,
    )
    return Sight(
        symbol=hired.instrument,
        interval_s=interval_s,
        at=at,
        weight=weight if weight is not None else Decimal(0),
        account=await _account(tx, hired.feed_id, at),
        bars=await _bars(tx, hired, at, interval_s),
        fills=await _fills(tx, hired.feed_id, at),
        decisions=await _decisions(tx, hired.feed_id, at),
        news=await _news(tx, at, news_id),
    )


async def last_close(tx: Tx, symbol: str, interval_s: int, until: datetime) -> datetime | None:
    """When the instrument's last bar closed, as of `until`."""
    opened: datetime | None = await tx.fetchval(
        "select max(open_at) from candle where symbol = $1 and open_at <= $2",
        symbol, until - timedelta(seconds=interval_s),
    )  # fmt: skip
    return opened + timedelta(seconds=interval_s) if opened else None


async def last_news(tx: Tx, at: datetime) -> int:
    """The id of the last news at `at`; 0 where there is none."""
    return int(
        await tx.fetchval("select coalesce(max(id), 0) from language_model_news where at <= $1", at)
    )


async def _bars(tx: Tx, hired: Hired, at: datetime, interval_s: int) -> tuple[SeenBar, ...]:
    rows = await tx.fetch(
        """select open_at, open, high, low, close, volume from candle
           where symbol = $1 and open_at <= $2 order by open_at desc limit $3""",
        hired.instrument, at - timedelta(seconds=interval_s), hired.configuration.bars_max,
    )  # fmt: skip
    return tuple(SeenBar(*row) for row in reversed(rows))


async def _account(tx: Tx, feed_id: str, at: datetime) -> SeenAccount:
    row = await tx.one(
        """select a.quote, a.opening_cash,
                  coalesce(m.equity, a.opening_cash) as equity, coalesce(m.cash, a.opening_cash) as cash,
                  greatest(a.opening_cash, (select max(equity) from equity_mark
                    where account_id = a.id and at <= $2)) as highest,
                  (select count(*) from fill where account_id = a.id and at < $2) as fills
           from feed f join account a on a.id = f.account_id
             left join lateral (select equity, cash from equity_mark
               where account_id = a.id and at <= $2 order by at desc limit 1) m on true
           where f.id = $1""",
        feed_id,
        at,
    )
    return SeenAccount(*row)


async def _fills(tx: Tx, feed_id: str, at: datetime) -> tuple[SeenFill, ...]:
    rows = await tx.fetch(
        """select i.at, i.side, i.quantity, i.price, i.fee, i.fee_asset
           from fill i join feed f on f.account_id = i.account_id
           where f.id = $1 and i.at < $2 order by i.at desc, i.id desc limit $3""",
        feed_id, at, FILLS_MAX,
    )  # fmt: skip
    return tuple(SeenFill(*row) for row in reversed(rows))


async def _decisions(tx: Tx, feed_id: str, at: datetime) -> tuple[SeenDecision, ...]:
    rows = await tx.fetch(
        """select closed_at, outcome, reason, weight, confidence, rationale from language_model_decision
           where feed_id = $1 and closed_at < $2 order by closed_at desc limit $3""",
        feed_id, at, DECISIONS_MAX,
    )  # fmt: skip
    return tuple(SeenDecision(*row) for row in reversed(rows))


async def _news(tx: Tx, at: datetime, news_id: int) -> tuple[SeenNews, ...]:
    rows = await tx.fetch(
        """select at, source, words from language_model_news where at <= $1 and id <= $2
           order by id desc limit $3""",
        at, news_id, NEWS_MAX,
    )  # fmt: skip
    return tuple(SeenNews(*row) for row in reversed(rows))
