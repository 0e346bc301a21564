"""The four documents of a lineage in their second version: their schemas, what they say, and how they are made."""

from arena.signals.lab.documents.faults import VERSION, faults
from arena.signals.lab.documents.make import (
    bars_document,
    bars_sha,
    model_document,
    pack_document,
)
from arena.signals.lab.documents.policy import Policy, SizingKind, policy_of
from arena.signals.lab.documents.schema import Fault, schema_name, schema_text

__all__ = [
    "VERSION",
    "Fault",
    "Policy",
    "SizingKind",
    "bars_document",
    "bars_sha",
    "faults",
    "model_document",
    "pack_document",
    "policy_of",
    "schema_name",
    "schema_text",
]
