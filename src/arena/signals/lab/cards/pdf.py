"""A model card as a PDF. Nothing is computed here; the same card gives the same bytes."""

import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

from arena.kit.canonical import document_sha
from arena.kit.clock import from_iso


def card_pdf(card: Mapping[str, Any]) -> bytes:
    """The card on paper, A4."""
    import typst  # thirty megabytes: only where a page is set

    template = resources.files("arena.signals.lab.cards").joinpath("card.typ")
    pdf: bytes = typst.compile(
        template.read_bytes(),
        sys_inputs={"card": json.dumps(card), "sha": document_sha(card)},
        ignore_system_fonts=True,
        timestamp=int(from_iso(card["figures"]["data"]["until"]).timestamp()),
    )
    return pdf
