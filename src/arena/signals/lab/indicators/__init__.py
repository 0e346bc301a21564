"""Named indicators with parameters, each with its formula and source, computed over closed bars."""

from arena.signals.lab.indicators.catalogue import CATALOGUE
from arena.signals.lab.indicators.computing import bars_needed, compute, compute_all, spec_of
from arena.signals.lab.indicators.document import indicator_document, indicators_of
from arena.signals.lab.indicators.model import QUIET, BadIndicator, Indicator, Range, Spec

__all__ = [
    "CATALOGUE",
    "QUIET",
    "BadIndicator",
    "Indicator",
    "Range",
    "Spec",
    "bars_needed",
    "compute",
    "compute_all",
    "indicator_document",
    "indicators_of",
    "spec_of",
]
