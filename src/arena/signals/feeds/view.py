"""A feed as JSON for anybody to see; its signals are not in it."""

from datetime import datetime

from pydantic import BaseModel, Field

from arena.signals.feeds.model import Feed


class LineageView(BaseModel):
    """The SHA-256 of the four documents the feed's model is made of; GET /documents/{sha} shows each."""

    pack_sha: str
    indicator_set_sha: str
    model_config_sha: str
    policy_sha: str


class FeedView(BaseModel):
    """What anybody may know of a feed; its signals are for the entitled."""

    id: str = Field(examples=["fd_7h2k9d4s1m6q8w3x5c0v2b7n1j"])
    name: str = Field(examples=["Northwind Crossing BTC-USD"])
    about: str
    collective_id: str
    instrument: str = Field(examples=["BTC-USD"])
    account_id: str = Field(description="The reference account, whose equity is the feed's record.")
    lineage: LineageView
    status: str = Field(examples=["open"])
    last_sequence: int = Field(description="0 before the first signal.")
    last_hash: str = Field(
        description="The next signal's previous_hash, for the feed's own collective. Empty for everybody else: whoever"
        " can guess what a signal says could make sure of it by its hash."
    )
    last_issued_at: datetime | None
    opened_at: datetime
    closed_at: datetime | None


def feed_view(feed: Feed, *, asked_by: str | None) -> FeedView:
    """As whoever asks may see it."""
    return FeedView(
        id=feed.id,
        name=feed.name,
        about=feed.about,
        collective_id=feed.collective_id,
        instrument=feed.instrument,
        account_id=feed.account_id,
        lineage=LineageView(**feed.lineage.as_dict()),
        status=feed.status,
        last_sequence=feed.last_sequence,
        last_hash=feed.last_hash if asked_by == feed.collective_id else "",
        last_issued_at=feed.last_issued_at,
        opened_at=feed.opened_at,
        closed_at=feed.closed_at,
    )
