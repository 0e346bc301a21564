"""What the four kinds of model documents are, and how they may be refused."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from arena.kit.errors import NotFound, Refused

DocumentKind = Literal["pack", "indicator_set", "model_config", "policy"]
KINDS: tuple[DocumentKind, ...] = ("pack", "indicator_set", "model_config", "policy")
DOCUMENT_BYTES_MAX = 65_536
UNSAID = {
    "intended_use": "Say what this model is for, and for whom it is not.",
    "known_failures": "Say in which markets it loses, and what you have seen go wrong.",
    "risks": "Say what a follower can lose, and how fast.",
}
"""The words of a new study, which its author is to replace by his own."""
ENGINE_VERSION = "1"
"""Goes up when the same study, bars and code lead to other figures."""


@dataclass(frozen=True, slots=True)
class Document:
    """A registered document. `sha` is the SHA-256 (hex) of its canonical JSON; `at` is product time."""

    sha: str
    kind: DocumentKind
    body: dict[str, Any]
    at: datetime


class NoSuchDocument(NotFound):
    """There is no document {sha}; POST /documents registers one."""


class BadDocument(Refused):
    """This is not a {kind} document: see `errors`; the guide to lineage shows one of each kind."""


class WrongKindOfDocument(Refused):
    """The document {sha} is a {got}, not a {kind}."""
