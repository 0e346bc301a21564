"""What shuts a process in before somebody else's strategy runs there: limits, the kernel's filter, Python's own hook.

The filter is the wall; the hook and the list of modules stand before it and say in words what was tried.
"""

import builtins
import os
import resource
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from arena.signals.lab.own.host.seccomp import shut
from arena.signals.lab.own.model import Limits

MODULES = frozenset({
    "numpy", "math", "cmath", "statistics", "decimal", "fractions", "datetime", "dataclasses", "typing", "collections",
    "itertools", "functools", "operator", "bisect", "heapq", "enum", "abc", "__future__",
    "arena.signals.lab.strategy", "arena.signals.lab.indicators",
})  # fmt: skip
"""What a hosted strategy may import, with what lies below numpy and collections."""
_WITH_ALL_BELOW = ("numpy.", "collections.")
_FOR_OTHERS = frozenset({"_strptime"})
"""What datetime imports in the name of whoever calls it."""
_FORBIDDEN_EVENTS = (
    "open", "socket.", "subprocess.", "os.", "ctypes.", "import", "mmap.", "fcntl.", "resource.", "signal.", "pty.",
    "shutil.", "tempfile.", "glob.", "_thread.", "syslog.", "urllib.", "gc.", "pickle.find_class", "code.__new__",
    "sys.addaudithook", "sys.setprofile", "sys.settrace",
)  # fmt: skip
_NOBODY = 65534
_OPEN_MAX = 16


class Reached(PermissionError):
    """A strategy tried what it may not; the message says what."""


class ForbiddenModule(ImportError):
    """A strategy imports what it may not."""


class Watch:
    """Remembers the first thing that was tried, though the strategy caught the error."""

    def __init__(self) -> None:
        self.tried: str | None = None
        self._on = False

    def start(self) -> None:
        """From now on, for good."""
        sys.addaudithook(self._event)
        self._on = True

    def _event(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._on or not event.startswith(_FORBIDDEN_EVENTS):
            return
        self._on = False  # so that saying it is not seen itself
        try:
            what = f"it tried `{event}`" + _about(arguments)
        finally:
            self._on = True
        raise self.reached(what)

    def reached(self, what: str) -> Reached:
        self.tried = self.tried or what
        return Reached(what)


def limit(limits: Limits) -> None:
    """The kernel's limits on this process, for good."""
    memory = _memory_now() + limits.memory_mb * 1_000_000
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, limits.cpu_s),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_MAX),
        (resource.RLIMIT_NPROC, 0),
    ):
        hard = resource.getrlimit(what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        # At the soft limit of time the kernel says why it ends the process, a second later it only ends it.
        room = 1 if what == resource.RLIMIT_CPU and hard == resource.RLIM_INFINITY else 0
        resource.setrlimit(what, (most, most + room))


def become_nobody() -> None:
    """Root is root no longer, where that is allowed: the root of a namespace has nobody to become. Others stay."""
    if os.geteuid() == 0:
        with suppress(OSError):
            os.setgroups([])
        with suppress(OSError):
            os.setresgid(_NOBODY, _NOBODY, _NOBODY)
            os.setresuid(_NOBODY, _NOBODY, _NOBODY)


def shut_in(limits: Limits) -> Watch:
    """All walls. Afterwards they are tried; raises seccomp.NoFilter where the kernel has none, AssertionError where it
    has one that does not hold."""
    become_nobody()
    limit(limits)
    shut()
    for attempt in (lambda: os.open("/", os.O_RDONLY), os.pipe, lambda: os.kill(os.getpid(), 0)):
        try:
            attempt()
        except PermissionError:
            continue
        raise AssertionError("the filter does not hold")
    return Watch()


def names_for_it(watch: Watch) -> dict[str, Any]:
    """The built-in functions that the strategy's module sees."""
    allowed = dict(vars(builtins))
    for name in ("open", "input", "breakpoint", "help", "exit", "quit"):
        allowed[name] = _absent(name, watch)
    allowed["__import__"] = _only_allowed
    return {"__builtins__": allowed}


def _only_allowed(
    name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0
) -> Any:
    if level or not (name in MODULES | _FOR_OTHERS or name.startswith(_WITH_ALL_BELOW)):
        raise ForbiddenModule(f"it imports {name}", name=name)
    return builtins.__import__(name, globals, locals, fromlist, level)


def _absent(name: str, watch: Watch) -> Callable[..., Any]:
    def refuse(*_: object, **__: object) -> Any:
        raise watch.reached(f"it called `{name}`")

    return refuse


def _about(arguments: tuple[Any, ...]) -> str:
    shown = [str(a)[:80] for a in arguments[:2] if type(a) in (str, bytes, int)]
    return f" ({', '.join(shown)})" if shown else ""


def _memory_now() -> int:
    """Address space of this process in bytes."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[0]) * resource.getpagesize()
