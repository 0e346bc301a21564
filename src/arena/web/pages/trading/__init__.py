"""Accounts that collectives trade themselves: for their owners, and for the operator."""

from arena.web.pages.trading import overseer, owner

ROUTES = (overseer.routes, owner.routes)

__all__ = ["ROUTES"]
