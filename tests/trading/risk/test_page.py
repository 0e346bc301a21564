"""The reference page lists the checks as they are asked, each with the refusal it gives."""

import importlib
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from arena.trading import risk
from arena.trading.portfolio import InsufficientFunds

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "risk.md"
ROW = re.compile(r"^\| `(\w+)` \| `(\w+)` \| (every order|orders that increase) \|$", re.MULTILINE)


def test_the_page_lists_every_check_in_its_order_with_its_refusal() -> None:
    # The package offers a function of the module's name, so the module is asked for by its own.
    decided: Any = importlib.import_module("arena.trading.risk.decide")
    asked = [(check, "every order") for check in decided.EVERY]
    asked += [(check, "orders that increase") for check in decided.INCREASING]
    rows = ROW.findall(PAGE.read_text(encoding="utf-8"))
    assert rows == [(check.__name__, _refusal(check), of) for check, of in asked]


def test_the_page_names_every_limit() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [name for name in risk.as_mapping(risk.Limits()) if f"`{name}`" not in text] == []


def _refusal(check: Callable[..., Any]) -> str:
    """The code of the one error class that the check makes."""
    classes = {**vars(risk), "InsufficientFunds": InsufficientFunds}
    made = set(re.findall(r"return ([A-Z]\w+)\(|else ([A-Z]\w+)\(", inspect.getsource(check)))
    (name,) = {one or other for one, other in made}
    code: str = classes[name].code()
    return code
