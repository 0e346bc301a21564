"""How each part is, in words; the versions at work; and the tape's controls."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field, field_validator
from starlette.responses import Response

from arena.kit import migrations
from arena.kit.mail.server import smtp_server
from arena.kit.settings import Settings
from arena.web.page import Filled, Form, Pages, Visit, VisitDep, _, local_path
from arena.web.pages.operator.part_words import in_words
from arena.web.pages.operator.room import OPERATOR
from arena.web.pages.operator.tape_view import paces, tape_view
from arena.web.views import acts
from arena.web.views.board import board
from arena.web.views.desk import queues
from arena.web.views.parts import parts_of, worst_of

routes = Pages()


class Pace(Form):
    """How fast the tape shall play and, if said, up to which product time; `back` is the page to return to."""

    speed: Annotated[str, Field(pattern=r"^([1-9]\d{0,8}x|max|pause|auto)$")]
    until: datetime | None = None
    back: str = "/operator/health"

    @field_validator("until")
    @classmethod
    def _utc(cls, at: datetime | None) -> datetime | None:
        """What is typed without a zone is meant as the product's time is shown: in UTC."""
        return at and (at if at.tzinfo else at.replace(tzinfo=UTC))


@routes.get("/operator/health", gate=OPERATOR)
async def health(visit: VisitDep) -> Response:
    return await _page(visit, Filled())


@routes.post("/operator/tape", gate=OPERATOR)
async def drive(visit: VisitDep) -> Response:
    form = await visit.form(Pace)
    wish = form.model
    if wish is not None and wish.until is not None and wish.until <= visit.tx.now:
        form.errors["until"] = _("The tape is past this already.")
    elif wish is not None:
        async with visit.trying(form):
            await acts.drive(
                visit.tx,
                wish.speed,
                wish.until,
                actor=visit.actor,
                request_id=visit.call.request_id,
            )
            said = _("The tape stands still.") if wish.speed == "pause" else _("The tape plays on.")
            return visit.go(local_path(wish.back, "/operator/health"), said=said)
    return await _page(visit, form)


async def _page(visit: Visit, form: Filled[Pace]) -> Response:
    tx = visit.tx
    state = await board(tx)
    parts = await parts_of(tx, state, visit.settings)
    revision = await tx.fetchval("select version_num from alembic_version")
    return visit.page(
        "operator/health.html", status=form.status, form=form, parts=in_words(parts),
        whole=worst_of(parts), tape=await tape_view(tx), paces=paces(),
        waiting=(await queues(tx)).counts, version=visit.request.app.version, revision=revision,
        newest_revision=migrations.revisions()[-1],
        mail_server=_mail_server(visit.settings), postgres=await tx.fetchval("show server_version"),
    )  # fmt: skip


def _mail_server(settings: Settings) -> str | None:
    """The name of the server that mail goes by, and no secret; None where it goes into files."""
    url = settings.smtp_url
    return smtp_server(url.get_secret_value()).host if url is not None else None
