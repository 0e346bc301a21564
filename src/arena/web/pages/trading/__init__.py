"""Accounts that collectives trade themselves: for their owners, and for the operator."""

from arena.web.pages.trading import differences, overseer, owner

ROUTES = (differences.routes, overseer.routes, owner.routes)

__all__ = ["ROUTES"]
