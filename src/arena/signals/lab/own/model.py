"""What can be wrong with somebody's own strategy, and the limits one is hosted under."""

from dataclasses import dataclass

from arena.kit.errors import Refused, Unavailable


class BadStrategy(Refused):
    """{where} cannot be used as a strategy: {why}."""


class StrategyFailed(Refused):
    """The strategy failed {when}: {why}{lines}"""


class StrategyTooSlow(Refused):
    """The strategy was stopped {when}: it took longer than {limit}. A decision should take well under a millisecond;
    leave what is computed over many bars to the indicators."""


class StrategyTooLarge(Refused):
    """The strategy was stopped {when}: it wanted more than {memory_mb} MB of memory. Keep nothing from bar to bar; the
    view holds all bars up to now."""


class StrategyForbidden(Refused):
    """The strategy was stopped {when}: {why}. A hosted strategy computes on its view and may use neither files,
    network, processes nor modules beyond those the guide names.{lines}"""


class CannotHost(Unavailable):
    """Strategies cannot be hosted on this machine: {why}. Let creators run their strategies on their own machines and
    send signed signals; the rest of the arena is not affected."""


class LooksAhead(Refused):
    """{strategy} looks ahead: what `{path}` decided at bar {bar} ({at}) changed when {change} after bar {cut}. It was:
    {was}. It became: {became}."""


class NotRepeatable(Refused):
    """{strategy} is not repeatable: asked {again} about the same bars it decided otherwise at bar {bar} ({at}). It was:
    {was}. It became: {became}. A strategy keeps nothing between bars and draws no chance."""


class PlanDisagrees(Refused):
    """The plan of {strategy} disagrees with `on_bar` at bar {bar} ({at}). on_bar: {by_bar}. plan: {planned}."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a hosted strategy may take. Times are by the clock on the wall but for `cpu_s`; memory is beyond what the
    interpreter itself holds."""

    load_s: float = 5.0
    bar_s: float = 2.0
    plan_s: float = 30.0
    run_s: float = 600.0
    cpu_s: int = 600
    memory_mb: int = 512
