"""Model documents and the lineage they give a signal."""

from arena.signals.lab.model import (
    KINDS,
    BadDocument,
    Document,
    DocumentKind,
    NoSuchDocument,
    WrongKindOfDocument,
)
from arena.signals.lab.register import (
    declared,
    document,
    register_document,
    register_documents,
)

__all__ = [
    "KINDS",
    "BadDocument",
    "Document",
    "DocumentKind",
    "NoSuchDocument",
    "WrongKindOfDocument",
    "declared",
    "document",
    "register_document",
    "register_documents",
]
