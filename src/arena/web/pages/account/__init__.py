"""Doors and accounts: signing up, in and out, one's password, one's keys."""

from arena.web.pages.account import (
    account,
    api_keys,
    become_creator,
    billing,
    password,
    performance_fees,
    sign_in,
    sign_up,
    usage,
)

ROUTES = (
    account.routes,
    api_keys.routes,
    become_creator.routes,
    billing.routes,
    password.routes,
    performance_fees.routes,
    sign_in.routes,
    sign_up.routes,
    usage.routes,
)

__all__ = ["ROUTES"]
