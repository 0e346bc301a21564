"""Holds an object to what a strategy must be; what is missing or wrong is said in one sentence."""

import inspect
import re
from collections.abc import Collection, Mapping
from typing import Any

from arena.signals.lab.indicators import BadIndicator, Indicator, spec_of
from arena.signals.lab.own.model import BadStrategy
from arena.signals.lab.strategy import Range, Strategy

NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
PARAMETER = re.compile(r"[a-z][a-z0-9_]{0,63}")
ABOUT_MAX = 300
PARAMETERS_MAX = 32
INDICATORS_MAX = 32
WHOLE_MAX = 2**53


def check_port(made: object, where: str, *, taken: Collection[str] = ()) -> Strategy:
    """The object as a strategy. `taken` are names it may not have. Raises BadStrategy."""
    try:
        _check(made, taken)
    except _Missing as wrong:
        raise BadStrategy(where=where, why=str(wrong)) from None
    assert isinstance(made, Strategy), "all of its members were looked at"
    return made


def check_indicators(found: Any, where: str) -> dict[str, Indicator]:
    """What `indicators` answered. Raises BadStrategy."""
    if not isinstance(found, Mapping) or len(found) > INDICATORS_MAX:
        raise BadStrategy(
            where=where,
            why=f"indicators() must answer a mapping of up to {INDICATORS_MAX} names to Indicator,"
            f" not {type(found).__name__}",
        )
    for name, indicator in found.items():
        if not isinstance(name, str) or type(indicator) is not Indicator:
            raise BadStrategy(
                where=where, why=f"indicators() must answer names and Indicator, not {name!r}: {indicator!r}"
            )  # fmt: skip
        try:
            spec_of(indicator)
        except BadIndicator as wrong:
            raise BadStrategy(where=where, why=f"its indicator {name!r}: {wrong.detail}") from None
    return dict(found)


def check_ranges(ranges: Any) -> str | None:
    """What is wrong with the parameters; None where nothing is."""
    if not isinstance(ranges, Mapping) or len(ranges) > PARAMETERS_MAX:
        return f"ranges must map up to {PARAMETERS_MAX} names to Range"
    for name, allowed in ranges.items():
        if not isinstance(name, str) or not PARAMETER.fullmatch(name):
            return f"the parameter {name!r} needs a name of lower-case letters, digits and _"
        if type(allowed) is not Range:
            return f"ranges[{name!r}] must be a Range(default, low, high), not {type(allowed).__name__}"
        whole = (allowed.default, allowed.low, allowed.high)
        if any(type(value) is not int or abs(value) > WHOLE_MAX for value in whole):
            return f"ranges[{name!r}] must hold whole numbers, not {whole}"
        if not allowed.low <= allowed.default <= allowed.high:
            return f"ranges[{name!r}] must have low <= default <= high, not {whole}"
    return None


class _Missing(Exception):
    """A member is absent or wrong; the message says which."""


def _check(made: object, taken: Collection[str]) -> None:
    name, about = _text(made, "name"), _text(made, "about")
    if not NAME.fullmatch(name):
        raise _Missing(
            f"its name {name[:80]!r} must be lower-case letters, digits and _, a letter first"
        )
    if name in taken:
        raise _Missing(f"its name {name} is another strategy's: choose one of its own")
    if not about.strip() or len(about) > ABOUT_MAX or not about.isprintable():
        raise _Missing(f"`about` must be one line of up to {ABOUT_MAX} characters")
    if (wrong := check_ranges(_member(made, "ranges"))) is not None:
        raise _Missing(wrong)
    _takes(made, "indicators", ("parameters",))
    _takes(made, "on_bar", ("view", "parameters", "weight"))
    if getattr(made, "plan", None) is not None:
        _takes(made, "plan", ("table", "parameters"))


def _member(made: object, name: str) -> Any:
    if not hasattr(made, name):
        raise _Missing(f"it has no `{name}`")
    return getattr(made, name)


def _text(made: object, name: str) -> str:
    value = _member(made, name)
    if type(value) is not str:
        raise _Missing(f"`{name}` must be text, not {type(value).__name__}")
    return value


def _takes(made: object, name: str, words: tuple[str, ...]) -> None:
    method = _member(made, name)
    shape = f"{name}(self, {', '.join(words)})"
    if not callable(method):
        raise _Missing(f"`{name}` must be a method: {shape}")
    if inspect.iscoroutinefunction(method):
        raise _Missing(f"`{name}` must not be async: {shape}")
    try:
        inspect.signature(method).bind(*words)
    except TypeError:
        raise _Missing(f"`{name}` must take these arguments: {shape}") from None
    except ValueError:  # a callable that does not say what it takes
        return
