"""A page cut into its sections, as a crawler reads them."""

import re
from html.parser import HTMLParser

# A share in per cent, or a ratio with two decimals that is no price.
FIGURE = re.compile(r"\d[\d,.]* %|(?<![\d.$,])−?\d+\.\d{2}(?![\d,])")


class _Sections(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, list[str]]] = [("outside", [])]
        self._open = 0
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "section":
            self._open += 1
            self.found.append((named.get("id") or named.get("aria-labelledby") or "?", []))
        elif tag in ("script", "style", "head"):
            self._silent += 1
        self._say(named.get("aria-label") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "section":
            self._open -= 1
        elif tag in ("script", "style", "head"):
            self._silent -= 1

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._say(data)

    def _say(self, words: str) -> None:
        (self.found[-1] if self._open else self.found[0])[1].append(words)


def sections_of(html: str) -> dict[str, str]:
    """The words of each section by its id or the id of its name, labels included; `outside` is all the rest."""
    parser = _Sections()
    parser.feed(html)
    return {name: re.sub(r"\s+", " ", " ".join(words)) for name, words in parser.found}


def without_legend(html: str) -> list[str]:
    """Sections that show a figure and say nowhere that it is hypothetical."""
    return [
        f"{name}: {FIGURE.findall(words)}"
        for name, words in sections_of(html).items()
        if FIGURE.search(words) and "hypothetical" not in words.lower()
    ]
