"""One's own account: name, password, where one is signed in."""

from typing import Any

from starlette.responses import Response

from arena.people import access, identity
from arena.people.access import WrongPassword, needs
from arena.web.page import Filled, Form, Pages, Visit, VisitDep, _, ngettext
from arena.web.pages.account.doors import door
from arena.web.pages.account.fields import Name, NewPassword, Password

routes = Pages()
PERSON = needs("keys:write", kinds=("person",))
PAGE = "account/account.html"


class NewName(Form):
    name: Name


class PasswordChange(Form):
    current_password: Password
    new_password: NewPassword


@routes.get("/account", gate=PERSON)
async def account_page(visit: VisitDep) -> Response:
    return await _account(visit)


@routes.post("/account/name", gate=PERSON)
async def rename(visit: VisitDep) -> Response:
    form = await visit.form(NewName)
    if form.model is not None:
        async with visit.trying(form):
            await identity.rename(
                visit.tx, visit.actor.id, form.model.name, request_id=visit.call.request_id
            )
            return visit.go("/account", _("You are called %(name)s now.", name=form.model.name))
    return await _account(visit, name_form=form)


@routes.post("/account/password", gate=PERSON)
async def change_password(visit: VisitDep) -> Response:
    """The current one is asked for, and tries at it are counted: a session alone must not take an account."""
    form = await visit.form(PasswordChange)
    if form.model is not None:
        async with visit.trying(form):
            await _change(visit, form.model)
            return visit.go("/account", _("Your password is changed; other sessions have ended."))
    if isinstance(form.refusal, WrongPassword):
        form.refusal = None
        form.errors["current_password"] = _("This is not your current password.")
    return await _account(visit, password_form=form)


async def _change(visit: Visit, wanted: PasswordChange) -> None:
    assert visit.viewer is not None
    rates, address = (
        access.rates_of(visit.request, visit.settings),
        access.address_of(visit.request),
    )
    rates.try_sign_in(visit.viewer.email, address)
    await access.change_password(
        visit.tx, visit.settings.vault, visit.actor.id, current=wanted.current_password,
        new=wanted.new_password, keep=access.session_token(visit.request),
        request_id=visit.call.request_id,
    )  # fmt: skip
    rates.signed_in(visit.viewer.email, address)


@routes.post("/account/sessions/end", gate=PERSON)
async def end_other_sessions(visit: VisitDep) -> Response:
    ended = await access.end_sessions(
        visit.tx, visit.settings.vault, visit.actor.id, keep=access.session_token(visit.request),
        request_id=visit.call.request_id,
    )  # fmt: skip
    said = ngettext(
        "%(count)s other session has ended.", "%(count)s other sessions have ended.", ended
    )
    return visit.go("/account", said if ended else _("There was no other session to end."))


async def _account(
    visit: Visit,
    *,
    name_form: Filled[NewName] | None = None,
    password_form: Filled[PasswordChange] | None = None,
) -> Response:
    """The page, with the form that was refused on it, if one was."""
    token = access.session_token(visit.request)
    refused: Filled[Any] = name_form or password_form or Filled()
    return door(
        visit, PAGE, refused, name_form=name_form or Filled(),
        password_form=password_form or Filled(),
        person=await identity.person(visit.tx, visit.actor.id),
        sessions=await access.sessions(visit.tx, visit.settings.vault, visit.actor.id, token),
        asked=await identity.creator_request_of(visit.tx, visit.actor.id),
    )  # fmt: skip
