"""Sanctions lists and the cases that they make: load a list, try a name, decide who is meant."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import Field
from starlette.responses import Response

from arena.money import due_diligence as due
from arena.web.page import N_, Filled, Form, Line, Pages, Visit, VisitDep, _
from arena.web.pages.operator.reason import LENGTH_MAX, Reason
from arena.web.pages.operator.room import OPERATOR, age
from arena.web.views.desk import names_of, queues
from arena.web.views.documents import CASES

routes = Pages()
HERE = "/operator/sanctions"
CaseId = Annotated[str, Path(pattern=r"^scs_[0-9a-z]{26}$")]
DECIDED, HITS = 20, 10
# Pairs that show where the threshold lies.
EXAMPLES = (
    ("José Muñoz", "MUNOZ, Jose"), ("Viktor Petrov", "Petrov Viktor Ivanovich"), ("Viktor Petrov", "Victor Petroff"),
    ("Mohamed Rashid", "Muhammad Rashid"), ("Ada Maker", "Adam Baker"), ("John Smith", "Jane Smith"),
    ("Ada", "Ada King Noel"),
)  # fmt: skip


class ListForm(Form):
    """A list's name and its file."""

    name: Annotated[Line, Field(min_length=1, max_length=60)]
    upload: str = ""


class Decision(Form):
    verdict: Literal["other", "same"]
    reason: Reason


@routes.get(HERE, gate=OPERATOR)
async def show(
    visit: VisitDep, name: Annotated[str, Query(max_length=200)] = "",
    born: Annotated[str, Query(max_length=4)] = "",
) -> Response:  # fmt: skip
    return await _page(visit, tried=(name.strip(), born.strip()))


@routes.post(f"{HERE}/lists", gate=OPERATOR)
async def load(visit: VisitDep) -> Response:
    form = await visit.form(ListForm)
    if form.model is not None and not form.model.upload:
        form.errors["upload"] = _("Choose a file.")
    elif form.model is not None:
        async with visit.trying(form):
            made = await due.load_list(
                visit.tx, form.model.name, await visit.upload(), actor=visit.actor,
                request_id=visit.call.request_id,
            )  # fmt: skip
            said = _(
                "%(name)s is loaded, version %(version)s. All payees are compared with it now.",
                name=made.name, version=made.version,
            )  # fmt: skip
            return visit.go(HERE, said)
    return await _page(visit, loading=form)


@routes.post(f"{HERE}/cases/{{case_id}}", gate=OPERATOR)
async def decide(visit: VisitDep, case_id: CaseId) -> Response:
    form = await visit.form(Decision)
    if form.model is not None:
        same = form.model.verdict == "same"
        async with visit.trying(form):
            await due.decide_case(
                visit.tx, case_id, same=same, reason=form.model.reason, actor=visit.actor,
                request_id=visit.call.request_id,
            )  # fmt: skip
            said = (
                N_("Noted: nothing is paid to them.") if same else N_("Noted: it is somebody else.")
            )
            return visit.go(HERE, _(said))
    return await _page(visit, form=form, about=case_id)


async def _page(
    visit: Visit,
    *,
    loading: Filled[Any] | None = None,
    form: Filled[Any] | None = None,
    about: str = "",
    tried: tuple[str, str] = ("", ""),
) -> Response:
    """With the form that was refused on it, if one was; `tried` are a name and a year to be compared."""
    tx, refused = visit.tx, loading or form
    waiting, decided = await due.open_cases(tx), await due.decided_cases(tx, limit=DECIDED)
    lists = await due.lists(tx)
    score_min = visit.settings.sanctions_score_min
    ids = [one.party.person_id for one in (*waiting, *decided)]
    ids += [one.loaded_by for one in lists] + [one.decided_by for one in decided if one.decided_by]
    return visit.page(
        "operator/sanctions.html", status=refused.status if refused else 200, loading=loading or Filled(),
        form=form or Filled(), about=about, cases=waiting, decided=decided, lists=lists, states=CASES,
        names=await names_of(tx, ids), me=visit.actor.id, now=tx.now, age=age, score_min=score_min,
        examples=[(*pair, due.score(*map(due.words_of, pair))) for pair in EXAMPLES], tried=tried,
        hits=await _hits(visit, tried, score_min), columns=due.COLUMNS, reason_max=LENGTH_MAX,
        waiting=(await queues(tx)).counts,
    )  # fmt: skip


async def _hits(visit: Visit, tried: tuple[str, str], score_min: int) -> Sequence[due.Hit]:
    name, born = tried
    if not name:
        return ()
    party = due.Party("", name, "", int(born) if born.isascii() and born.isdigit() else None)
    return (await due.hits_for(visit.tx, party, score_min=score_min))[:HITS]
