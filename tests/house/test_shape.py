"""Sizes, names and first lines: what makes a file readable before it is read."""

import ast
from collections.abc import Iterator

from tests.house.source import ROOT, Fault, Source, everything, expect_none, product, sources

FILE_LINES_MAX, FUNCTION_LINES_MAX, PARAMETERS_MAX = 400, 60, 5
BANNED_FILES = {
    "service.py",
    "utils.py",
    "helpers.py",
    "common.py",
    "manager.py",
    "base.py",
    "misc.py",
}
BANNED_WORDS = {"qty", "amt", "cfg", "mgr", "svc"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(source: Source) -> Iterator[Function]:
    for node in ast.walk(source.tree):
        if isinstance(node, Function):
            yield node


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    islands = [p for p in (ROOT / "web" / "src").rglob("*") if p.suffix in (".ts", ".css")]
    files = [*(s.path for s in everything()), *islands]
    lengths = [(path, len(path.read_text().splitlines())) for path in files]
    expect_none(
        f"{path.relative_to(ROOT)}:{lines}: {lines} lines; find the two things it does and part them"
        for path, lines in lengths
        if lines > FILE_LINES_MAX
    )


def test_no_function_is_longer_than_sixty_lines() -> None:
    expect_none(
        source.at(node, f"{node.name} has {length} lines, {FUNCTION_LINES_MAX} at most")
        for source in everything()
        for node in functions(source)
        if (length := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES_MAX
    )


def test_no_function_takes_more_than_five_positional_parameters() -> None:
    def positional(node: Function) -> int:
        names = [a.arg for a in [*node.args.posonlyargs, *node.args.args]]
        return len([name for name in names if name not in ("self", "cls")])

    def is_command(node: Function) -> bool:
        """What a framework calls with all arguments by name: routes and commands."""
        described = [
            a for a in node.args.args if a.annotation and "Annotated[" in ast.unparse(a.annotation)
        ]
        return bool(described) or any(isinstance(d, ast.Call) for d in node.decorator_list)

    expect_none(
        source.at(
            node, f"{node.name} takes {count} positional parameters, {PARAMETERS_MAX} at most"
        )
        for source in sources("src", "sdk/src")
        for node in functions(source)
        if (count := positional(node)) > PARAMETERS_MAX and not is_command(node)
    )


def test_every_file_begins_by_saying_what_it_does() -> None:
    expect_none(
        source.at(1, "no docstring at its head")
        for source in everything()
        if source.text.strip() and ast.get_docstring(source.tree) is None
    )


def test_no_file_has_a_name_that_invites_everything() -> None:
    expect_none(
        source.at(1, "banned file name")
        for source in everything()
        if source.path.name in BANNED_FILES
    )


def test_names_are_whole_words() -> None:
    def faults() -> Iterator[Fault]:
        for source in sources("src", "sdk/src"):
            for node in ast.walk(source.tree):
                name = (
                    node.arg
                    if isinstance(node, ast.arg)
                    else node.id
                    if isinstance(node, ast.Name)
                    else ""
                )
                if BANNED_WORDS & set(name.lower().split("_")):
                    yield source.at(node, f"{name}: write the whole word")

    expect_none(faults())


def test_values_in_models_are_frozen_and_slotted() -> None:
    def faults() -> Iterator[Fault]:
        for source in product():
            if source.path.name != "model.py":
                continue
            for node in ast.walk(source.tree):
                # A cached property needs the dictionary that slots take away.
                if isinstance(node, ast.ClassDef) and "@cached_property" not in ast.unparse(node):
                    for decorator in node.decorator_list:
                        words = ast.unparse(decorator)
                        if words.startswith("dataclass") and not (
                            "frozen=True" in words and "slots=True" in words
                        ):
                            yield source.at(
                                node, f"{node.name}: a dataclass here is frozen and has slots"
                            )

    expect_none(faults())
