"""A language model's feed: its lineage holds all that was chosen, and another choice is another feed."""

import pytest

from arena.signals import feeds, lab
from arena.signals.feeds import FeedNameTaken
from arena.signals.strategists.language_model.prompt import prompt_sha
from tests.signals.strategists.language_model.conftest import Office
from tests.signals.strategists.language_model.messages_api import MessagesApi


async def test_the_lineage_holds_model_prompt_limits_and_budget(office: Office) -> None:
    hired = await office.hire(temperature_pct=10, weight_max_pct=40)
    async with office.stage.db.transaction(readonly=True) as tx:
        feed = await feeds.feed(tx, hired.feed_id)
        model = (await lab.document(tx, feed.lineage.model_config_sha)).body
        policy = (await lab.document(tx, feed.lineage.policy_sha)).body
    assert model["model"] == "language_model"
    assert model["parameters"]["model"] == "claude-haiku-5-5"
    assert model["parameters"]["temperature_pct"] == 10
    assert model["parameters"]["prompt_sha"] == prompt_sha()
    assert model["parameters"]["prompt_version"] == 1
    assert model["kind"] == "language_model"
    assert hired.configuration.as_dict().items() <= model["parameters"].items()
    assert policy["sizing"]["weight_max_pct"] == 40
    assert (model["version"], policy["version"]) == ("2", "2")


async def test_the_same_again_changes_nothing_and_another_choice_is_refused(
    office: Office, api: MessagesApi
) -> None:
    first = await office.hire()
    assert await office.hire() == first
    office.stage.settings.half_spread_bps = (
        3  # of a new feed's policy; this one keeps what it was hired with
    )
    assert await office.hire() == first
    with pytest.raises(FeedNameTaken):
        await office.hire(weight_max_pct=40)
    assert len(await office.fetch("select 1 from language_model")) == 1
