"""Is a language model at work, and if not, why: one standing for each, and one for all of them together."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, Literal

from arena.kit.clock import iso_ms, wall_today
from arena.kit.db import Tx
from arena.kit.settings import Settings
from arena.signals.strategists.language_model import answers
from arena.signals.strategists.language_model.desk import bar_lasts_s
from arena.signals.strategists.language_model.model import MICRO, Configuration, Spent
from arena.signals.strategists.language_model.read import Seat
from arena.trading.market import NoTape, Tape, tape

Status = Literal[
    "on",
    "idle",  # nobody is hired
    "dismissed",
    "off",  # there is no key
    "no_tape",
    "resting",  # the tape is played faster than an answer may take
    "budget",  # the day has no decision left
    "failing",  # the API answered the last question with an error, or not at all
    "stale",  # the last bar is too old to decide on
]
FAILURES = ("server", "credentials")
FAILURES_MAX = 500


@dataclass(frozen=True, slots=True)
class Standing:
    """`since` and `until` are wall times: since when it fails, until when the budget is spent. `detail` is the API's
    or the decision's own word, in English."""

    status: Status
    since: datetime | None = None
    until: datetime | None = None
    detail: str = ""


async def standing(tx: Tx, settings: Settings, one: Seat) -> Standing:
    """Of one language model, as it is now."""
    if not one.open:
        return Standing("dismissed")
    whole = await _of_all(tx, settings, one.hired.configuration)
    if whole.status != "on":
        return whole
    configuration = one.hired.configuration
    today = wall_today()
    own = await answers.seen_spent(tx, today, one.hired.feed_id)
    if answers.over(
        own, wanted(configuration),
        tokens_max=configuration.day_tokens_max, cents_max=configuration.day_cents_max,
    ):  # fmt: skip
        return Standing("budget", until=_midnight(), detail="of the feed")
    failing = await _failing(tx, one.hired.feed_id)
    if failing is not None:
        return failing
    last = await answers.decisions(tx, one.hired.feed_id, limit=1, newest=True)
    if last and last[0].reason == "stale_data":
        return Standing("stale", detail=last[0].detail)
    return Standing("on")


async def standing_of_all(tx: Tx, settings: Settings) -> Standing:
    """Of language models as such: off without a key, whoever is hired."""
    working = await answers.hired(tx)
    if settings.language_model_key is None:
        return Standing("off")
    if not working:
        return Standing("idle")
    smallest = min((one.configuration for one in working), key=lambda c: wanted(c).microcents)
    whole = await _of_all(tx, settings, smallest)
    if whole.status != "on":
        return whole
    return await _failing(tx, None) or whole


async def language_model_health(tx: Tx, settings: Settings) -> dict[str, Any]:
    """`ok` is false where the API has failed the last question put to it; off, idle or out of budget are in order."""
    found = await standing_of_all(tx, settings)
    return {
        "ok": found.status != "failing",
        "state": found.status,
        "says": in_words(found),
        "working": len(await answers.hired(tx)),
        "since": found.since and iso_ms(found.since),
        "until": found.until and iso_ms(found.until),
    }


def in_words(found: Standing) -> str:
    """For programs and terminals; pages have words of their own."""
    match found.status:
        case "off":
            return "off (no key)"
        case "budget":
            return "budget spent until 00:00 UTC"
        case "failing":
            assert found.since is not None, "what fails has begun to"
            return f"the model's API fails since {iso_ms(found.since)}"
        case "resting":
            return "rests: the tape is played faster than an answer may take"
        case "idle":
            return "on, nobody is hired"
        case "no_tape":
            return "waits for a tape"
        case "stale":
            return "holds: the last bar is too old"
        case "dismissed":
            return "dismissed"
    return "on"


def wanted(configuration: Configuration) -> Spent:
    """What is put aside for one decision."""
    return Spent(configuration.decision_tokens_max, configuration.decision_cents_max * MICRO)


async def _of_all(tx: Tx, settings: Settings, configuration: Configuration) -> Standing:
    """What holds for everybody with this configuration."""
    if settings.language_model_key is None:
        return Standing("off")
    try:
        played = await tape(tx)
    except NoTape:
        return Standing("no_tape")
    if _too_fast(settings, configuration, played):
        return Standing("resting")
    day = await answers.seen_spent(tx, wall_today())
    cents_max = settings.language_model_day_cents_max
    if answers.over(day, wanted(configuration), tokens_max=None, cents_max=cents_max):
        return Standing("budget", until=_midnight(), detail="of the arena")
    return Standing("on")


def _too_fast(settings: Settings, configuration: Configuration, played: Tape) -> bool:
    fast = bar_lasts_s(played) < configuration.timeout_s
    return fast and not settings.language_model_on_fast_replays


async def _failing(tx: Tx, feed_id: str | None) -> Standing | None:
    """Where the last question came to nothing by the API's doing: since the first of them in a row."""
    rows = await tx.fetch(
        """select k.asked_at, d.reason, d.detail
           from language_model_ask k join language_model_decision d using (feed_id, closed_at)
             join feed f on f.id = k.feed_id
           where f.status = 'open' and ($1::text is null or k.feed_id = $1)
           order by k.asked_at desc limit $2""",
        feed_id, FAILURES_MAX,
    )  # fmt: skip
    since = None
    for row in rows:
        if row["reason"] not in FAILURES:
            break
        since = row["asked_at"]
    return Standing("failing", since=since, detail=rows[0]["detail"]) if since else None


def _midnight() -> datetime:
    return datetime.combine(wall_today() + timedelta(days=1), time(), UTC)
