"""One line of the audit trail."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """`at` is product time, `recorded_at` wall time. `action` reads package.verb, e.g. listings.approve."""

    id: int
    at: datetime
    recorded_at: datetime
    actor: str
    actor_kind: str
    action: str
    object: str
    detail: Mapping[str, Any]
    reason: str | None
    request_id: str | None
