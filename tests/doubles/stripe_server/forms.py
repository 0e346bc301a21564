"""Stripe's forms: `metadata[order]=6735&expand[0]=customer` -> nested dicts and lists."""

import re
from typing import Any
from urllib.parse import parse_qsl

from tests.doubles.stripe_server.errors import StripeError

_PART = re.compile(r"[^\[\]]+")


def parse(text: str) -> dict[str, Any]:
    """Keys with brackets nest; `[]` and whole numbers in brackets make lists. Values are strings."""
    found: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        parts = _PART.findall(name)
        if name.endswith("[]"):
            parts.append("0")
        at = found
        for part in parts[:-1]:
            at = at.setdefault(part, {})
        last = parts[-1]
        if name.endswith("[]"):
            last = str(len(at))
        at[last] = value
    return {name: _lists(value) for name, value in found.items()}


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() for key in value):
        return [_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _lists(one) for key, one in value.items()}


def only(given: dict[str, Any], *known: str) -> None:
    """Refuses what the endpoint does not know, as Stripe does."""
    for name in given:
        if name not in known and name != "expand":
            raise StripeError.invalid(
                f"Received unknown parameter: {name}", name, "parameter_unknown"
            )


def need(given: dict[str, Any], name: str) -> str:
    if not given.get(name):
        raise StripeError.invalid(f"Missing required param: {name}.", name, "parameter_missing")
    return str(given[name])


def whole(given: dict[str, Any], name: str) -> int:
    text = need(given, name)
    if not re.fullmatch(r"-?[0-9]+", text):
        raise StripeError.invalid(f"Invalid integer: {text}", name, "parameter_invalid_integer")
    return int(text)


def truth(given: dict[str, Any], name: str) -> bool:
    text = given.get(name, "false")
    if text not in ("true", "false"):
        raise StripeError.invalid(f"Invalid boolean: {text}", name, "parameter_invalid_boolean")
    return bool(text == "true")
