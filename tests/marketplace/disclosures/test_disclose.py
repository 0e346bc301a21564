"""Disclosures: the statement the rule prescribes, and figures that follow the settings."""

from arena.kit.settings import Settings
from arena.marketplace.disclosures import HYPOTHETICAL, disclose
from tests.marketplace.market import Market


async def test_costs_and_shares_are_those_of_the_settings(
    market: Market, settings: Settings
) -> None:
    author, _, _ = await market.creator()
    settings.fee_taker_bps, settings.platform_share_bps = 25, 3_000
    async with market.db.transaction() as tx:
        said = await disclose(tx, author.feed, settings)
    assert said.costs["fee_taker_bps"] == "25"
    assert said.shares == {"creator_bps": 7_000, "platform_bps": 3_000}
    assert said.record_from == author.feed.opened_at


async def test_who_earns_by_it_is_named(market: Market, settings: Settings) -> None:
    author, owner, _ = await market.creator()
    async with market.db.transaction() as tx:
        said = await disclose(tx, author.feed, settings)
    assert author.collective.name in said.conflicts[0]
    assert owner.id in said.conflicts[0]
    assert "operator" in said.conflicts[1]


def test_the_statement_begins_and_ends_as_the_rule_has_it() -> None:
    assert HYPOTHETICAL.startswith(
        "These results are based on simulated or hypothetical performance results"
    )
    assert HYPOTHETICAL.endswith("achieve profits or losses similar to these being shown.")
