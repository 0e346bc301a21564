"""Rate limits: each caller, or each address where nobody says who calls, has a number of calls a minute.

Counted in this process on the wall clock. The headers are those of draft-ietf-httpapi-ratelimit-headers
(two structured fields): the policy, and what is left of it until it begins anew.
"""

import ipaddress
from math import ceil

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from starlette.requests import HTTPConnection

from arena.kit.clock import wall_now
from arena.kit.settings import Settings
from arena.people.access.model import Actor, TooManyRequests

WINDOW_S = 60
SIGN_INS = RateLimitItemPerMinute(10, 5)  # of one account from one address, in five minutes
SIGN_INS_ADDRESS = RateLimitItemPerMinute(
    100, 5
)  # of all accounts from one address, those that fail
SIGN_UPS = RateLimitItemPerHour(10)  # with one e-mail address, wherever from
RESETS = RateLimitItemPerHour(
    5
)  # of one e-mail address, wherever from: each may be a letter to somebody
RESETS_ADDRESS = RateLimitItemPerHour(30)  # of all e-mail addresses from one place
HeaderPairs = dict[str, str]


class Rates:
    """The counters of one app in one process."""

    def __init__(self, settings: Settings) -> None:
        self._counts = MemoryStorage()
        self._limiter = FixedWindowRateLimiter(self._counts)
        per_hour = settings.rate_sign_ups_per_hour
        self._sign_ups_address = RateLimitItemPerHour(per_hour) if per_hour else None
        self._policies = {
            "anonymous": settings.rate_anonymous_per_min,
            "caller": settings.rate_caller_per_min,
        }
        self._items = {
            name: RateLimitItemPerMinute(count)
            for name, count in self._policies.items()
            if count > 0
        }

    def spend(self, actor: Actor, address: str) -> HeaderPairs:
        """Counts one call and returns the headers that say what is left; none where no limit is set.

        Raises TooManyRequests.
        """
        policy, whose = (
            ("anonymous", address) if actor.kind == "anonymous" else ("caller", actor.id)
        )
        item = self._items.get(policy)
        if item is None:
            return {}
        allowed = self._limiter.hit(item, policy, whose)
        left, reset_s = self._left(item, policy, whose)
        headers = {
            "RateLimit-Policy": f'"{policy}";q={item.amount};w={WINDOW_S}',
            "RateLimit": f'"{policy}";r={left};t={reset_s}',
        }
        if not allowed:
            raise TooManyRequests(
                limit=item.amount, window_s=WINDOW_S, retry_after_s=reset_s, headers=headers
            )
        return headers

    def try_sign_in(self, email: str, address: str) -> None:
        """Counts an attempt to sign in. Raises TooManyRequests."""
        self._try(SIGN_INS_ADDRESS, "address", address)
        self._try(SIGN_INS, "account", _account(email), address)

    def signed_in(self, email: str, address: str) -> None:
        """Forgets the failed attempts of an account whose owner has just signed in, and this one of the address:
        many people may sit behind one."""
        self._limiter.clear(SIGN_INS, "account", _account(email), address)
        self._counts.decr(SIGN_INS_ADDRESS.key_for("address", address))

    def try_sign_up(self, email: str, address: str) -> None:
        """Counts an attempt to open an account. Raises TooManyRequests."""
        if self._sign_ups_address is not None:
            self._try(self._sign_ups_address, "sign-up", address)
            self._try(SIGN_UPS, "sign-up-account", _account(email))

    def try_reset(self, email: str, address: str) -> None:
        """Counts a wish for a new password, whether or not there is such an account. Raises TooManyRequests."""
        self._try(RESETS_ADDRESS, "reset", address)
        self._try(RESETS, "reset-account", _account(email))

    def _try(self, item: RateLimitItem, *names: str) -> None:
        if not self._limiter.hit(item, *names):
            _, reset_s = self._left(item, *names)
            raise TooManyRequests(
                limit=item.amount, window_s=item.get_expiry(), retry_after_s=reset_s
            )

    def _left(self, item: RateLimitItem, *names: str) -> tuple[int, int]:
        window = self._limiter.get_window_stats(item, *names)
        return window.remaining, max(1, ceil(window.reset_time - wall_now().timestamp()))


def _account(email: str) -> str:
    return email.strip().lower()


def rates_of(connection: HTTPConnection, settings: Settings) -> Rates:
    """The counters of the app that serves this connection; made on first use."""
    state = connection.app.state
    if not hasattr(state, "rates"):
        state.rates = Rates(settings)
    rates: Rates = state.rates
    return rates


def address_of(connection: HTTPConnection) -> str:
    """Where a call comes from, for counting: an IPv4 address, or the /64 network of an IPv6 one."""
    host = connection.client.host if connection.client else "unknown"
    if ":" not in host:
        return host
    try:
        return str(ipaddress.ip_network((host.partition("%")[0], 64), strict=False))
    except ValueError:
        return host
