"""Own proofs, notes and tiles against the arena's log code: all small sizes, and what must not pass."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.evidence.log import LogKey, root_of_entries, sign_note
from arena.evidence.log.tree import consistency_ranges, inclusion_ranges
from arena.kit.signing import SigningKey
from sigma_sdk.verify.merkle import EMPTY_ROOT, extends, includes, leaf_hash, root_of
from sigma_sdk.verify.note import BadNote, LogVerifier, open_checkpoint
from sigma_sdk.verify.tiles import WIDTH, BadTile, TiledLog, tile_path

ENTRIES = [f"entry {n}".encode() for n in range(71)]
KEY = LogKey("sigma-arena/log/test", SigningKey(bytes(32)))


def naive_root(entries: list[bytes]) -> bytes:
    """MTH straight from RFC 9162 section 2.1.1, by recursion."""
    if not entries:
        return EMPTY_ROOT
    if len(entries) == 1:
        return leaf_hash(entries[0])
    k = 1 << ((len(entries) - 1).bit_length() - 1)
    return root_of([naive_root(entries[:k]), naive_root(entries[k:])])


def part(low: int, high: int) -> bytes:
    return naive_root(ENTRIES[low:high])


def test_roots_are_those_of_the_rfc_and_of_the_arena() -> None:
    for size in range(71):
        root = root_of([leaf_hash(entry) for entry in ENTRIES[:size]])
        assert root == naive_root(ENTRIES[:size]) == root_of_entries(ENTRIES[:size])


def test_every_inclusion_proof_up_to_seventy_passes_and_fits_nothing_else() -> None:
    for size in range(1, 71):
        root = part(0, size)
        for index in range(size):
            path = [part(low, high) for low, high in inclusion_ranges(index, size)]
            leaf = leaf_hash(ENTRIES[index])
            assert includes(leaf, index, size, path, root)
            assert not includes(leaf_hash(b"other"), index, size, path, root)
            assert not includes(leaf, index, size, [*path, root], root)
            assert not includes(leaf, size, size, path, root)
            if path:
                assert not includes(leaf, index, size, path[:-1], root)
                assert not includes(leaf, (index + 1) % size, size, path, root)


def test_every_consistency_proof_up_to_seventy_passes_and_a_changed_past_does_not() -> None:
    for second in range(71):
        for first in range(second + 1):
            ranges = consistency_ranges(first, second) if 0 < first < second else []
            path = [part(low, high) for low, high in ranges]
            assert extends(first, second, path, part(0, first), part(0, second))
            if first > 0:
                forged = naive_root([b"forged", *ENTRIES[1:first]])
                assert not extends(first, second, path, forged, part(0, second))
            assert not extends(second + 1, second, path, part(0, first), part(0, second))


def log_of(size: int) -> tuple[bytes, dict[str, bytes]]:
    """A log's root and all its tiles, made naively."""
    level, hashes, files = 0, [leaf_hash(b"%d" % n) for n in range(size)], {}
    root = root_of(hashes)
    while hashes:
        for start in range(0, len(hashes), WIDTH):
            row = hashes[start : start + WIDTH]
            files[tile_path(level, start // WIDTH, len(row))] = b"".join(row)
        full = len(hashes) // WIDTH * WIDTH
        hashes = [root_of(hashes[at : at + WIDTH]) for at in range(0, full, WIDTH)]
        level += 1
    return root, files


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 511, 512, 1000, 65_536, 66_000, 70_001])
def test_a_log_read_by_tiles_proves_its_leaves(size: int) -> None:
    root, files = log_of(size)
    log = TiledLog(size, root, files.__getitem__)
    for index in {0, 1, 255, 256, 400, size // 2, size - 1} & set(range(size)):
        assert log.leaf(index) == leaf_hash(b"%d" % index)
    assert log.tiles_read <= 14
    with pytest.raises(BadTile):
        log.leaf(size)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 1_400), st.data())
def test_a_changed_byte_in_any_tile_that_is_used_is_noticed(size: int, data: st.DataObject) -> None:
    root, files = log_of(size)
    index = data.draw(st.integers(0, size - 1))
    width = min(WIDTH, size - index // WIDTH * WIDTH)
    name = tile_path(0, index // WIDTH, width)
    at = data.draw(st.integers(0, len(files[name]) - 1))
    bent = bytearray(files[name])
    bent[at] ^= 1
    with pytest.raises(BadTile):
        TiledLog(size, root, {**files, name: bytes(bent)}.__getitem__).leaf(index)


def test_paths_of_tiles_are_those_of_the_specification() -> None:
    assert tile_path(0, 1234067) == "/log/tile/0/x001/x234/067"
    assert tile_path(1, 0, 3) == "/log/tile/1/000.p/3"


def test_a_checkpoint_the_arena_signed_opens_and_a_forged_one_does_not() -> None:
    note = sign_note(KEY, 71, naive_root(ENTRIES))
    verifier = LogVerifier.parse(KEY.vkey)
    checkpoint = open_checkpoint(note, verifier)
    assert (checkpoint.origin, checkpoint.size) == (KEY.name, 71)
    assert checkpoint.root == naive_root(ENTRIES)
    other = LogKey(KEY.name, SigningKey(bytes([1]) * 32))
    forgeries = [
        note.replace("\n71\n", "\n72\n"), sign_note(other, 71, naive_root(ENTRIES)), note[:-1], "",
        note.replace("— ", "- "), note.split("\n\n")[0] + "\n\n",
    ]  # fmt: skip
    for forged in forgeries:
        with pytest.raises(BadNote):
            open_checkpoint(forged, verifier)


def test_a_verifier_key_whose_id_does_not_follow_is_refused() -> None:
    name, key_id, encoded = KEY.vkey.split("+", 2)
    for bad in (f"{name}+00000000+{encoded}", f"other+{key_id}+{encoded}", "nonsense", ""):
        with pytest.raises(BadNote):
            LogVerifier.parse(bad)
