"""Checks of the log: the checkpoint's signature, each signal's place in it, and that its past stands."""

from collections.abc import Sequence
from datetime import timedelta

from sigma_sdk.canonical import from_iso
from sigma_sdk.problem import ArenaProblem
from sigma_sdk.signal import Delivered
from sigma_sdk.verify.check_signals import leaf_of, tally
from sigma_sdk.verify.checkpoints import CheckpointBook, Seen
from sigma_sdk.verify.evidence import Evidence
from sigma_sdk.verify.merkle import extends, includes
from sigma_sdk.verify.note import BadNote, Checkpoint, LogVerifier, open_checkpoint
from sigma_sdk.verify.report import Finding, Report
from sigma_sdk.verify.source import NotSaved, Source, read_json
from sigma_sdk.verify.tiles import BadTile, TiledLog

TILES_FROM = 50
FORGET = "Then remove what is kept of it in the checkpoints folder."
CHECKPOINT_PATIENCE = timedelta(hours=3)


def check_log(source: Source, evidence: Evidence, book: CheckpointBook, report: Report) -> None:
    """Raises Broken at the first check that does not hold. Remembers the checkpoint once all do."""
    vkey = source.raw("/log/key").decode().strip()
    last = book.last(source.origin)
    checkpoint = _checkpoint(source, vkey, report)
    may_keep = _consistency(source, checkpoint, vkey, last, report)
    signals = _covered(evidence, checkpoint, report)
    if len(signals) > TILES_FROM:
        report.add(_by_tiles(source, signals, checkpoint))
    else:
        report.add(
            tally("inclusion", "in the log", signals, lambda s: _proof_fault(source, s, checkpoint))
        )
    if may_keep:
        book.keep(source.origin, Seen(vkey, checkpoint.note))


def _checkpoint(source: Source, vkey: str, report: Report) -> Checkpoint:
    note = source.raw("/log/checkpoint").decode()
    try:
        checkpoint = open_checkpoint(note, LogVerifier.parse(vkey))
    except BadNote as bad:
        report.add(Finding("checkpoint", "checkpoint signature", 0, 1, str(bad)))
        raise
    detail = (
        f"{checkpoint.size:,} entries, root {checkpoint.root.hex()[:16]}…, by {checkpoint.origin}"
    )
    report.add(Finding("checkpoint", "checkpoint signature", 1, 1, detail))
    return checkpoint


def _consistency(
    source: Source, now: Checkpoint, vkey: str, last: Seen | None, report: Report
) -> bool:
    """Compares with the checkpoint seen last; whether this one may be remembered in its place."""
    name = "the log only grew"
    if last is None:
        report.notes.append(
            "first look at this log from here: no earlier checkpoint to compare with"
        )
        return True
    if last.vkey != vkey:
        detail = f"the log's key was {last.vkey} before; was this arena set up anew? {FORGET}"
        report.add(Finding("consistency", name, 0, 1, detail))
    try:
        before = open_checkpoint(last.note, LogVerifier.parse(last.vkey))
    except BadNote:
        report.notes.append("the checkpoint kept here is damaged and was not compared")
        return True
    old, new = sorted((before, now), key=lambda checkpoint: checkpoint.size)
    try:
        path = _consistency_path(source, old.size, new.size)
    except NotSaved:
        report.notes.append("the saved evidence has no proof back to the checkpoint seen last")
        return False
    held = extends(old.size, new.size, path, old.root, new.root) if path is not None else False
    detail = f"from {old.size:,} to {new.size:,} entries"
    if not held:
        detail = (
            f"what it shows now ({now.size:,} entries) and the {before.size:,} seen before differ"
        )
    report.add(Finding("consistency", name, int(held), 1, detail))
    return now.size >= before.size


def _consistency_path(source: Source, old: int, new: int) -> list[bytes] | None:
    """The arena's proof; None where it has none, as for a log that was cut short."""
    if not 0 < old < new:
        return []
    try:
        answer = read_json(source, "/log/proofs/consistency", {"old": old, "new": new})
    except ArenaProblem:
        return None
    return [bytes.fromhex(each) for each in answer["hashes"]]


def _covered(evidence: Evidence, checkpoint: Checkpoint, report: Report) -> Sequence[Delivered]:
    """The signals that must be in the tree; the newest may wait for the next hourly checkpoint."""
    patience = evidence.horizon - CHECKPOINT_PATIENCE
    waiting = [
        signal
        for signal in evidence.signals
        if _index(signal) >= checkpoint.size and from_iso(signal.received_at) > patience
    ]
    if waiting:
        report.notes.append(
            f"{len(waiting)} of the newest signals wait for the log's next checkpoint; verify again later"
        )
    return [signal for signal in evidence.signals if signal not in waiting]


def _by_tiles(source: Source, signals: Sequence[Delivered], checkpoint: Checkpoint) -> Finding:
    try:
        log = TiledLog(checkpoint.size, checkpoint.root, source.raw)
    except BadTile as bad:
        return Finding("inclusion", "in the log", 0, len(signals), str(bad))

    def fault(signal: Delivered) -> str | None:
        try:
            held = log.leaf(_index(signal)) == leaf_of(signal)
        except BadTile as bad:
            return f"signal {signal.sequence}: {bad}"
        return None if held else _not_there(signal)

    found = tally("inclusion", "in the log", signals, fault)
    detail = found.detail or f"proven by {log.tiles_read} tiles"
    return Finding(found.stage, found.name, found.held, found.total, detail)


def _proof_fault(source: Source, signal: Delivered, checkpoint: Checkpoint) -> str | None:
    index = _index(signal)
    if index >= checkpoint.size:
        return f"signal {signal.sequence} should long have been covered by a checkpoint"
    query = {"index": index, "size": checkpoint.size}
    answer = read_json(source, "/log/proofs/inclusion", query)
    path = [bytes.fromhex(each) for each in answer["hashes"]]
    if includes(leaf_of(signal), index, checkpoint.size, path, checkpoint.root):
        return None
    return _not_there(signal)


def _not_there(signal: Delivered) -> str:
    return (
        f"signal {signal.sequence} is not what entry {signal.log_index} of the log commits to: "
        "signal, salt or time of arrival is another"
    )


def _index(signal: Delivered) -> int:
    return -1 if signal.log_index is None else signal.log_index
