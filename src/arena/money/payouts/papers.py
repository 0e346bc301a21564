"""A payee's papers: handed in, looked at by an operator, replaced by newer ones. Secrets are sealed."""

import re
from datetime import UTC, datetime, timedelta

from arena.evidence import audit
from arena.kit.db import Database, Tx
from arena.kit.ids import derived
from arena.kit.vault import Vault
from arena.money import due_diligence
from arena.money.payouts import store
from arena.money.payouts.model import (
    PAPER_MOVES,
    BadPaper,
    DocumentMissing,
    NewPaper,
    NoSuchPaper,
    NotYourOwn,
    Paper,
    PaperDecided,
    PaperJudged,
    PaperKind,
    TaxFormExpires,
)
from arena.people.access import Actor

FORMS: dict[PaperKind, tuple[str, ...]] = {
    "identity": ("person", "company"),
    "tax_form": ("w9", "w8ben", "w8bene"),
    "account": ("fake", "manual"),
}
PURPOSE = "payee paper"
WARNED_BEFORE = timedelta(days=45)
BATCH = 100
_SECRET = {
    "identity": re.compile(r".{0,100}"),
    "tax_form": re.compile(r"[0-9A-Z-]{4,30}"),
    "account": re.compile(r"[0-9A-Z]{6,34}"),
}


async def hand_in(
    tx: Tx, vault: Vault, new: NewPaper, *, actor: Actor, request_id: str | None = None
) -> Paper:
    """The paper, which waits for an operator; one of the same kind that was there is replaced.

    Raises BadPaper where a form and what is on it do not fit together.
    """
    secret = re.sub(r"\s", "", new.secret).upper() if new.kind != "identity" else new.secret.strip()
    _check(new, secret)
    number = await tx.fetchval(
        "select count(*) from payee_paper where person_id = $1 and kind = $2", actor.id, new.kind
    )
    paper_id = derived("ppr", actor.id, new.kind, number)
    hint = secret[-4:] if new.kind != "identity" and len(secret) > 4 else ""
    await store.insert_paper(
        tx, paper_id, actor.id, new, state="waiting", hint=hint, expires_at=_expiry(tx, new),
        sealed=vault.seal(secret.encode(), f"{PURPOSE} {paper_id}") if secret else None,
    )  # fmt: skip
    if new.kind == "identity":
        party = due_diligence.Party(actor.id, new.name, new.country, _born(new, secret))
        await due_diligence.name_party(tx, party)
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action=f"payouts.hand_in_{new.kind}", object=paper_id,
        detail={"form": new.form, "country": new.country, "hint": hint}, reason=None, request_id=request_id,
    )  # fmt: skip
    return await _there(tx, paper_id)


async def papers_of(tx: Tx, person_id: str) -> dict[PaperKind, Paper]:
    """The newest paper of each kind; one that holds or waits before one that was refused."""
    return await store.papers(tx, person_id)


async def papers_waiting(tx: Tx, *, limit: int = 50) -> list[Paper]:
    """Those an operator has to look at, whoever has waited longest first."""
    return await store.papers_waiting(tx, limit)


async def decide_paper(
    tx: Tx, paper_id: str, *, accept: bool, actor: Actor, reason: str | None, documents_required: bool = False,
    request_id: str | None = None,
) -> Paper:  # fmt: skip
    """Raises NoSuchPaper, PaperDecided, NotYourOwn, BadPaper for a refusal without a reason, and DocumentMissing where
    an identity needs a document and none is here."""
    found = await store.paper(tx, paper_id, lock=True)
    if found is None:
        raise NoSuchPaper(paper_id=paper_id)
    wanted = "accepted" if accept else "refused"
    if wanted not in PAPER_MOVES[found.state]:
        raise PaperDecided(paper_id=paper_id, state=found.state)
    if found.person_id == actor.id:
        raise NotYourOwn
    if not accept and not reason:
        raise BadPaper(reason="Say why it is refused: the payee reads it.")
    if found.kind == "identity":
        await _documents(tx, found.person_id, accept=accept, required=documents_required)
    await store.decide_paper(
        tx, paper_id, "accepted" if accept else "refused", by=actor.id, reason=reason
    )
    await tx.record(PaperJudged(paper_id, found.person_id, accept))
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action=f"payouts.paper_{wanted}", object=paper_id,
        detail={"person": found.person_id, "kind": found.kind}, reason=reason, request_id=request_id,
    )  # fmt: skip
    return await _there(tx, paper_id)


