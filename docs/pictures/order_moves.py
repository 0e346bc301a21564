"""Draws order-moves.svg from the table of an order's moves: `python docs/pictures/order_moves.py` writes it anew."""

from collections.abc import Iterator
from pathlib import Path

from arena.trading.venues import MOVES, OPEN, OrderStatus

TARGET = Path(__file__).with_name("order-moves.svg")
WIDTH, BOX_WIDTH, BOX_HEIGHT, TOP = 760, 150, 34, 56
LEFT, RIGHT = 190, 570
COLOURS = ("#2f6fd0", "#1c8a5f", "#b5651d", "#a03f7f")

STYLE = """
text { font: 14px system-ui, sans-serif; fill: #1d2330; text-anchor: middle }
.head { font-size: 12px; fill: #5b6472 }
rect { fill: #f4f6f9; stroke: #8b94a3; rx: 6px }
rect.end { stroke-width: 2.5 }
path { fill: none; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6e9ef } .head { fill: #9aa4b2 }
  rect { fill: #20262f; stroke: #6b7585 }
}
"""


def rows() -> dict[OrderStatus, int]:
    """The middle of every status's box: open ones on the left, ended ones on the right."""
    ended = [status for status in MOVES if status not in OPEN]
    tall = {status: TOP + 50 + 84 * n for n, status in enumerate(OPEN)}
    return {**tall, **{status: TOP + 40 + 70 * n for n, status in enumerate(ended)}}


def draw() -> str:
    """The picture as text; the same table gives the same text."""
    middle = rows()
    height = max(middle.values()) + 50
    told = "; ".join(f"{a} to {', '.join(b for b in MOVES if b in MOVES[a])}" for a in OPEN)
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        'aria-labelledby="title told">',
        '<title id="title">How the status of an order may move</title>',
        f'<desc id="told">{told}.</desc>',
        f"<style>{STYLE}</style>",
        "<defs>",
        *(marker(n) for n in range(len(OPEN))),
        "</defs>",
        f'<text class="head" x="{LEFT + BOX_WIDTH // 2}" y="{TOP}">open</text>',
        f'<text class="head" x="{RIGHT + BOX_WIDTH // 2}" y="{TOP}">ended for good</text>',
        *moves(middle),
        *boxes(middle),
        "</svg>",
        "",
    ])  # fmt: skip


def marker(number: int) -> str:
    return (
        f'<marker id="tip{number}" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" '
        f'orient="auto"><path d="M0 0 8 4 0 8z" style="fill:{COLOURS[number]};stroke:none"/></marker>'
    )


def moves(middle: dict[OrderStatus, int]) -> Iterator[str]:
    """One arrow for every move, in the colour of the status it leaves."""
    for number, begin in enumerate(OPEN):
        for place, end in enumerate(status for status in MOVES if status in MOVES[begin]):
            if end in OPEN:
                path = around(middle[begin], middle[end], number)
            else:
                path = across(middle[begin] - 12 + 4 * place, middle[end] - 9 + 6 * number)
            yield (
                f'<path id="{begin}-to-{end}" d="{path}" stroke="{COLOURS[number]}" '
                f'marker-end="url(#tip{number})"/>'
            )


def across(start: int, end: int) -> str:
    begin = LEFT + BOX_WIDTH
    return f"M{begin} {start}C{begin + 110} {start} {RIGHT - 110} {end} {RIGHT} {end}"


def around(start: int, end: int, number: int) -> str:
    """Along the left side, farther out the farther it goes; a loop where it comes back."""
    if start == end:
        start, end = start - 10, end + 10
    shift = 4 if end > start else -4
    out = LEFT - 24 - abs(end - start) // 2 - 8 * number
    return f"M{LEFT} {start + shift}C{out} {start + shift} {out} {end - shift} {LEFT} {end - shift}"


def boxes(middle: dict[OrderStatus, int]) -> Iterator[str]:
    for status, y in middle.items():
        x, kind = (LEFT, "open") if status in OPEN else (RIGHT, "end")
        yield (
            f'<rect class="{kind}" x="{x}" y="{y - BOX_HEIGHT // 2}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}"/>'
            f'<text x="{x + BOX_WIDTH // 2}" y="{y + 5}">{status.replace("_", " ")}</text>'
        )


if __name__ == "__main__":
    TARGET.write_text(draw(), encoding="utf-8")
