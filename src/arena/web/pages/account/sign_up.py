"""Sign up: an account, and for creators what the operator has decided."""

from starlette.responses import Response

from arena.people import access, identity
from arena.people.access import public
from arena.web.page import Filled, Form, Pages, Visit, VisitDep, _
from arena.web.pages.account.doors import door, enter, onward
from arena.web.pages.account.fields import Code, Email, Name, NewPassword, Next, Words

routes = Pages()
OPEN = public("anyone may open an account")
PAGE = "account/sign_up.html"


class NewAccount(Form):
    name: Name
    email: Email
    password: NewPassword
    creator: bool = False
    words: Words = ""
    invitation: Code = ""
    next: Next = ""


@routes.get("/sign-up", gate=OPEN)
async def sign_up_page(visit: VisitDep) -> Response:
    asked = visit.request.query_params
    if visit.viewer is not None:
        return visit.go(onward(asked.get("next")))
    code = asked.get("invitation", "")[:100]
    values = {"invitation": code, "creator": "true"} if code else {}
    return door(visit, PAGE, Filled[NewAccount](values))


@routes.post("/sign-up", gate=OPEN)
async def sign_up(visit: VisitDep) -> Response:
    form = await visit.form(NewAccount)
    if form.model is not None:
        if visit.viewer is not None and visit.viewer.email.lower() == form.model.email.lower():
            return visit.go(onward(form.model.next))  # the same form again, by whom it has made
        async with visit.trying(form):
            person, token = await _open_account(visit, form.model)
            waits = form.model.creator and "creator" not in person.roles
            return enter(visit, token, onward(form.model.next), _welcome(person, waits=waits))
    if isinstance(form.refusal, identity.InvitationNeeded):
        form.errors["invitation"] = _(
            "Fill in the code you were given, or leave the choice above empty: you can become a creator later."
        )
        form.refusal = None
    elif isinstance(form.refusal, identity.InvitationRefused):
        form.errors["invitation"] = form.refusal.detail
        form.refusal = None
    return door(visit, PAGE, form)


async def _open_account(visit: Visit, wanted: NewAccount) -> tuple[identity.Person, str]:
    """The person and the token of a session, which replaces the one the browser had, if any."""
    tx, vault, request_id = visit.tx, visit.settings.vault, visit.call.request_id
    rates = access.rates_of(visit.request, visit.settings)
    rates.try_sign_up(wanted.email, access.address_of(visit.request))
    wish = identity.CreatorWish(visit.settings.creators, wanted.words, wanted.invitation)
    person = await identity.sign_up(
        tx, vault, email=wanted.email, name=wanted.name, password=wanted.password,
        wish=wish if wanted.creator else None, request_id=request_id,
    )  # fmt: skip
    before = access.session_token(visit.request)
    if before is not None:
        await access.close_session(tx, vault, before, request_id=request_id)
    client = access.client_of(visit.request.headers.get("user-agent"))
    return person, await access.open_session(
        tx, vault, person, client=client, request_id=request_id
    )


def _welcome(person: identity.Person, *, waits: bool) -> str:
    hello = _("Welcome, %(name)s. You are signed in.", name=person.name)
    if waits:
        return f"{hello} {_('Your wish to offer listings waits for the operator.')}"
    if "creator" in person.roles:
        return f"{hello} {_('Your studio, where listings are made, is in the menu.')}"
    return hello
