"""The source of a strategy becomes an object: compiled, run, made, each fault told with its line."""

import linecache
import sys
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from arena.signals.lab.code import SOURCE_BYTES_MAX, code_sha_of
from arena.signals.lab.own.model import BadStrategy

LINES_MAX = 12
MODULE = "own_strategy"


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a file, and which of its classes is the strategy; `name` is for messages."""

    text: str
    class_name: str
    name: str = "strategy.py"

    @property
    def where(self) -> str:
        return f"{self.name}:{self.class_name}"

    @property
    def code_sha(self) -> str:
        """SHA-256 of the file's UTF-8 text and the class's name."""
        return code_sha_of(self.text, self.class_name)


def read_source(where: str) -> Source:
    """The source that `path/to/file.py:ClassName` names. Raises BadStrategy."""
    path_text, separator, class_name = where.rpartition(":")
    if not separator or not class_name.isidentifier():
        raise BadStrategy(where=where, why="name it as path/to/file.py:ClassName")
    path = Path(path_text)
    try:
        data = path.read_bytes()
    except OSError as missing:
        raise BadStrategy(
            where=where, why=f"the file cannot be read ({missing.strerror})"
        ) from None
    if len(data) > SOURCE_BYTES_MAX:
        raise BadStrategy(where=where, why=f"the file is longer than {SOURCE_BYTES_MAX} bytes")
    try:
        return Source(data.decode(), class_name, str(path))
    except UnicodeDecodeError:
        raise BadStrategy(where=where, why="the file is not UTF-8 text") from None


def compiled(source: Source) -> CodeType:
    """Raises BadStrategy where the text is no Python, with the line."""
    # So that tracebacks show the lines, though a hosted strategy's process may open no file.
    lines = source.text.splitlines(keepends=True)
    linecache.cache[source.name] = (len(source.text), None, lines, source.name)
    try:
        return compile(source.text, source.name, "exec")
    except SyntaxError as broken:
        raise BadStrategy(
            where=source.where, why=f"line {broken.lineno}: {broken.msg}", line=broken.lineno
        ) from None
    except ValueError as broken:  # a null character
        raise BadStrategy(where=source.where, why=str(broken)) from None


def make(source: Source, code: CodeType, names: dict[str, Any] | None = None) -> object:
    """An object of the class; `names` are put into the module first. Raises BadStrategy where the source itself is at
    fault, with the line."""
    module = ModuleType(f"{MODULE}_{source.code_sha[:16]}")
    module.__file__ = source.name
    vars(module).update(names or {})
    # Decorators look a class's module up by its name while it is made. Afterwards it is not to be found, so that what
    # is sent to other processes takes the class along rather than its name.
    sys.modules[module.__name__] = module
    try:
        exec(code, vars(module))  # noqa: S102 - this is what the file is for
        made = getattr(module, source.class_name, None)
        if not isinstance(made, type):
            raise BadStrategy(
                where=source.where, why=f"{source.name} has no class {source.class_name}"
            )
        return made()
    except (BadStrategy, MemoryError):
        raise
    except Exception as broken:  # the edge: whatever somebody's own source raises
        line = line_of(broken, source.name)
        raise BadStrategy(
            where=source.where, why=f"line {line}: {said(broken)}", line=line
        ) from broken
    finally:
        sys.modules.pop(module.__name__, None)


def line_of(broken: BaseException, name: str) -> int:
    """The last line of the file that was being run; 1 where there is none."""
    return next((line for _, line in _frames(broken, name)[-1:]), 1)


def own_lines(broken: BaseException, name: str) -> str:
    """The traceback as far as it runs in the file, each line below the last; empty where nothing does."""
    return "".join(
        f"\n  {function}, line {line}: {linecache.getline(name, line).strip()}"
        for function, line in _frames(broken, name)[-LINES_MAX:]
    )


def _frames(broken: BaseException, name: str) -> list[tuple[str, int]]:
    """Functions and lines of the file. Looked at by hand: the module for it would read other files, too."""
    frames, trace = [], broken.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename == name:
            frames.append((code.co_name, trace.tb_lineno))
        trace = trace.tb_next
    return frames


def said(broken: BaseException) -> str:
    """What an exception is and says, on one line and no longer than a person reads."""
    text = " ".join(str(broken).split())
    name = type(broken).__name__
    return f"{name}: {text[:300]}" if text else name
