"""One definition of a method for both clients: `@operation` plans, `@paged` lists.

Bound to a `Client` an operation runs at once and returns its result; bound to an `AsyncClient` it
returns something to await. A paged operation becomes an iterator or an async iterator over all pages.
"""

import functools
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar, overload

from sigma_sdk.exchange import Plan

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items, and the cursor of those after them; None on the last page."""

    items: list[T]
    next: str | None


Turn = Callable[[str | None], Plan[Page[T]]]


class Blocks(Protocol):
    """A runner that carries out a plan before it returns."""

    def run(self, plan: Plan[T]) -> T: ...


class BlocksForPages(Protocol):
    """A runner that iterates over pages."""

    def run_pages(self, turn: Turn[T]) -> Iterator[T]: ...


class Awaits(Protocol):
    """A runner whose plans are awaited."""

    def arun(self, plan: Plan[T]) -> Coroutine[Any, Any, T]: ...


class AwaitsPages(Protocol):
    """A runner that iterates over pages and is awaited for each."""

    def arun_pages(self, turn: Turn[T]) -> AsyncIterator[T]: ...


class operation(Generic[P, T]):  # noqa: N801 - reads as the decorator it is
    """Turns a method that plans into one that does."""

    def __init__(self, plan: Callable[Concatenate[Any, P], Plan[T]]) -> None:
        self._plan = plan
        functools.update_wrapper(self, plan)  # type: ignore[arg-type]  # copies name and docstring only

    @overload
    def __get__(self, client: Blocks, owner: type) -> Callable[P, T]: ...

    @overload
    def __get__(self, client: Awaits, owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...

    @overload
    def __get__(self, client: None, owner: type) -> "operation[P, T]": ...

    def __get__(self, client: Any, owner: type) -> Any:
        if client is None:
            return self
        run = client.run if hasattr(client, "run") else client.arun

        @functools.wraps(self._plan)
        def bound(*args: P.args, **kwargs: P.kwargs) -> Any:
            return run(self._plan(client, *args, **kwargs))

        return bound


class paged(Generic[P, T]):  # noqa: N801 - reads as the decorator it is
    """Turns a method that returns a page turner into one that iterates over all pages."""

    def __init__(self, turner: Callable[Concatenate[Any, P], Turn[T]]) -> None:
        self._turner = turner
        functools.update_wrapper(self, turner)  # type: ignore[arg-type]  # copies name and docstring only

    @overload
    def __get__(self, client: BlocksForPages, owner: type) -> Callable[P, Iterator[T]]: ...

    @overload
    def __get__(self, client: AwaitsPages, owner: type) -> Callable[P, AsyncIterator[T]]: ...

    @overload
    def __get__(self, client: None, owner: type) -> "paged[P, T]": ...

    def __get__(self, client: Any, owner: type) -> Any:
        if client is None:
            return self
        pages = client.run_pages if hasattr(client, "run_pages") else client.arun_pages

        @functools.wraps(self._turner)
        def bound(*args: P.args, **kwargs: P.kwargs) -> Any:
            return pages(self._turner(client, *args, **kwargs))

        return bound
