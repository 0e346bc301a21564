"""A back-test of a hosted strategy: it decides in its own process, everything else happens here."""

from decimal import Decimal

from arena.signals.lab.bars import Bars
from arena.signals.lab.engine import Run, run_by_bar
from arena.signals.lab.indicators import compute_all
from arena.signals.lab.own.host.host import Host
from arena.signals.lab.own.host.hosted import Hosted
from arena.signals.lab.own.model import Limits
from arena.signals.lab.own.source import Source
from arena.signals.lab.strategy import Parameters, complete
from arena.trading.venues import Rules

_PROBE = Source(
    """
class Probe:
    name = "probe"
    about = "Nothing; it shows that a strategy can be hosted."
    ranges = {}
    def indicators(self, parameters):
        return {}
    def on_bar(self, view, parameters, weight):
        return None
""",
    "Probe",
    "probe.py",
)


def hosted_run(
    source: Source,
    parameters: Parameters,
    bars: Bars,
    *,
    rules: Rules,
    cash: Decimal,
    limits: Limits = Limits(),
    host: Host | None = None,
) -> Run:
    """The same Run as in this process, for a strategy that keeps to the rules. It blocks: call it from a thread or a
    process of its own. Without a `host` one begins and ends with it.

    Raises BadStrategy, BadParameters, CannotHost, StrategyFailed, StrategyTooSlow, StrategyTooLarge and
    StrategyForbidden.
    """
    if host is None:
        with Host() as own:
            return hosted_run(
                source, parameters, bars, rules=rules, cash=cash, limits=limits, host=own
            )
    with Hosted(source, host, limits) as strategy:
        chosen = complete(strategy, parameters)
        series = compute_all(strategy.indicators(chosen), bars)
        return run_by_bar(strategy, chosen, bars, series, rules=rules, cash=cash)


def try_hosting(host: Host) -> None:
    """Hosts a strategy that does nothing: its process shuts itself in and tries its walls. Raises CannotHost."""
    Hosted(_PROBE, host).close()
