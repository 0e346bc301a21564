"""Lists that are for reading: a strategy that changes what it sees is told so."""

from collections.abc import Sequence
from typing import Any, NoReturn

from arena.signals.lab.strategy import View


class Untouchable(Exception):
    """The lists of the view are for reading; copy what is to be changed, as by list(view.closes)."""

    def __init__(self) -> None:
        super().__init__(type(self).__doc__)


class ReadOnly(list[float]):
    """Reads as the list it is; grows only by `list.append(values, value)`."""

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise Untouchable

    append = extend = insert = remove = pop = clear = sort = reverse = _refuse
    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse


def check_untouched(view: View, lists: Sequence[ReadOnly]) -> None:
    """The view's first lists must still be these. Raises Untouchable."""
    prices = (view.opens, view.highs, view.lows, view.closes, view.volumes)
    if any(now is not then for now, then in zip(prices, lists, strict=False)):
        raise Untouchable
