"""Verification of a real listing: it holds as it is, and whatever is changed is caught and named."""

import asyncio
import base64
import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from arena.evidence.log import LogKey, sign_note
from arena.kit.signing import SigningKey as ArenaKey
from sigma_sdk import Client
from sigma_sdk.canonical import canonical_json, sha256_hex
from sigma_sdk.keys import SigningKey
from sigma_sdk.verify import (
    EXIT_CODES,
    ArenaSource,
    CheckpointBook,
    NotSaved,
    Report,
    SavedSource,
    verify_listing,
)
from sigma_sdk.verify.checkpoints import Seen
from sigma_sdk.verify.note import LogVerifier, open_checkpoint
from tests.sdk.conftest import Bazaar

Edit = Callable[[Any], None]


class Folder:
    """A copy of saved evidence, to be tampered with."""

    def __init__(self, path: Path, checkpoints: Path) -> None:
        self.path, self.book = path, CheckpointBook(checkpoints)
        self.index = json.loads((path / "index.json").read_text())

    def file(self, start: str) -> Path:
        [found] = [
            kept["file"]
            for target, kept in self.index["answers"].items()
            if target.startswith(start.replace("{id}", self.index["listing"]))
        ]
        return self.path / str(found)

    def edit(self, start: str, change: Edit) -> None:
        path = self.file(start)
        document = json.loads(path.read_bytes())
        change(document)
        path.write_bytes(json.dumps(document).encode())

    def evidence(self, change: Edit) -> None:
        self.edit("/market/listings/{id}/evidence", change)

    def fills(self, change: Edit) -> None:
        self.edit("/market/listings/{id}/record?part=fills", lambda page: change(page["data"]))

    def marks(self, change: Edit) -> None:
        self.edit("/market/listings/{id}/record?part=marks", lambda page: change(page["data"]))

    def bars(self, change: Edit) -> None:
        self.edit("/market-data/candles?symbol=BTC-USD&from", lambda page: change(page["data"]))

    def text(self, start: str) -> str:
        return self.file(start).read_text()

    def verify(self) -> Report:
        source = SavedSource(self.path)
        return verify_listing(source, source.listing_id, self.book)

    def breaks(self, stage: str, words: str) -> None:
        report = self.verify()
        assert report.broken is not None, "the change was not noticed"
        assert report.broken.stage == stage, report.broken
        assert words in report.broken.detail, report.broken
        assert report.exit_code == EXIT_CODES[stage]
        assert report.as_json()["holds"] is False


@pytest.fixture
def folder(saved: Path, tmp_path: Path) -> Folder:
    shutil.copytree(saved, tmp_path / "copy")
    return Folder(tmp_path / "copy", tmp_path / "checkpoints")


def put(path: str, value: Any) -> Edit:
    """Sets `a.0.b` of a document."""

    def change(document: Any) -> None:
        *way, last = [int(step) if step.lstrip("-").isdigit() else step for step in path.split(".")]
        for step in way:
            document = document[step]
        document[last] = value(document[last]) if callable(value) else value

    return change


def test_saved_evidence_holds_without_the_arena(folder: Folder) -> None:
    report = folder.verify()
    assert report.broken is None, report.broken
    counts = {finding.name: finding.total for finding in report.findings}
    assert counts["signatures"] == counts["chain of hashes"] >= counts["in the log"] >= 10
    assert (
        counts["signatures"] - counts["in the log"] <= 2
    )  # the newest wait for the next checkpoint
    assert counts["fills and fees"] >= 10
    assert counts["bars"] > 1000
    assert report.exit_code == 0


async def test_the_public_sees_and_verifies_a_record_seven_days_old(
    bazaar: Bazaar, tmp_path: Path
) -> None:
    def run(client: Client) -> Report:
        return verify_listing(ArenaSource(client), bazaar.listing_id, CheckpointBook(tmp_path))

    report = await bazaar.sync(run)
    assert report.broken is None, report.broken
    assert "later signals are not shown" in report.notes[0]
    assert not report.notes[0].split(";")[1].strip().startswith("0 ")


async def test_a_second_look_proves_that_the_log_only_grew(bazaar: Bazaar, tmp_path: Path) -> None:
    def run(client: Client) -> Report:
        return verify_listing(ArenaSource(client), bazaar.listing_id, CheckpointBook(tmp_path))

    first = await bazaar.sync(run)
    assert "the log only grew" not in {finding.name for finding in first.findings}
    await bazaar.house.play_until(bazaar.house.arena.db.clock.now() + timedelta(hours=30))
    second = await bazaar.sync(run)
    assert second.broken is None, second.broken
    [grown] = [finding for finding in second.findings if finding.name == "the log only grew"]
    assert grown.detail != "from 0 to 0 entries"


async def test_a_record_that_grows_meanwhile_is_verified_up_to_its_horizon(
    bazaar: Bazaar, tmp_path: Path
) -> None:
    key = await bazaar.subscriber("hurried")

    def run(client: Client) -> Report:
        return verify_listing(ArenaSource(client), bazaar.listing_id, CheckpointBook(tmp_path))

    verifying = asyncio.create_task(bazaar.sync(run, key))
    steps = 0
    while not verifying.done():
        await bazaar.house.player.step()
        steps += 1
    report = await verifying
    assert report.broken is None, report.broken
    assert steps > 3


