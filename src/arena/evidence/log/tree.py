"""The Merkle tree of RFC 9162 section 2.1: hashes, which ranges a proof is made of, and the verifiers.

Pure: nothing here reads the database. A range is [low, high) of leaves; a node (level, index) is the
perfect subtree over the leaves [index * 2**level, (index + 1) * 2**level).
"""

import hashlib
from collections.abc import Iterable, Sequence

Node = tuple[int, int]
Range = tuple[int, int]
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """SHA256(0x00 || entry), RFC 9162 section 2.1.1."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA256(0x01 || left || right), RFC 9162 section 2.1.1."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def fold(parts: Sequence[bytes]) -> bytes:
    """The root over perfect subtrees given from the largest (leftmost) to the smallest."""
    if not parts:
        return EMPTY_ROOT
    root = parts[-1]
    for left in reversed(parts[:-1]):
        root = node_hash(left, root)
    return root


def root_of_entries(entries: Iterable[bytes]) -> bytes:
    """The Merkle tree hash of the entries in their order."""
    frontier: list[bytes] = []
    for index, entry in enumerate(entries):
        grow(frontier, index, leaf_hash(entry))
    return fold(frontier)


def grow(frontier: list[bytes], size: int, leaf: bytes) -> list[tuple[Node, bytes]]:
    """Adds leaf number `size` to the frontier in place; returns the perfect subtrees this completes."""
    made: list[tuple[Node, bytes]] = [((0, size), leaf)]
    level, index, root = 0, size, leaf
    while index & 1:
        root = node_hash(frontier.pop(), root)
        level, index = level + 1, index >> 1
        made.append(((level, index), root))
    frontier.append(root)
    return made


def perfect_parts(low: int, high: int) -> list[Node]:
    """The perfect subtrees a range falls into, largest first. `low` must be aligned, as all of ours are."""
    parts: list[Node] = []
    while low < high:
        level = (high - low).bit_length() - 1
        assert low % (1 << level) == 0, "not the left edge of a subtree"
        parts.append((level, low >> level))
        low += 1 << level
    return parts


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """The ranges whose roots are the audit path of a leaf, RFC 9162 section 2.1.3.1."""
    assert 0 <= index < size
    low, high = 0, size
    path: list[Range] = []
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append((middle, high))
            high = middle
        else:
            path.append((low, middle))
            low = middle
    return path[::-1]


def consistency_ranges(old: int, new: int) -> list[Range]:
    """The ranges whose roots prove that the old tree is a prefix, RFC 9162 section 2.1.4.1."""
    assert 0 < old <= new
    low, high, whole = 0, new, True
    path: list[Range] = []
    while old < high:
        middle = low + _split(high - low)
        if old <= middle:
            path.append((middle, high))
            high = middle
        else:
            path.append((low, middle))
            low, whole = middle, False
    if not whole:
        path.append((low, high))
    return path[::-1]


def verify_inclusion(
    index: int, size: int, leaf: bytes, *, proof: Sequence[bytes], root: bytes
) -> bool:
    """RFC 9162 section 2.1.3.2, in its own variable names (fn, sn, r). `leaf` is the leaf's hash."""
    if not 0 <= index < size:
        return False
    fn, sn, r = index, size - 1, leaf
    for p in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = node_hash(p, r)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node_hash(r, p)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == root


def verify_consistency(
    first: int, second: int, *, first_root: bytes, second_root: bytes, proof: Sequence[bytes]
) -> bool:
    """RFC 9162 section 2.1.4.2, in its own variable names (fn, sn, fr, sr); an empty old tree is a prefix."""
    if not 0 <= first <= second:
        return False
    if first == 0:
        return not proof and first_root == EMPTY_ROOT
    if first == second:
        return not proof and first_root == second_root
    if not proof:
        return False
    path = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node_hash(c, fr), node_hash(c, sr)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node_hash(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == first_root and sr == second_root


def _split(count: int) -> int:
    """The largest power of two smaller than `count`, which is 2 or more."""
    return 1 << ((count - 1).bit_length() - 1)
