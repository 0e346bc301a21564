"""Sign in and out."""

from starlette.responses import Response

from arena.people import access
from arena.people.access import public
from arena.web.page import Filled, Form, Pages, VisitDep, _
from arena.web.pages.account.doors import door, enter, onward
from arena.web.pages.account.fields import Email, Next, Password

routes = Pages()
OPEN = public("signing in is how a caller gets a name")
PAGE = "account/sign_in.html"


class Credentials(Form):
    email: Email
    password: Password
    next: Next = ""


@routes.get("/sign-in", gate=OPEN)
async def sign_in_page(visit: VisitDep) -> Response:
    if visit.viewer is not None:
        return visit.go(onward(visit.request.query_params.get("next")))
    expired = visit.request.query_params.get("expired") == "1"
    return door(visit, PAGE, Filled[Credentials](), expired=expired)


@routes.post(
    "/sign-in", gate=OPEN, conducts=True,
    keyed=False,  # a second session does no harm, and its token must not be kept for a replay
)  # fmt: skip
async def sign_in(visit: VisitDep) -> Response:
    form = await visit.form(Credentials)
    if form.model is not None:
        given = form.model
        async with visit.trying(form):
            _person, token = await access.sign_in(
                visit.request, visit.call.db, visit.settings, email=given.email,
                password=given.password, request_id=visit.call.request_id,
            )  # fmt: skip
            return enter(visit, token, onward(given.next))
    return door(visit, PAGE, form, expired=False)


@routes.post(
    "/sign-out",
    gate=public("ending one's own session needs no right"),
    keyed=False,  # the form stands in the header of every page; ending what has ended changes nothing
)
async def sign_out(visit: VisitDep) -> Response:
    token = access.session_token(visit.request)
    if token is not None:
        await access.close_session(
            visit.tx, visit.settings.vault, token, request_id=visit.call.request_id
        )
    response = visit.go("/", _("You are signed out."))
    access.drop_session_cookie(response)
    return response
