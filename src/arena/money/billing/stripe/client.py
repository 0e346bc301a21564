"""A client of Stripe whose calls go through the arena's guard: named timeouts, size limit, checked addresses.

The SDK is imported here, in functions, so that an arena without Stripe does not carry it.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from arena.kit.errors import ArenaError
from arena.kit.http import AddressRefused, CallFailed, Limits, fetch, make_client
from arena.money.billing.model import GatewayUnavailable

if TYPE_CHECKING:
    import stripe

LIMITS = Limits(connect_s=5, read_s=25, total_s=30)


class StripeMisread(ArenaError):
    """Stripe does not take this call as it is made ({why}); look at ARENA_STRIPE_KEY and its rights."""


@asynccontextmanager
async def calling(key: str, url: str) -> AsyncIterator["stripe.StripeClient"]:
    """A client for a few calls; none are repeated by it, keys and repeats are ours.

    Raises GatewayUnavailable where what became of a call is unknown or it was one too many, StripeMisread where
    Stripe refuses the call as such. A declined card is left to the caller (stripe.CardError); what an object is not in
    the state for (stripe.InvalidRequestError) he may look at within the block.
    """
    import stripe

    async with make_client(allow=[url], limits=LIMITS) as line:

        class Guarded(stripe.HTTPClient):
            name = "arena"

            async def request_async(
                self,
                method: str,
                url: str,
                headers: Mapping[str, str] | None,
                post_data: Any = None,
            ) -> tuple[bytes, int, Mapping[str, str]]:
                try:
                    answer = await fetch(
                        line, method, url, limits=LIMITS, headers=headers, content=post_data or None
                    )
                except (CallFailed, AddressRefused) as broken:
                    unknown: Exception = stripe.APIConnectionError(broken.detail)  # type: ignore[no-untyped-call]  # so is the SDK
                    raise unknown from broken
                return answer.content, answer.status_code, answer.headers

            async def close_async(self) -> None:
                """The line is closed by its block."""

        client = stripe.StripeClient(
            key, http_client=Guarded(), base_addresses={"api": url}, max_network_retries=0
        )
        try:
            yield client
        except (stripe.APIConnectionError, stripe.APIError, stripe.RateLimitError) as unknown:
            raise GatewayUnavailable from unknown
        except stripe.IdempotencyError as clash:
            if clash.code == "idempotency_key_in_use":
                raise GatewayUnavailable from clash
            raise
        except (
            stripe.AuthenticationError, stripe.PermissionError, stripe.InvalidRequestError,
        ) as refused:  # fmt: skip
            raise StripeMisread(why=refused.user_message or str(refused)) from refused
