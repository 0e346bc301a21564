"""Feeds: open one, look it up, hand in a signed signal."""

from sigma_sdk.exchange import Plan, change, fetch
from sigma_sdk.operation import Turn, operation, paged
from sigma_sdk.pages import Json, list_of


class Feeds:
    """For collectives that publish. `Publisher` keeps sequence and chain on top of this."""

    @operation
    def open_feed(
        self, *, name: str, instrument: str, lineage: Json, about: str = ""
    ) -> Plan[Json]:
        """Opens a feed. `lineage` has, for pack, indicator_set, model_config and policy, either the
        document itself or the SHA-256 of one the arena knows, under `<name>_sha`."""
        body = {"name": name, "about": about, "instrument": instrument, "lineage": lineage}
        answer: Json = yield from change("POST", "/feeds", body)
        return answer

    @operation
    def set_lineage(self, feed_id: str, lineage: Json) -> Plan[Json]:
        """The feed's next signals name this lineage; given as for `open_feed`."""
        answer: Json = yield from change("POST", f"/feeds/{feed_id}/lineage", lineage)
        return answer

    @paged
    def feeds(self, *, limit: int = 100) -> Turn[Json]:
        """All feeds."""
        return list_of("/feeds", limit=limit)

    @operation
    def feed(self, feed_id: str) -> Plan[Json]:
        """A feed's public face: lineage, last sequence, reference account."""
        answer: Json = yield from fetch(f"/feeds/{feed_id}")
        return answer

    @operation
    def close_feed(self, feed_id: str) -> Plan[Json]:
        """Closes a feed for good."""
        answer: Json = yield from change("POST", f"/feeds/{feed_id}/close")
        return answer

    @operation
    def register_document(self, kind: str, body: Json) -> Plan[Json]:
        """Registers a document of a model's lineage; the same document again gives the same SHA-256."""
        answer: Json = yield from change("POST", "/documents", {"kind": kind, "body": body})
        return answer

    @operation
    def document(self, sha: str) -> Plan[Json]:
        """A document by its SHA-256."""
        answer: Json = yield from fetch(f"/documents/{sha}")
        return answer

    @operation
    def hand_in(self, envelope: Json, *, intent: str) -> Plan[Json]:
        """Publishes a signed signal. The intent is the same however often this is repeated."""
        answer: Json = yield from change("POST", "/signals", envelope, intent=intent)
        return answer
