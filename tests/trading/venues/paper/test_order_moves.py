"""The drawing of an order's moves shows the table the code obeys."""

import importlib.util
import re
from pathlib import Path

from arena.trading.venues import MOVES

PICTURES = Path(__file__).parents[4] / "docs" / "pictures"


def test_the_drawing_is_what_the_table_says() -> None:
    spec = importlib.util.spec_from_file_location("order_moves", PICTURES / "order_moves.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    kept = (PICTURES / "order-moves.svg").read_text(encoding="utf-8")
    assert kept == script.draw(), "run: python docs/pictures/order_moves.py"


def test_the_drawing_has_an_arrow_for_every_move_and_no_other() -> None:
    drawn = re.findall(
        r'id="(\w+)-to-(\w+)"', (PICTURES / "order-moves.svg").read_text(encoding="utf-8")
    )
    assert sorted(drawn) == sorted((begin, end) for begin, ends in MOVES.items() for end in ends)