async def reveal(
    tx: Tx, vault: Vault, paper_id: str, *, actor: Actor, reason: str, request_id: str | None = None
) -> str:
    """The whole secret of a paper, for an operator who files or pays; the look is in the audit trail.

    Raises NoSuchPaper.
    """
    found = await store.paper(tx, paper_id)
    if found is None:
        raise NoSuchPaper(paper_id=paper_id)
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="payouts.reveal", object=paper_id,
        detail={"person": found.person_id, "kind": found.kind}, reason=reason, request_id=request_id,
    )  # fmt: skip
    return await opened(tx, vault, paper_id)


async def opened(tx: Tx, vault: Vault, paper_id: str) -> str:
    """The secret itself, for the gateway; empty where there is none."""
    sealed = await store.secret(tx, paper_id)
    return "" if sealed is None else vault.open(sealed, f"{PURPOSE} {paper_id}").decode()


async def warn_expiring(db: Database) -> int:
    """Tells payees whose tax form expires soon, once; how many. Safe to run twice or late."""
    count = 0
    while True:
        async with db.transaction() as tx:
            due = await store.expiring(tx, tx.now + WARNED_BEFORE, BATCH)
            for each in due:
                assert each.expires_at is not None, f"{each.id} never expires"
                await tx.record(TaxFormExpires(each.id, each.person_id, each.expires_at))
                await store.set_warned(tx, each.id)
        count += len(due)
        if len(due) < BATCH:
            return count


async def _documents(tx: Tx, person_id: str, *, accept: bool, required: bool) -> None:
    """Raises DocumentMissing. What a refused identity came with need not stay."""
    if not accept:
        await due_diligence.let_go_soon(tx, person_id)
    elif required and not any(
        each.kind in due_diligence.PROVES_IDENTITY
        for each in await due_diligence.documents_of(tx, person_id)
    ):
        raise DocumentMissing


def _born(new: NewPaper, secret: str) -> int | None:
    """The year of birth, where a person gave it."""
    found = re.search(r"(?<!\d)(19\d\d|20\d\d)(?!\d)", secret) if new.form == "person" else None
    return int(found[1]) if found else None


def _check(new: NewPaper, secret: str) -> None:
    if new.form not in FORMS[new.kind]:
        raise BadPaper(reason=f"{new.form} is none of {', '.join(FORMS[new.kind])}.")
    if not new.name.strip():
        raise BadPaper(reason="Give the whole legal name.")
    if not re.fullmatch(r"[A-Z]{2}", new.country):
        raise BadPaper(reason="Give the country by its two letters, like US or DE.")
    if not _SECRET[new.kind].fullmatch(secret):
        words = {"tax_form": "Give the tax number: 4 to 30 digits and letters.",
                 "account": "Give the account number or IBAN: 6 to 34 digits and letters."}  # fmt: skip
        raise BadPaper(reason=words.get(new.kind, "That is too long."))
    if new.kind == "tax_form" and (new.form == "w9") != (new.country == "US"):
        raise BadPaper(
            reason="W-9 is for persons and companies of the United States, W-8BEN and W-8BEN-E for all others."
        )
    if new.form == "w9" and not re.fullmatch(r"\d{9}", secret.replace("-", "")):
        raise BadPaper(reason="A tax number of the United States (SSN, EIN) has nine digits.")


def _expiry(tx: Tx, new: NewPaper) -> datetime | None:
    """A W-8 holds until the last day of the third calendar year after it was signed (26 CFR 1.1441-1(e)(4)(ii))."""
    return datetime(tx.now.year + 4, 1, 1, tzinfo=UTC) if new.form.startswith("w8") else None


async def _there(tx: Tx, paper_id: str) -> Paper:
    found = await store.paper(tx, paper_id)
    assert found is not None, f"no paper {paper_id}"
    return found
