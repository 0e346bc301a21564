"""API keys: made, shown once, revoked."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Path
from pydantic import AfterValidator
from starlette.responses import Response

from arena.kit.clock import wall_now
from arena.people import access
from arena.people.access import SCOPES, needs
from arena.web.page import N_, Filled, Form, Pages, Visit, VisitDep, _
from arena.web.page.answer import SECRET
from arena.web.pages.account.fields import Name

routes = Pages()
PERSON = needs("keys:write", kinds=("person",))
PAGE = "account/api_keys.html"
KeyId = Annotated[str, Path(pattern=r"^api_[0-9a-hjkmnp-tv-z]{26}$")]
DAYS = (
    ("30", N_("after 30 days")), ("90", N_("after 90 days")), ("365", N_("after a year")),
    ("never", N_("never")),
)  # fmt: skip
# What a key for looking at things needs, and nothing that changes any.
USUAL = frozenset({"signals:read", "subscriptions:read", "portfolio:read"})


def _scopes(stated: str) -> str:
    """Checkboxes of one name come as a list with commas."""
    return ",".join(sorted(set(stated.split(","))))


def _days(stated: str) -> str:
    if stated not in dict(DAYS):
        raise ValueError(_("Choose one of these."))
    return stated


class NewKey(Form):
    key_name: Name
    scopes: Annotated[str, AfterValidator(_scopes)]
    expires: Annotated[str, AfterValidator(_days)]


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One key of the list; `state` is works, expired or revoked; `lost` are scopes its person has no more."""

    key: access.ApiKey
    state: str
    scopes: list[str]
    lost: list[str]


@routes.get("/account/keys", gate=PERSON)
async def keys_page(visit: VisitDep) -> Response:
    return await _keys(visit, Filled[NewKey]())


@routes.post("/account/keys", gate=PERSON)
async def make_key(visit: VisitDep) -> Response:
    """The answer shows the key, this once; the same form sent again shows the same answer and makes no other."""
    form = await visit.form(NewKey)
    if form.model is not None:
        async with visit.trying(form):
            made, secret = await _make(visit, form.model)
            return visit.page(
                "account/api_key_made.html", caching=SECRET, made=made, secret=secret,
                words=SCOPES,
            )  # fmt: skip
    if "scopes" in form.errors:
        form.errors["scopes"] = _("Choose what the key may do: one thing at least.")
    return await _keys(visit, form)


async def _make(visit: Visit, wanted: NewKey) -> tuple[access.ApiKey, str]:
    days = None if wanted.expires == "never" else int(wanted.expires)
    new = access.NewApiKey(
        visit.actor.id, wanted.key_name, wanted.scopes.split(","),
        None if days is None else wall_now() + timedelta(days=days),
    )  # fmt: skip
    return await access.create_api_key(
        visit.tx, visit.settings.vault, new, within=visit.actor.scopes,
        request_id=visit.call.request_id,
    )  # fmt: skip


@routes.post("/account/keys/{api_key_id}/revoke", gate=PERSON)
async def revoke_key(visit: VisitDep, api_key_id: KeyId) -> Response:
    await access.revoke_api_key(
        visit.tx, visit.actor.id, api_key_id, request_id=visit.call.request_id
    )
    return visit.go("/account/keys", _("The key is revoked: it opens nothing any more."))


async def _keys(visit: Visit, form: Filled[NewKey]) -> Response:
    assert visit.viewer is not None
    held, now = access.scopes_of(visit.viewer.roles), wall_now()
    lines = [
        KeyLine(key, _state(key, now), sorted(key.scopes & held), sorted(key.scopes - held))
        for key in await access.api_keys(visit.tx, visit.actor.id)
    ]
    chosen = set(form.value("scopes").split(",")) if form.values else USUAL
    return visit.page(
        PAGE, status=form.status, form=form, days=[(value, _(words)) for value, words in DAYS],
        working=[line for line in lines if line.state == "works"],
        over=[line for line in lines if line.state != "works"],
        scopes=[(name, SCOPES[name]) for name in SCOPES if name in visit.actor.scopes],
        chosen=chosen,
    )  # fmt: skip


def _state(key: access.ApiKey, now: datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and key.expires_at <= now else "works"
