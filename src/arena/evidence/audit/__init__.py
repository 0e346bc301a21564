"""The audit trail: who did what to which object, written in the transaction of the act, never changed."""

from arena.evidence.audit.model import AuditEvent
from arena.evidence.audit.store import history, record, search

__all__ = ["AuditEvent", "history", "record", "search"]
