"""The picture that other sites show beside a link to a listing, drawn once for what it shows."""

import asyncio
from collections import OrderedDict
from datetime import datetime
from typing import Annotated

from fastapi import Path
from starlette.responses import Response

from arena.kit.canonical import sha256_hex
from arena.marketplace import listings
from arena.people import identity
from arena.people.access import public
from arena.signals import feeds
from arena.web.draw import Phase, PhaseKind, Picture, draw_picture, worst_drawdown
from arena.web.page import Pages, VisitDep, _
from arena.web.page.answer import HEADERS, PRIVATE
from arena.web.page.numbers import percent, ratio, signed_percent
from arena.web.views.record import Record, record_of

routes = Pages()
OPEN = public("it shows what the page of the listing shows to everybody")
ListingId = Annotated[str, Path(pattern=r"^lst_[0-9a-z]{26}$")]
SHARED = "public, max-age=300, must-revalidate"
KEPT_MAX = 64  # of about 25 kB each
POINTS_MAX = 300
_kept: OrderedDict[str, bytes] = OrderedDict()
_drawing = asyncio.Semaphore(
    1
)  # a burst of askers must not take all threads, and most ask for the same


@routes.get("/listings/{listing_id}/picture.png", gate=OPEN, conducts=True)
async def picture(visit: VisitDep, listing_id: ListingId) -> Response:
    async with visit.call.db.transaction(readonly=True) as tx:
        listing = await listings.visible(tx, listing_id, visit.actor)
        feed = await feeds.feed(tx, listing.feed_id)
        creator = await identity.collective(tx, feed.collective_id)
        record = await record_of(tx, listing, feed)
    shown = shown_of(listing, creator.name, record)
    tag = f'"{sha256_hex(repr(shown).encode())[:32]}"'
    caching = SHARED if listing.listed_at is not None else PRIVATE
    headers = {**HEADERS, "Cache-Control": caching, "ETag": tag}
    if tag in visit.request.headers.get("if-none-match", ""):
        return Response(None, 304, headers)
    return Response(await _drawn(tag, shown), 200, headers, "image/png")


def shown_of(listing: listings.Listing, creator: str, record: Record) -> Picture:
    """What the picture shows: three figures of the last rescore, or of the curve alone before the first."""
    levels = record.levels
    every = -(-len(levels) // POINTS_MAX)
    kept = (*levels[:-1:every], levels[-1])
    if not record.drawn:
        return Picture(
            listing.words.title, _by(creator, listing), _("No record yet. Its first day ends at midnight UTC."),
            figures=(), levels=(), phases=(),
        )  # fmt: skip
    return Picture(
        title=listing.words.title, by=_by(creator, listing),
        note=_(
            "Hypothetical, net of costs, as of %(day)s. Past results do not show future ones.",
            day=_day(levels[-1].at),
        ),
        figures=_figures(record),
        levels=tuple(round(level.equity, 2) for level in kept),
        phases=tuple(_share(phase, record) for phase in record.phases),
    )  # fmt: skip


def _figures(record: Record) -> tuple[tuple[str, str], ...]:
    metrics = record.metrics
    fall = metrics["max_drawdown"] if metrics else worst_drawdown(record.levels)
    found = [
        (_("Net return"), signed_percent(record.net_return)),
        (_("Worst drawdown"), percent(fall)),
    ]
    if metrics and metrics["sharpe_low"] is not None:
        low, high = ratio(metrics["sharpe_low"], 1), ratio(metrics["sharpe_high"], 1)
        found.append((_("Sharpe ratio, 95 %"), _("%(low)s to %(high)s", low=low, high=high)))
    else:
        found.append((_("Length of record"), _("%(days)s days", days=len(record.levels) - 1)))
    return tuple(found)


def _share(phase: Phase, record: Record) -> tuple[PhaseKind, float, float]:
    start, end = record.levels[0].at, record.levels[-1].at
    return (
        phase.kind,
        (phase.start - start) / (end - start),
        (phase.end - start) / (end - start),
    )


def _by(creator: str, listing: listings.Listing) -> str:
    return _("by %(creator)s, %(instrument)s", creator=creator, instrument=listing.instrument)


def _day(at: datetime) -> str:
    return f"{at.day} {at:%b %Y}"


async def _drawn(key: str, shown: Picture) -> bytes:
    """The PNG; kept for whoever asks next, the least recently asked for goes first."""
    if key not in _kept:
        async with _drawing:
            if key not in _kept:
                drawn = await asyncio.to_thread(draw_picture, shown)
                _kept[key] = drawn
                while len(_kept) > KEPT_MAX:
                    _kept.popitem(last=False)
                return drawn
    _kept.move_to_end(key)
    return _kept[key]
