"""Pictures drawn here: SVG that needs no script, crisp at any size and readable as text."""

from arena.web.draw.bars import Bar, bar_figure
from arena.web.draw.differences import Difference, Piece, differences
from arena.web.draw.equity import Level, equity_figure, equity_label, worst_drawdown
from arena.web.draw.heat_map import HeatMap, heat_map, heat_scale, regions, span_words, steady_cells
from arena.web.draw.histogram import histogram
from arena.web.draw.listing_body import listing_differences, readable
from arena.web.draw.mark import mark_figure
from arena.web.draw.monthly import Cell, Year, monthly_table
from arena.web.draw.pair import pair_figure, pair_label
from arena.web.draw.phases import NAMES as PHASE_NAMES
from arena.web.draw.phases import Phase, PhaseKind
from arena.web.draw.picture import Picture, draw_picture
from arena.web.draw.scale import scale
from arena.web.draw.several import several_figure, several_label
from arena.web.draw.sizes import Size, size_figure
from arena.web.draw.sparkline import sparkline
from arena.web.draw.steadiness import Steadiness, steadiness_figure
from arena.web.draw.stretches import Stretch, stretch_figure
from arena.web.draw.targets import Wanted, target_figure
from arena.web.draw.windows import Window, window_strip

__all__ = [
    "PHASE_NAMES",
    "Bar",
    "Cell",
    "Difference",
    "HeatMap",
    "Level",
    "Phase",
    "PhaseKind",
    "Picture",
    "Piece",
    "Size",
    "Steadiness",
    "Stretch",
    "Wanted",
    "Window",
    "Year",
    "bar_figure",
    "differences",
    "draw_picture",
    "equity_figure",
    "equity_label",
    "heat_map",
    "heat_scale",
    "histogram",
    "listing_differences",
    "mark_figure",
    "monthly_table",
    "pair_figure",
    "pair_label",
    "readable",
    "regions",
    "scale",
    "several_figure",
    "several_label",
    "size_figure",
    "span_words",
    "sparkline",
    "steadiness_figure",
    "steady_cells",
    "stretch_figure",
    "target_figure",
    "window_strip",
    "worst_drawdown",
]
