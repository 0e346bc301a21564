"""What is disclosed about a feed's figures, and the statement US rules prescribe for hypothetical results."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

# 17 CFR 4.41(b)(1)(i), verbatim, its spelling included; it must stand beside every simulated or hypothetical result.
HYPOTHETICAL = (
    "These results are based on simulated or hypothetical performance results that have certain inherent"
    " limitations. Unlike the results shown in an actual performance record, these results do not represent"
    " actual trading. Also, because these trades have not actually been executed, these results may have"
    " under-or over-compensated for the impact, if any, of certain market factors, such as lack of liquidity."
    " Simulated or hypothetical trading programs in general are also subject to the fact that they are designed"
    " with the benefit of hindsight. No representation is being made that any account will or is likely to"
    " achieve profits or losses similar to these being shown."
)


@dataclass(frozen=True, slots=True)
class Disclosures:
    """Everything beside the figures. Times are product time; mappings hold plain values ready for JSON."""

    figures: str
    hypothetical_statement: str
    record_from: datetime
    record_until: datetime
    costs: Mapping[str, Any]
    lineage: Mapping[str, str]
    parity: None
    parity_why: str
    capacity: str
    conflicts: tuple[str, ...]
    shares: Mapping[str, int]
