"""Packages are entered by the front door, every file is used, every fact has a key."""

import ast
from collections.abc import Iterator

from tests.house.source import Fault, Source, expect_none, imports, product, sources

STOREYS = ("people", "trading", "signals", "money", "marketplace", "evidence")
# Whoever puts the product together takes routes and jobs from where they stand.
SIDE_DOORS = {"routes": ("arena.app",), "jobs": ("arena.worker", "arena.wire")}
ENTRIES = {
    "arena",
    "arena.cli",
    "arena.cli.main",
    "arena.app",
    "arena.worker",
    "sigma_sdk",
    "sigma_sdk.cli",
}


def packages() -> set[str]:
    return {s.module for s in product() if s.path.name == "__init__.py"}


def test_packages_are_entered_by_their_front_door() -> None:
    known = {source.module for source in product()}
    doors = packages()

    def faults() -> Iterator[Fault]:
        for source in product():
            for node, name in imports(source):
                parts = name.split(".")
                if name not in known or name in doors or len(parts) < 4 or parts[1] not in STOREYS:
                    continue
                house = name.rsplit(".", 1)[0]
                neighbours = ".".join(parts[:3])
                if source.module == neighbours or source.module.startswith(neighbours + "."):
                    continue
                if source.module.startswith(SIDE_DOORS.get(parts[-1], ("-",))):
                    continue
                yield source.at(node, f"imports {name}; what others may use stands in {house}")

    expect_none(faults())


def test_every_front_door_says_what_it_offers() -> None:
    def faults() -> Iterator[Fault]:
        for source in product():
            parts = source.module.split(".")
            if source.path.name != "__init__.py" or len(parts) < 3 or parts[1] not in STOREYS:
                continue
            offered = [
                node
                for node in source.tree.body
                if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
            ]
            if not offered:
                yield source.at(1, "a front door without __all__")

    expect_none(faults())


def test_no_file_is_dead() -> None:
    used = {
        name for source in sources("src", "sdk/src", "benchmarks") for _, name in imports(source)
    }
    expect_none(
        source.at(1, "nothing imports it: delete it or wire it")
        for source in sources("src", "sdk/src")
        if source.module not in used | ENTRIES and not source.module.endswith("__main__")
        and 'if __name__ == "__main__":' not in source.text
        and not any(name.startswith(source.module + ".") for name in used)
    )  # fmt: skip


def test_every_fact_is_a_frozen_value_with_a_key() -> None:
    recorded = {name for source in product() for name in _recorded(source)}
    assert recorded, "found no facts; has recording changed its looks?"

    def faults() -> Iterator[Fault]:
        for source in product():
            for node in ast.walk(source.tree):
                if not isinstance(node, ast.ClassDef) or node.name not in recorded:
                    continue
                frozen = any("frozen=True" in ast.unparse(d) for d in node.decorator_list)
                members = {
                    ast.unparse(item.target)
                    if isinstance(item, ast.AnnAssign)
                    else getattr(item, "name", "")
                    for item in node.body
                }
                if not frozen or "key" not in members:
                    yield source.at(
                        node, f"fact {node.name} must be a frozen dataclass with a `key`"
                    )

    expect_none(faults())


def _recorded(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "record"
        ):
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Call) and ast.unparse(node.func.value) != "audit":
                yield ast.unparse(first.func).rsplit(".", 1)[-1]
