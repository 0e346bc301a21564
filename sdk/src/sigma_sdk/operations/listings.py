"""Listings: search, look, read what is disclosed; for creators draft, update, submit."""

from sigma_sdk.exchange import Plan, change, fetch
from sigma_sdk.operation import Turn, operation, paged
from sigma_sdk.pages import Json, list_of


class Listings:
    """The market: what is sold, and how well it stands."""

    @paged
    def listings(self, /, *, limit: int = 50, **filters: str | int | None) -> Turn[Json]:
        """All listings that match: q, instrument, creator, sort, …; unset filters are left out."""
        return list_of("/market/listings", limit=limit, **filters)

    @operation
    def listing(self, listing_id: str) -> Plan[Json]:
        """One listing: tiers, metrics, score, versions, seats left."""
        answer: Json = yield from fetch(f"/market/listings/{listing_id}")
        return answer

    @operation
    def disclosures(self, listing_id: str) -> Plan[Json]:
        """What the arena discloses about a listing's figures, costs and conflicts."""
        answer: Json = yield from fetch(f"/market/listings/{listing_id}/disclosures")
        return answer

    @paged
    def scores(self, *, limit: int = 50) -> Turn[Json]:
        """The scores of all listings."""
        return list_of("/market/scores", limit=limit)

    @operation
    def draft_listing(self, draft: Json) -> Plan[Json]:
        """Creates a listing from a feed, or, where the draft has an `id`, a new version of one."""
        answer: Json = yield from change("POST", "/market/listings", draft)
        return answer

    @operation
    def listing_gates(self, listing_id: str) -> Plan[Json]:
        """What a listing still lacks before it may be submitted."""
        answer: Json = yield from fetch(f"/market/listings/{listing_id}/gates")
        return answer

    @operation
    def submit_listing(self, listing_id: str) -> Plan[Json]:
        """Hands a listing in for review."""
        answer: Json = yield from change("POST", f"/market/listings/{listing_id}/submit")
        return answer
