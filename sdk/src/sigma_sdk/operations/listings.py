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
    def publish_card(
        self, card: str, feed_id: str, *, tiers: Json | None = None, thresholds: Json | None = None
    ) -> Plan[Json]:
        """Has the feed's listing show a kept card; a feed without one gets a draft in the card's words. `card` is the
        card's SHA-256, `thresholds` what the creator holds the feed to. The same again changes nothing."""
        body: Json = {"card": card, "feed_id": feed_id}
        if tiers is not None:
            body["tiers"] = tiers
        if thresholds is not None:
            body["thresholds"] = thresholds
        answer: Json = yield from change("POST", "/market/cards", body)
        return answer

    @operation
    def listing_thresholds(self, listing_id: str) -> Plan[Json]:
        """What the creator holds the feed to, beside what its record has come to."""
        answer: Json = yield from fetch(f"/market/listings/{listing_id}/thresholds")
        return answer

    @paged
    def review_queue(self, *, state: str = "open", limit: int = 100) -> Turn[Json]:
        """For operators: submitted listings with their gates, oldest first."""
        return list_of("/moderation/queue", state=state, limit=limit)

    @operation
    def approve_listing(self, case_id: str, *, reason: str) -> Plan[Json]:
        """For operators: puts a submitted listing on offer."""
        answer: Json = yield from change(
            "POST", f"/moderation/{case_id}/approve", {"reason": reason}
        )
        return answer

    @operation
    def reject_listing(self, case_id: str, *, reason: str) -> Plan[Json]:
        """For operators: gives a submitted listing back as a draft, with the reason."""
        answer: Json = yield from change(
            "POST", f"/moderation/{case_id}/reject", {"reason": reason}
        )
        return answer

    @operation
    def submit_listing(self, listing_id: str) -> Plan[Json]:
        """Hands a listing in for review."""
        answer: Json = yield from change("POST", f"/market/listings/{listing_id}/submit")
        return answer