def test_an_edited_fill_is_named(folder: Folder) -> None:
    folder.fills(put("3.price", lambda price: str(Decimal(price) + 1)))
    folder.breaks("record", "number 4 follows as")


def test_a_fee_that_was_forgiven_is_named(folder: Folder) -> None:
    folder.fills(put("0.fee", "0"))
    folder.breaks("record", "number 1 follows as")


def test_a_dropped_fill_is_named(folder: Folder) -> None:
    folder.fills(lambda fills: fills.pop())
    folder.breaks("record", "the arena has nothing")


def test_a_dropped_signal_in_the_middle_is_named(folder: Folder) -> None:
    folder.evidence(lambda said: said["signals"].pop(4))
    folder.breaks("chain", "signal 6 comes where signal 5 is due")


def test_a_held_back_last_signal_is_named(folder: Folder) -> None:
    folder.evidence(lambda said: said["signals"].pop())
    folder.breaks("chain", "is missing")


def test_a_changed_weight_is_named(folder: Folder) -> None:
    folder.evidence(put("signals.2.signal.target_weight", "0.77"))
    folder.breaks("signatures", "signal 3 was not signed by")


def test_a_rewritten_rationale_is_named(folder: Folder) -> None:
    folder.evidence(put("signals.0.signal.rationale", "I knew it"))
    folder.breaks("signatures", "signal 1 was not signed by")


def test_a_signal_signed_again_with_another_key_is_named(folder: Folder) -> None:
    other = SigningKey.generate()

    def change(said: Any) -> None:
        signal = said["signals"][1]
        signal["signal"]["key_id"] = other.key_id
        message = canonical_json(signal["signal"])
        signal["signature"], signal["hash"] = other.sign_base64(message), sha256_hex(message)

    folder.evidence(change)
    folder.breaks("signatures", "which is not the collective's")


def test_a_swapped_public_key_is_named(folder: Folder) -> None:
    folder.evidence(put("keys.0.public_key", SigningKey.generate().public_base64))
    folder.breaks("keys", "is not the id that follows")


def test_a_key_revoked_before_it_signed_is_named(folder: Folder) -> None:
    folder.evidence(put("keys.0.revoked_at", "2021-09-28T00:00:00.000Z"))
    folder.breaks("signatures", "when that key did not count")


def test_a_broken_chain_is_named_even_where_the_collective_signed_it(folder: Folder) -> None:
    """A collective that forks its own history: all is signed, but the hashes do not lead on."""
    key = SigningKey.generate()

    def change(said: Any) -> None:
        said["keys"] = [{**said["keys"][0], "id": key.key_id, "public_key": key.public_base64}]
        before = "0" * 64
        for number, signal in enumerate(said["signals"]):
            body = signal["signal"]
            body["key_id"] = key.key_id
            body["previous_hash"] = "1" * 64 if number == 5 else before
            message = canonical_json(body)
            signal["signature"], signal["hash"] = key.sign_base64(message), sha256_hex(message)
            before = signal["hash"]

    folder.evidence(change)
    folder.breaks("chain", "signal 6 does not name the hash of the signal before it")


def test_history_signed_anew_from_end_to_end_is_not_in_the_log(folder: Folder) -> None:
    key = SigningKey.generate()

    def change(said: Any) -> None:
        said["keys"] = [{**said["keys"][0], "id": key.key_id, "public_key": key.public_base64}]
        before = "0" * 64
        for signal in said["signals"]:
            body = {**signal["signal"], "key_id": key.key_id, "previous_hash": before}
            message = canonical_json(body)
            signal["signal"], signal["hash"] = body, sha256_hex(message)
            signal["signature"] = key.sign_base64(message)
            before = signal["hash"]

    folder.evidence(change)
    folder.breaks("inclusion", "signal 1 is not what entry")


def test_a_wrong_salt_is_named(folder: Folder) -> None:
    folder.evidence(put("signals.3.salt", "00" * 32))
    folder.breaks("inclusion", "signal 4 is not what entry")


def test_an_earlier_arrival_is_named(folder: Folder) -> None:
    """Backdating: the log entry commits to the time of arrival."""

    def change(said: Any) -> None:
        signal = said["signals"][0]
        signal["received_at"] = said["feed"]["opened_at"]

    folder.evidence(change)
    folder.breaks("inclusion", "signal 1 is not what entry")


def test_a_checkpoint_signed_by_another_key_is_named(folder: Folder) -> None:
    verifier = LogVerifier.parse(folder.text("/log/key"))
    checkpoint = open_checkpoint(folder.text("/log/checkpoint"), verifier)
    forger = LogKey(verifier.name, ArenaKey(bytes(32)))
    note = sign_note(forger, checkpoint.size, checkpoint.root)
    folder.file("/log/checkpoint").write_text(note)
    folder.breaks("checkpoint", "did not sign this note")


