"""A statement as files: CSV with whole cents as decimal strings, JSON that the arena signs, PDF."""

import csv
import io
import json
from importlib import resources
from typing import Any

from arena.evidence.log import LogKey, sign_text
from arena.kit.canonical import canonical_json, sha256_hex
from arena.kit.clock import from_iso
from arena.money.statements.model import ACCOUNTS, Statement

LINES_ON_PAPER_MAX = 2_000
_COLUMNS = ("at", "kind", "reference", "journal", "prior_period", *ACCOUNTS, "total")


def decimal_text(cents: int) -> str:
    """-8415 is -84.15: exact, by whole numbers only."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def statement_csv(found: Statement) -> str:
    """RFC 4180: the opening, a row for each journal, the closing; amounts in dollars with two decimals."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(_COLUMNS)
    document = found.document
    rows.writerow(["", "opening", "", "", "", *_amounts(document["opening"])])
    for line in document["lines"]:
        rows.writerow(
            [
                line["at"], line["kind"], line["reference"], line["journal"],
                "yes" if line["prior_period"] else "no", *_amounts(line),
            ]
        )  # fmt: skip
    rows.writerow(["", "closing", "", "", "", *_amounts(document["closing"])])
    return text.getvalue()


def signed(found: Statement, key: LogKey) -> dict[str, Any]:
    """The document with its digest, its place in the evidence log, and a C2SP note over both by the log's key."""
    return {
        "statement": found.document, "sha256": found.sha, "log_index": found.log_index,
        "note": sign_text(key, f"{key.name}/creator-statement\n{found.id}\n{found.sha}\n"),
        "verifier_key": key.vkey,
    }  # fmt: skip


def intact(found: Statement) -> bool:
    """Whether the document still has the digest that was logged."""
    return sha256_hex(canonical_json(found.document)) == found.sha


def statement_pdf(found: Statement) -> bytes:
    """On paper, A4; the same statement gives the same bytes. Of very many lines the first 2,000."""
    import typst  # thirty megabytes: only where a page is set

    document = found.document
    shown = document["lines"][:LINES_ON_PAPER_MAX]
    paper = {
        "id": document["id"], "creator": document["creator"], "month": document["month"],
        "left_out": len(document["lines"]) - len(shown),
        "opening": _named(document["opening"]), "closing": _named(document["closing"]),
        "movements": [{**one, **_named(one)} for one in document["movements"]],
        "lines": [{**one, **_named(one)} for one in shown],
    }  # fmt: skip
    template = resources.files("arena.money.statements").joinpath("statement.typ")
    pdf: bytes = typst.compile(
        template.read_bytes(),
        sys_inputs={"statement": json.dumps(paper), "sha": found.sha},
        ignore_system_fonts=True,
        timestamp=int(from_iso(document["month"] + "-01T00:00:00Z").timestamp()),
    )
    return pdf


def _amounts(spelled: Any) -> list[str]:
    return [decimal_text(int(spelled[name])) for name in (*ACCOUNTS, "total")]


def _named(spelled: Any) -> dict[str, str]:
    return dict(zip((*ACCOUNTS, "total"), _amounts(spelled), strict=True))
