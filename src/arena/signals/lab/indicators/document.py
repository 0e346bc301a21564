"""An indicator set as a document of a model's lineage, and back."""

from collections.abc import Mapping
from typing import Any

from arena.signals.lab.indicators.computing import spec_of
from arena.signals.lab.indicators.model import BadIndicator, Indicator

VERSION = "2"


def indicator_document(indicators: Mapping[str, Indicator]) -> dict[str, Any]:
    """Sorted by the name the model reads each under, `as`. The first output is written as the empty one, so that the
    same set is always the same document. Raises BadIndicator."""
    return {
        "version": VERSION,
        "indicators": [
            {
                "as": name,
                "name": indicator.name,
                "parameters": dict(sorted(indicator.parameters.items())),
                "output": "" if indicator.output == spec_of(indicator).outputs[0] else indicator.output,
            }
            for name, indicator in sorted(indicators.items())
        ],
    }  # fmt: skip


def indicators_of(document: Mapping[str, Any]) -> dict[str, Indicator]:
    """The indicators of a document of version 2, by `as`. Raises BadIndicator, also where its shape is wrong."""
    if document.get("version") != VERSION or not isinstance(document.get("indicators"), list):
        raise BadIndicator(
            name="", why=f"the indicator set is not a document of version {VERSION} with a list of indicators"
        )  # fmt: skip
    found: dict[str, Indicator] = {}
    for item in document["indicators"]:
        key, indicator = _indicator(item)
        if key in found:
            raise BadIndicator(name=indicator.name, why=f"two are read as {key}")
        spec_of(indicator)
        found[key] = indicator
    return found


def _indicator(item: Any) -> tuple[str, Indicator]:
    shape = {"as": str, "name": str, "parameters": dict, "output": str}
    if not isinstance(item, dict) or set(item) != set(shape):
        raise BadIndicator(name="", why=f"each is an object with {', '.join(shape)}")
    for field, kind in shape.items():
        if not isinstance(item[field], kind):
            raise BadIndicator(name=str(item["name"]), why=f"its {field} is not a {kind.__name__}")
    return item["as"], Indicator(item["name"], item["parameters"], item["output"])
