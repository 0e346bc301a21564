"""One verification from end to end, in the order in which one thing rests on another."""

from collections.abc import Callable

from sigma_sdk.canonical import iso_ms
from sigma_sdk.verify.check_log import check_log
from sigma_sdk.verify.check_record import check_pack, check_record
from sigma_sdk.verify.check_signals import check_signals
from sigma_sdk.verify.checkpoints import CheckpointBook
from sigma_sdk.verify.evidence import read_bars, read_evidence, read_pack, read_record
from sigma_sdk.verify.metrics import check_metrics
from sigma_sdk.verify.report import Broken, Finding, Report
from sigma_sdk.verify.source import Source

Tell = Callable[[Finding], None]


def verify_listing(
    source: Source, listing_id: str, book: CheckpointBook, tell: Tell = lambda _finding: None
) -> Report:
    """Checks everything there is to check about a listing, and stops at the first thing that does not
    hold; `tell` hears each finding as it is made. Raises ArenaProblem or NotSaved where evidence is
    refused or missing."""
    report = _Told(listing_id, tell)
    try:
        evidence = read_evidence(source, listing_id)
        report.notes.append(
            f"the record is checked up to {iso_ms(evidence.horizon)} of the arena's time; "
            f"{evidence.last_sequence - len(evidence.signals)} later signals are not shown to this caller"
        )
        check_signals(evidence, report)
        check_log(source, evidence, book, report)
        check_pack(evidence, read_pack(source), report)
        stored = read_record(source, evidence)
        played = check_record(evidence, read_bars(source, evidence), stored, report)
        check_metrics(evidence, played, report)
    except Broken as broken:
        if broken.finding not in report.findings:
            report.findings.append(broken.finding)
            tell(broken.finding)
    return report


class _Told(Report):
    """A report that tells each finding as it comes."""

    def __init__(self, listing_id: str, tell: Tell) -> None:
        super().__init__(listing_id)
        self._tell = tell

    def add(self, finding: Finding) -> None:
        self._tell(finding)
        super().add(finding)
