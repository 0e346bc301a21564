"""A creator's file becomes a strategy, or the error says what is missing and at which line."""

from pathlib import Path

import pytest

from arena.signals.lab.own import BadStrategy, Source, code_sha, load_source, load_strategy
from arena.signals.lab.strategy import complete
from arena.signals.strategists import STRATEGISTS
from tests.signals.lab.own.stage import HEAD, honest, written


def on_disk(folder: Path, source: Source) -> str:
    path = folder / "own.py"
    path.write_text(source.text)
    return f"{path}:{source.class_name}"


def test_a_good_file_is_a_strategy(tmp_path: Path) -> None:
    strategy = load_strategy(on_disk(tmp_path, honest()))
    assert (strategy.name, complete(strategy, {})) == ("own", {"bars": 5})


def test_the_sha_follows_the_text_and_the_class(tmp_path: Path) -> None:
    where = on_disk(tmp_path, honest())
    first = code_sha(where)
    assert first == code_sha(where) == Source(honest().text, "Own", "elsewhere.py").code_sha
    (tmp_path / "own.py").write_text(honest().text + "# another\n")
    assert code_sha(where) != first
    assert Source(honest().text, "Other").code_sha != honest().code_sha


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("own.py", "path/to/file.py:ClassName"),
        ("own.py:two words", "path/to/file.py:ClassName"),
        ("/nowhere/own.py:Own", "cannot be read"),
    ],
)
def test_what_names_no_file_is_refused(where: str, words: str) -> None:
    with pytest.raises(BadStrategy, match=words):
        load_strategy(where)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = 1\ndef broken(:\n", "line 2: "),
        ("x = 1\n\nimport nothing_of_that_name\n", "line 3: ModuleNotFoundError"),
        ("def inner():\n    return 1 / 0\ninner()\n", "line 2: ZeroDivisionError"),
        ("class Other: pass\n", "own.py has no class Own"),
        ("Own = 3\n", "own.py has no class Own"),
        ("class Own:\n    def __init__(self, much): pass\n", "line 1: TypeError"),
        ("class Own: pass\n", "it has no `name`"),
        ("class Own:\n    name = 'own'\n", "it has no `about`"),
        ("class Own:\n    name = 'Own Name'\n    about = 'x'\n", "lower-case letters"),
        ("class Own:\n    name = 'own'\n    about = ''\n", "`about` must be one line"),
        ("class Own:\n    name = 'own'\n    about = 'x'\n", "it has no `ranges`"),
        ("class Own:\n    name, about, ranges = 'own', 'x', {'n': 3}\n", "must be a Range"),
        (
            HEAD + "class Own:\n    name, about, ranges = 'own', 'x', {'n': Range(9, 1, 5)}\n",
            "low <= default <= high",
        ),
        (
            HEAD + "class Own:\n    name, about, ranges = 'own', 'x', {'n': Range(0.5, 0, 1)}\n",
            "whole numbers",
        ),
        ("class Own:\n    name, about, ranges = 'own', 'x', {}\n", "it has no `indicators`"),
        (
            "class Own:\n    name, about, ranges = 'own', 'x', {}\n    def indicators(self): pass\n",
            r"indicators\(self, parameters\)",
        ),
        (
            "class Own:\n    name, about, ranges = 'own', 'x', {}\n    def indicators(self, p): return {}\n"
            "    async def on_bar(self, v, p, w): pass\n",
            "`on_bar` must not be async",
        ),
        (written(more="plan = 3").text, "`plan` must be a method"),
        (written().text.replace('"simple_average"', '"magic"'), "its indicator 'fast'"),
        (written().text.replace("return {\n", "return 3\n        {\n"), "must answer a mapping"),
    ],
)  # fmt: skip
def test_a_bad_file_says_what_is_wrong_and_where(text: str, words: str) -> None:
    with pytest.raises(BadStrategy, match=words):
        load_source(Source(text, "Own", "own.py"))


def test_a_name_that_is_taken_is_refused() -> None:
    taken = Source(written().text.replace('name = "own"', 'name = "momentum"'), "Own")
    with pytest.raises(BadStrategy, match="momentum is another strategy's"):
        load_source(taken, taken=STRATEGISTS)
