"""The source as its own tests read it: parsed once, faults named by file and line."""

import ast
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
Fault = str


@dataclass(frozen=True, slots=True)
class Source:
    """One Python file; `module` is its dotted name where it can be imported."""

    path: Path
    text: str
    tree: ast.Module
    module: str

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    def at(self, node: ast.AST | int, words: str) -> Fault:
        line = node if isinstance(node, int) else getattr(node, "lineno", 1)
        return f"{self.name}:{line}: {words}"


@cache
def sources(*folders: str) -> tuple[Source, ...]:
    """All Python files below the folders, generated ones and caches left out."""
    found = []
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "__pycache__" not in path.parts and "node_modules" not in path.parts:
                text = path.read_text()
                found.append(Source(path, text, ast.parse(text, str(path)), _module(path)))
    return tuple(found)


def product() -> tuple[Source, ...]:
    return sources("src")


def everything() -> tuple[Source, ...]:
    return sources("src", "sdk/src", "migrations", "tests", "benchmarks")


@cache
def tracked_files() -> tuple[Path, ...]:
    """All files that are in the repository, or would be with the next commit."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    ).stdout  # fmt: skip
    return tuple(path for name in listed.split("\0") if name and (path := ROOT / name).is_file())


def imports(source: Source) -> Iterator[tuple[ast.stmt, str]]:
    """Every module a file imports, and for `from a import b` also a.b, which may be one."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = source.module.split(".")
                is_package = source.path.name == "__init__.py"
                package = package[: len(package) - node.level + (1 if is_package else 0)]
                base = ".".join([*package, base]).rstrip(".")
            yield node, base
            for alias in node.names:
                yield node, f"{base}.{alias.name}"


def expect_none(faults: Iterable[Fault]) -> None:
    """Fails with all faults, one a line."""
    found = sorted(set(faults))
    assert not found, f"{len(found)} against the house rules:\n" + "\n".join(found)


def _module(path: Path) -> str:
    relative = path.relative_to(ROOT)
    parts = list(relative.with_suffix("").parts)
    if parts[:2] == ["sdk", "src"]:
        parts = parts[2:]
    elif parts[0] == "src":
        parts = parts[1:]
    elif parts[0] == "migrations":
        parts[0] = "arena_migrations"
    if parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts)