def test_a_checkpoint_with_another_root_is_named(folder: Folder) -> None:
    path = folder.file("/log/checkpoint")
    lines = path.read_text().split("\n")
    lines[2] = base64.b64encode(bytes(32)).decode()
    path.write_text("\n".join(lines))
    folder.breaks("checkpoint", "did not sign this note")


def test_a_log_rewritten_under_its_own_key_is_named(folder: Folder) -> None:
    """The operator himself signs another tree: the tiles or proofs no longer lead to its root."""
    key = LogKey("sigma-arena/log/mine", ArenaKey(bytes(32)))
    old = open_checkpoint(
        folder.text("/log/checkpoint"), LogVerifier.parse(folder.text("/log/key"))
    )
    folder.file("/log/key").write_text(key.vkey)
    folder.file("/log/checkpoint").write_text(sign_note(key, old.size, bytes(32)))
    folder.breaks("inclusion", "")


def test_another_past_than_the_one_seen_before_is_named(folder: Folder) -> None:
    key = LogKey("sigma-arena/log/mine", ArenaKey(bytes(32)))
    true = open_checkpoint(
        folder.text("/log/checkpoint"), LogVerifier.parse(folder.text("/log/key"))
    )
    folder.file("/log/key").write_text(key.vkey)
    folder.file("/log/checkpoint").write_text(sign_note(key, true.size, true.root))
    origin = folder.index["origin"]
    folder.book.keep(origin, Seen(key.vkey, sign_note(key, true.size, bytes(32))))
    folder.breaks("consistency", "seen before differ")


def test_a_log_under_another_key_than_before_is_named(folder: Folder) -> None:
    other = LogKey("sigma-arena/log/other", ArenaKey(bytes(32)))
    seen = Seen(other.vkey, sign_note(other, 1, bytes(32)))
    folder.book.keep(folder.index["origin"], seen)
    folder.breaks("consistency", "was this arena set up anew?")


def test_a_changed_close_is_named(folder: Folder) -> None:
    def change(bars: Any) -> None:
        bar = bars[700]
        bar["close"] = bar["low"] if bar["close"] != bar["low"] else bar["high"]

    folder.bars(change)
    folder.breaks("record", "follows as")


def test_another_pack_of_prices_is_named(folder: Folder) -> None:
    folder.edit("/market-data/pack", put("manifest.source", "folder"))
    folder.breaks("prices", "the record is tied to")


def test_impossible_bars_are_named(folder: Folder) -> None:
    folder.bars(put("9.high", "1.00"))
    folder.breaks("prices", "leaves its own range")


def test_a_price_off_its_tick_is_named(folder: Folder) -> None:
    folder.bars(put("9.high", lambda price: price + "1"))
    folder.breaks("prices", "off the tick")


def test_a_repeated_bar_is_named(folder: Folder) -> None:
    folder.bars(put("9.open_at", lambda at: at.replace(":00.000Z", ":01.000Z")))
    folder.breaks("prices", "overlaps")


def test_an_edited_equity_mark_is_named(folder: Folder) -> None:
    folder.marks(put("900.equity", lambda equity: str(Decimal(equity) + 1)))
    folder.breaks("record", "number 901 follows as")


def test_a_mark_between_bars_is_named(folder: Folder) -> None:
    folder.marks(put("0.at_ms", lambda at: at + 1))
    folder.breaks("record", "no close of a bar")


def test_a_digest_of_another_record_is_named(folder: Folder) -> None:
    folder.evidence(put("record_sha", "0" * 64))
    folder.breaks("record", "not 0000")


@pytest.mark.parametrize("name", ["total_return", "sharpe", "max_drawdown", "fees_paid"])
def test_a_flattered_figure_is_named(folder: Folder, name: str) -> None:
    folder.evidence(put(f"metrics.{name}", lambda value: float(value) * (1 + 1e-7)))
    folder.breaks("metrics", "at the arena")


def test_a_figure_left_out_is_named(folder: Folder) -> None:
    folder.evidence(put("metrics.max_drawdown", None))
    folder.breaks("metrics", "None at the arena")


def test_milder_rules_are_named(folder: Folder) -> None:
    folder.evidence(put("rules.fee_taker_bps", 0))
    folder.breaks("record", "number 1 follows as")


def test_more_taken_from_a_bar_than_it_had_is_named(folder: Folder) -> None:
    folder.fills(put("0.evidence.consumed_before", "1e9"))
    folder.breaks("record", "more was taken from the bar")


def test_evidence_that_cannot_be_read_is_named(folder: Folder) -> None:
    folder.evidence(lambda said: said.pop("rules"))
    folder.breaks("evidence", "rules")


def test_evidence_of_another_listing_is_named(folder: Folder) -> None:
    folder.evidence(put("listing_id", "lst_other"))
    folder.breaks("evidence", "it is about lst_other")


def test_a_folder_without_evidence_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotSaved, match="holds no saved evidence"):
        SavedSource(tmp_path)


def test_a_missing_file_of_saved_evidence_is_told(folder: Folder) -> None:
    folder.file("/log/checkpoint").unlink()
    with pytest.raises(NotSaved, match="/log/checkpoint"):
        folder.verify()
