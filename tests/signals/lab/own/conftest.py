"""One host for all tests of hosted strategies, and bars to decide on."""

from collections.abc import Iterator

import pytest

from arena.signals.lab.bars import Bars
from arena.signals.lab.own import Host
from tests.signals.lab.stage import wandering


@pytest.fixture(scope="session")
def host() -> Iterator[Host]:
    with Host() as begun:
        yield begun


@pytest.fixture(scope="session")
def bars() -> Bars:
    return wandering(1, 300)
