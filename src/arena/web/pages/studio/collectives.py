"""One's collectives, their keys and the accounts they trade themselves; a new one made in the browser."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field
from starlette.responses import Response

from arena.kit.signing import to_base64
from arena.marketplace import listings
from arena.people import identity
from arena.signals import feeds
from arena.trading import market, orders, portfolio, risk
from arena.web.page import Filled, Form, Line, Pages, Visit, VisitDep, _
from arena.web.pages.studio import snippets
from arena.web.pages.studio.own import (
    CREATOR,
    CollectiveId,
    KeyId,
    RecoveryId,
    own_collective,
)

routes = Pages()
FEEDS_MAX = 100


class RevokeForm(Form):
    """`last` says that it is meant, where no other key is left."""

    last: bool = False
    reason: Line | None = Field(None, max_length=500)


class WhyForm(Form):
    """Why an account is begun anew, or a recovery stopped; kept in the audit trail."""

    reason: Annotated[Line, Field(min_length=3, max_length=500)]


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A key as its owner sees it; `last` is the only one that may still sign."""

    key: identity.CollectiveKey
    public_key: str
    active: bool
    last: bool


@dataclass(frozen=True, slots=True)
class House:
    """A collective with its keys, the newest first, and its feeds with their listings. `accounts` are those it trades
    or traded itself, the oldest first; `recovery` is a new key that waits to be bound."""

    collective: identity.Collective
    keys: Sequence[KeyLine]
    feeds: Sequence[tuple[feeds.Feed, listings.Listing | None]]
    accounts: Sequence[portfolio.Account]
    recovery: identity.KeyRecovery | None

    @property
    def account(self) -> portfolio.Account | None:
        """The one that is open."""
        last = self.accounts[-1] if self.accounts else None
        return None if last is None or last.closed_at else last


@routes.get("/studio/collectives/new", gate=CREATOR)
async def new(visit: VisitDep) -> Response:
    origin = visit.settings.origin
    return visit.page(
        "studio/new_collective.html", register=snippets.register(origin),
        register_bot=snippets.register_bot(origin),
    )  # fmt: skip


@routes.get("/studio/collectives/{collective_id}", gate=CREATOR)
async def show(visit: VisitDep, collective_id: CollectiveId) -> Response:
    return await _page(visit, collective_id, Filled())


@routes.post("/studio/collectives/{collective_id}/keys/{key_id}/revoke", gate=CREATOR)
async def revoke(visit: VisitDep, collective_id: CollectiveId, key_id: KeyId) -> Response:
    form = await visit.form(RevokeForm)
    await own_collective(visit, collective_id)
    if form.model is not None:
        async with visit.trying(form):
            await identity.revoke_key(
                visit.tx, collective_id, key_id, by=visit.actor.id, last=form.model.last,
                reason=form.model.reason, request_id=visit.call.request_id,
            )  # fmt: skip
            return visit.go(
                f"/studio/collectives/{collective_id}",
                said=_("Revoked. From now on nothing signed with that key is taken."),
            )
    return await _page(visit, collective_id, form, revoking=key_id)


@routes.post("/studio/collectives/{collective_id}/reset", gate=CREATOR)
async def reset(visit: VisitDep, collective_id: CollectiveId) -> Response:
    """Closes its own account for good and opens a fresh one."""
    form = await visit.form(WhyForm)
    await own_collective(visit, collective_id)
    if form.model is not None:
        settings = visit.settings
        async with visit.trying(form):
            await orders.reset_account(
                visit.tx, collective_id, opening_cash=settings.collective_cash,
                default=risk.defaults(settings), reason=form.model.reason, actor=visit.actor,
                request_id=visit.call.request_id,
            )  # fmt: skip
            return visit.go(
                f"/studio/collectives/{collective_id}#account",
                said=_(
                    "A fresh account is open. The old one stays on the profile, with its record."
                ),
            )
    return await _page(visit, collective_id, Filled(), resetting=form)


@routes.post("/studio/collectives/{collective_id}/recoveries/{recovery_id}/stop", gate=CREATOR)
async def stop_recovery(
    visit: VisitDep, collective_id: CollectiveId, recovery_id: RecoveryId
) -> Response:
    form = await visit.form(WhyForm)
    await own_collective(visit, collective_id)
    if form.model is not None:
        async with visit.trying(form):
            if (await identity.recovery(visit.tx, recovery_id)).collective_id != collective_id:
                raise identity.NoSuchRecovery(recovery_id=recovery_id)
            await identity.stop_recovery(
                visit.tx, recovery_id, by=visit.actor.id, reason=form.model.reason,
                request_id=visit.call.request_id,
            )  # fmt: skip
            return visit.go(
                f"/studio/collectives/{collective_id}",
                said=_("Stopped. Your keys are as they were."),
            )
    return await _page(visit, collective_id, Filled(), stopping=form)


async def _page(
    visit: Visit,
    collective_id: str,
    form: Filled[RevokeForm],
    *,
    revoking: str = "",
    resetting: Filled[WhyForm] | None = None,
    stopping: Filled[WhyForm] | None = None,
) -> Response:
    """With the form that was refused, if one was; `revoking` names the key whose form it is."""
    refused = resetting or stopping or form
    house = await _house(visit, await own_collective(visit, collective_id))
    origin, symbols = visit.settings.origin, await market.instruments(visit.tx)
    instrument = symbols[0].symbol if symbols else "BTC-USD"
    return visit.page(
        "studio/collective.html", status=refused.status, form=form, revoking=revoking, house=house,
        resetting=resetting or Filled(), stopping=stopping or Filled(), cash=visit.settings.collective_cash,
        open_feed=snippets.open_feed(origin, instrument=instrument),
        add_key=snippets.add_key(origin, collective_id=collective_id),
        rotate=snippets.rotate(origin),
    )  # fmt: skip


async def _house(visit: Visit, mine: identity.Collective) -> House:
    now = visit.tx.now
    keys = await identity.keys(visit.tx, mine.id)
    active = sum(key.active(now) for key in keys)
    found = await feeds.feeds_of(visit.tx, [mine.id], limit=FEEDS_MAX)
    recoveries = await identity.recoveries_of(visit.tx, [mine.id])
    listed = await listings.listings_of_feeds(visit.tx, [feed.id for feed in found])
    return House(
        mine,
        [
            KeyLine(
                key, to_base64(key.public_key), key.active(now), key.active(now) and active == 1
            )
            for key in reversed(keys)
        ],
        [(feed, listed.get(feed.id)) for feed in found],
        await orders.own_accounts(visit.tx, mine.id),
        next((one for one in recoveries if one.status is identity.RecoveryStatus.WAITING), None),
    )
