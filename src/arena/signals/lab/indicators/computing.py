"""Computes indicators over bars. What is compiled is imported with the first one asked for."""

from collections.abc import Callable, Mapping
from functools import cache

from arena.signals.lab.bars import Bars, Floats
from arena.signals.lab.indicators.catalogue import CATALOGUE
from arena.signals.lab.indicators.model import BadIndicator, Indicator, Parameters, Spec

Formula = Callable[[Bars, Parameters], tuple[Floats, ...]]


def compute(indicator: Indicator, bars: Bars) -> Floats:
    """The indicator at each bar, one value a bar, NaN for the first `warm_up`; read-only. The value at a bar depends
    on no later one. Raises BadIndicator."""
    return compute_all({"": indicator}, bars)[""]


def compute_all(indicators: Mapping[str, Indicator], bars: Bars) -> dict[str, Floats]:
    """The same for many, under the same names. Series of one computation are computed once. Raises BadIndicator."""
    specs = {key: spec_of(indicator) for key, indicator in indicators.items()}
    computed: dict[Indicator, tuple[Floats, ...]] = {}
    series = {}
    for key, indicator in indicators.items():
        whole = Indicator(indicator.name, indicator.parameters)
        if whole not in computed:
            computed[whole] = _formulas()[whole.name](bars, whole.parameters)
            for values in computed[whole]:
                values.flags.writeable = False
        outputs = specs[key].outputs
        series[key] = computed[whole][outputs.index(indicator.output or outputs[0])]
    return series


def bars_needed(indicators: Mapping[str, Indicator], interval_s: int) -> int:
    """How many last bars of that interval give all of these the value of the whole history; 1 where there are none.
    Raises BadIndicator."""
    return max(
        (spec_of(each).memory(each.parameters, interval_s) for each in indicators.values()),
        default=1,
    )


def spec_of(indicator: Indicator) -> Spec:
    """The indicator's entry in the catalogue. Raises BadIndicator where it is not fully and rightly given."""
    spec = CATALOGUE.get(indicator.name)
    if spec is None:
        raise BadIndicator(name=indicator.name, why=f"there are only {', '.join(CATALOGUE)}")
    if indicator.output and indicator.output not in spec.outputs:
        raise BadIndicator(
            name=indicator.name, output=indicator.output,
            why=f"it has no output {indicator.output}, only {', '.join(spec.outputs)}",
        )  # fmt: skip
    for name in indicator.parameters:
        if name not in spec.parameters:
            takes = f"only {', '.join(spec.parameters)}" if spec.parameters else "none"
            raise BadIndicator(
                name=indicator.name, parameter=name, why=f"it takes no parameter {name}, {takes}"
            )
    for name, allowed in spec.parameters.items():
        value = indicator.parameters.get(name)
        if type(value) is not int or not allowed.low <= value <= allowed.high:
            got = "is missing" if value is None else f"is {value!r}"
            raise BadIndicator(
                name=indicator.name, parameter=name, low=allowed.low, high=allowed.high,
                why=f"{name} {got}; it must be a whole number from {allowed.low} to {allowed.high} ({allowed.unit})",
            )  # fmt: skip
    return spec


@cache
def _formulas() -> dict[str, Formula]:
    from arena.signals.lab.indicators import averages, bands, ranges, swings, volume

    return {
        **averages.FORMULAS,
        **ranges.FORMULAS,
        **bands.FORMULAS,
        **swings.FORMULAS,
        **volume.FORMULAS,
    }
