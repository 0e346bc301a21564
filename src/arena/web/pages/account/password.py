"""A forgotten password: a link by e-mail, and a new one."""

from starlette.responses import Response

from arena.people import access, identity
from arena.people.access import ResetLinkOver, public
from arena.web.page import Filled, Form, Pages, Visit, VisitDep, _
from arena.web.page.answer import SECRET
from arena.web.pages.account.doors import door
from arena.web.pages.account.fields import Email, NewPassword

routes = Pages()
OPEN = public("whoever has forgotten the password cannot sign in")
FORGOT, RESET = "account/forgot.html", "account/reset.html"


class Forgotten(Form):
    email: Email


class Chosen(Form):
    password: NewPassword


@routes.get("/forgot", gate=OPEN)
async def forgot_page(visit: VisitDep) -> Response:
    return _forgot(visit, Filled[Forgotten](), sent=visit.request.query_params.get("sent") == "1")


@routes.post("/forgot", gate=OPEN)
async def forgot(visit: VisitDep) -> Response:
    """The same answer, and the same work, whether or not there is such an account."""
    form = await visit.form(Forgotten)
    if form.model is not None:
        rates = access.rates_of(visit.request, visit.settings)
        async with visit.trying(form):
            rates.try_reset(form.model.email, access.address_of(visit.request))
            await access.request_reset(visit.tx, form.model.email, request_id=visit.call.request_id)
            return visit.go("/forgot?sent=1")
    return _forgot(visit, form, sent=False)


def _forgot(visit: Visit, form: Filled[Forgotten], *, sent: bool) -> Response:
    return door(
        visit, FORGOT, form, sent=sent, minutes=access.RESET_MINUTES,
        by_mail=visit.settings.smtp_url is not None, folder=visit.settings.home / "mail",
    )  # fmt: skip


@routes.get("/reset/{token}", gate=OPEN)
async def reset_page(visit: VisitDep, token: str) -> Response:
    try:
        person = await access.person_of_reset(visit.tx, visit.settings.vault, token)
    except ResetLinkOver as over:
        return _reset(visit, Filled(refusal=over), None)
    return _reset(visit, Filled(), person)


@routes.post("/reset/{token}", gate=OPEN)
async def reset(visit: VisitDep, token: str) -> Response:
    form = await visit.form(Chosen)
    person: identity.Person | None = None
    async with visit.trying(form):
        person = await access.person_of_reset(visit.tx, visit.settings.vault, token)
        if form.model is not None:
            await access.reset_password(
                visit.tx, visit.settings.vault, token, form.model.password,
                request_id=visit.call.request_id,
            )  # fmt: skip
            done = visit.go("/sign-in", _("Your password is changed. Sign in with the new one."))
            access.drop_session_cookie(done)
            return done
    return _reset(visit, form, person)


def _reset(visit: Visit, form: Filled[Chosen], person: identity.Person | None) -> Response:
    """The address of this page is a secret: nothing keeps it, and no other site learns where one came from.

    `no-referrer` would also take the form's Origin away; where the browser does not say Sec-Fetch-Site, on a plain
    address of a local network, that is all that tells our own form from a stranger's.
    """
    response = visit.page(
        RESET, status=form.status, caching=SECRET, form=form, person=person,
        path=visit.request.url.path,
    )  # fmt: skip
    says_site = "sec-fetch-site" in visit.request.headers
    response.headers["Referrer-Policy"] = "no-referrer" if says_site else "same-origin"
    return response
