"""What a collective was: every account it ever traded itself, and what happened to its keys and accounts. Nothing that
ended is left out: a past that can be shed says nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from arena.kit.db import Row, Tx
from arena.people import identity
from arena.people.identity import Collective, CollectiveKey, KeyRecovery, RecoveryStatus
from arena.trading import performance
from arena.trading.performance import Ranked
from arena.web.draw import sparkline
from arena.web.page import _
from arena.web.page.numbers import amount, signed_percent

EVENTS_MAX = 60


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account of its own with its record as of the last midnight, None before its first. `number` counts those of
    its venue; `flows` is how often money was put in or taken out, which is no return."""

    id: str
    collective_id: str
    collective: str
    venue: str
    number: int
    quote: str
    opening_cash: float
    rescaled: bool
    opened_at: datetime
    closed_at: datetime | None
    flows: int
    record: Ranked | None
    curve: Markup


@dataclass(frozen=True, slots=True)
class Event:
    """Something that everybody may know, in product time."""

    at: datetime
    words: str
    tone: str = "plain"


async def accounts_of_its_own(tx: Tx, collective_ids: Sequence[str]) -> list[AccountLine]:
    """Those that these collectives trade or traded themselves, the newest first."""
    rows = await tx.fetch(
        """select a.*, c.name as collective,
             row_number() over (partition by a.owner_id, a.venue order by a.opened_at, a.id) as number,
             lag(a.opening_cash) over (partition by a.owner_id, a.venue order by a.opened_at, a.id) as before,
             (select count(*) from account_flow f where f.account_id = a.id) as flows
           from account a join collective c on c.id = a.owner_id
           where a.owner_id = any($1::text[]) and a.kind = 'collective' order by a.opened_at desc, a.id""",
        list(collective_ids),
    )
    ids = [row["id"] for row in rows]
    records = await performance.records(tx, ids)
    curves = await performance.outlines(tx, ids)
    return [_account(row, records.get(row["id"]), curves.get(row["id"], ())) for row in rows]


async def events_of(
    tx: Tx,
    whose: Collective,
    keys: Sequence[CollectiveKey],
    recoveries: Sequence[KeyRecovery],
    accounts: Sequence[AccountLine],
) -> list[Event]:
    """What happened to its keys, its accounts and the money in them, the newest first, at most sixty."""
    found = [Event(whose.at, _("Registered"))]
    found += _of_keys(keys, recoveries, now=tx.now)
    for account in accounts:
        found += _of_account(account)
    found += await _of_flows(tx, accounts)
    return sorted(found, key=lambda event: event.at, reverse=True)[:EVENTS_MAX]


def _of_keys(
    keys: Sequence[CollectiveKey], recoveries: Sequence[KeyRecovery], *, now: datetime
) -> list[Event]:
    bound = {
        identity.key_id_of(one.public_key): one
        for one in recoveries
        if one.status is RecoveryStatus.BOUND
    }
    found = []
    for key in keys:
        if key.id in bound:
            words = _("Keys were recovered: an operator bound a new one, all others ended")
            found.append(Event(key.not_before, words, "warn"))
        else:
            found.append(Event(key.not_before, _("Key %(key)s added", key=key.id[:16])))
        if key.revoked_at is not None:
            found.append(Event(key.revoked_at, _("Key %(key)s revoked", key=key.id[:16]), "bad"))
        elif key.not_after is not None and key.not_after <= now:
            found.append(Event(key.not_after, _("Key %(key)s ended", key=key.id[:16])))
    return found


def _of_account(account: AccountLine) -> list[Event]:
    place = _("on paper") if account.venue == "paper" else _("on %(venue)s", venue=account.venue)
    cash = amount(account.opening_cash, account.quote, 0)
    if account.number == 1:
        words = _("Account opened %(place)s with %(cash)s", place=place, cash=cash)
        found = [Event(account.opened_at, words)]
    else:
        words = _(
            "Begun anew %(place)s: account %(number)s, with %(cash)s", place=place,
            number=account.number, cash=cash,
        )  # fmt: skip
        found = [Event(account.opened_at, words, "warn")]
    if account.closed_at is not None:
        gone = _("Account %(number)s closed %(place)s", number=account.number, place=place)
        found.append(Event(account.closed_at, gone, "bad"))
    return found


async def _of_flows(tx: Tx, accounts: Sequence[AccountLine]) -> list[Event]:
    """Amounts are told of paper money only: what somebody has at an exchange is nobody's business."""
    rows = await tx.fetch(
        """select f.at, f.value_quote as value, a.quote, a.venue from account_flow f
             join account a on a.id = f.account_id
           where f.account_id = any($1::text[]) order by f.at desc, f.id desc limit $2""",
        [account.id for account in accounts], EVENTS_MAX,
    )  # fmt: skip
    found = []
    for row in rows:
        words = _("Money put in") if row["value"] > 0 else _("Money taken out")
        if row["venue"] == "paper":
            words += f": {amount(abs(float(row['value'])), row['quote'], 2)}"
        found.append(Event(row["at"], words))
    return found


def _account(row: Row, record: Ranked | None, curve: Sequence[float]) -> AccountLine:
    words = "" if record is None else _(
        "Equity over %(days)s days, %(change)s net",
        days=record.daily_returns, change=signed_percent(record.total_return),
    )  # fmt: skip
    return AccountLine(
        id=row["id"], collective_id=row["owner_id"], collective=row["collective"], venue=row["venue"],
        number=row["number"], quote=row["quote"], opening_cash=float(row["opening_cash"]),
        rescaled=row["before"] is not None and row["before"] != row["opening_cash"],
        opened_at=row["opened_at"], closed_at=row["closed_at"], flows=row["flows"], record=record,
        curve=sparkline(curve, words),
    )  # fmt: skip
