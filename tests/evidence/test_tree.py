"""The Merkle tree against the RFC's own recursion, its published roots, and every proof up to size 70."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.evidence.log.tree import (
    EMPTY_ROOT,
    consistency_ranges,
    fold,
    grow,
    inclusion_ranges,
    leaf_hash,
    node_hash,
    perfect_parts,
    root_of_entries,
    verify_consistency,
    verify_inclusion,
)

SIZE_MAX = 70
ENTRIES = [f"entry {n}".encode() for n in range(SIZE_MAX)]


def naive_root(entries: list[bytes]) -> bytes:
    """MTH of RFC 9162 section 2.1.1, word for word."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    k = 1
    while k * 2 < len(entries):
        k *= 2
    left, right = naive_root(entries[:k]), naive_root(entries[k:])
    return hashlib.sha256(b"\x01" + left + right).digest()


ROOTS = [naive_root(ENTRIES[:size]) for size in range(SIZE_MAX + 1)]


def inclusion(index: int, size: int) -> list[bytes]:
    return [naive_root(ENTRIES[low:high]) for low, high in inclusion_ranges(index, size)]


def consistency(old: int, new: int) -> list[bytes]:
    return [naive_root(ENTRIES[low:high]) for low, high in consistency_ranges(old, new)]


def test_roots_are_those_published_for_certificate_transparency() -> None:
    texts = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657",
             "606162636465666768696a6b6c6d6e6f"]  # fmt: skip
    entries = [bytes.fromhex(text) for text in texts]
    roots = [root_of_entries(entries[:size]).hex() for size in range(1, 9)]
    assert roots == [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]


def test_the_frontier_gives_the_root_of_the_recursion_at_every_size() -> None:
    assert root_of_entries([]) == EMPTY_ROOT == ROOTS[0]
    for size in range(SIZE_MAX + 1):
        assert root_of_entries(ENTRIES[:size]) == ROOTS[size]


def test_growing_stores_each_perfect_subtree_once() -> None:
    frontier: list[bytes] = []
    nodes: dict[tuple[int, int], bytes] = {}
    for size, entry in enumerate(ENTRIES):
        for node, digest in grow(frontier, size, leaf_hash(entry)):
            assert node not in nodes
            nodes[node] = digest
        assert fold([nodes[part] for part in perfect_parts(0, size + 1)]) == ROOTS[size + 1]
    for (level, index), digest in nodes.items():
        assert digest == naive_root(ENTRIES[index << level : (index + 1) << level])


def test_every_inclusion_proof_holds() -> None:
    for size in range(1, SIZE_MAX + 1):
        for index in range(size):
            leaf, proof = leaf_hash(ENTRIES[index]), inclusion(index, size)
            assert verify_inclusion(index, size, leaf, proof=proof, root=ROOTS[size])


def test_no_inclusion_proof_holds_for_another_leaf_place_size_root_or_path() -> None:
    for size in range(1, SIZE_MAX + 1):
        for index in range(size):
            leaf, proof, root = leaf_hash(ENTRIES[index]), inclusion(index, size), ROOTS[size]
            other = leaf_hash(b"edited")
            assert not verify_inclusion(index, size, other, proof=proof, root=root)
            assert not verify_inclusion(index, size, leaf, proof=proof, root=ROOTS[size - 1])
            assert not verify_inclusion(index, size, leaf, proof=[*proof, other], root=root)
            assert not verify_inclusion(size, size, leaf, proof=proof, root=root)
            assert not verify_inclusion(-1, size, leaf, proof=proof, root=root)
            if proof:
                assert not verify_inclusion(index, size, leaf, proof=proof[:-1], root=root)
                assert not verify_inclusion(index, size, leaf, proof=proof[1:], root=root)
                wrong = [other, *proof[1:]]
                assert not verify_inclusion(index, size, leaf, proof=wrong, root=root)
            if size > 1:
                near = (index + 1) % size
                assert not verify_inclusion(near, size, leaf, proof=proof, root=root)


def test_every_consistency_proof_holds() -> None:
    for new in range(1, SIZE_MAX + 1):
        for old in range(1, new + 1):
            proof = consistency(old, new) if old < new else []
            assert verify_consistency(
                old, new, first_root=ROOTS[old], second_root=ROOTS[new], proof=proof
            )
        assert verify_consistency(0, new, first_root=EMPTY_ROOT, second_root=ROOTS[new], proof=[])


def test_no_consistency_proof_holds_for_other_roots_sizes_or_paths() -> None:
    forged = hashlib.sha256(b"forged").digest()
    for new in range(2, SIZE_MAX + 1):
        for old in range(1, new):
            proof, first, second = consistency(old, new), ROOTS[old], ROOTS[new]

            def holds(
                path: list[bytes], one: bytes = first, two: bytes = second, at: int = old
            ) -> bool:
                return verify_consistency(at, new, first_root=one, second_root=two, proof=path)  # noqa: B023 - called in this round of the loop only

            assert not holds(proof, one=forged)
            assert not holds(proof, two=forged)
            assert not holds([*proof, forged])
            assert not holds(proof[:-1])
            assert not holds(proof[1:])
            assert not holds([forged, *proof[1:]])
            assert not holds([])
            assert not holds(proof, at=new + 1)
            assert not holds(proof, at=-1)
    assert not verify_consistency(3, 3, first_root=ROOTS[3], second_root=forged, proof=[])
    assert not verify_consistency(0, 3, first_root=forged, second_root=ROOTS[3], proof=[])


def test_an_edited_leaf_is_detected_by_whoever_holds_two_checkpoints() -> None:
    """The log edits entry 2 between sizes 5 and 9: no proof it can make connects the two roots."""
    edited = [*ENTRIES[:2], b"rewritten", *ENTRIES[3:9]]
    new_root = root_of_entries(edited)
    ranges = consistency_ranges(5, 9)
    for history in (ENTRIES, edited):
        proof = [root_of_entries(history[low:high]) for low, high in ranges]
        assert not verify_consistency(5, 9, first_root=ROOTS[5], second_root=new_root, proof=proof)


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=200), st.data())
def test_any_log_proves_any_of_its_entries(entries: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(entries) - 1))
    old = data.draw(st.integers(1, len(entries)))
    root = naive_root(entries)
    proof = [naive_root(entries[a:b]) for a, b in inclusion_ranges(index, len(entries))]
    assert verify_inclusion(index, len(entries), leaf_hash(entries[index]), proof=proof, root=root)
    path = [naive_root(entries[a:b]) for a, b in consistency_ranges(old, len(entries))]
    assert verify_consistency(
        old, len(entries), first_root=naive_root(entries[:old]), second_root=root,
        proof=path if old < len(entries) else [],
    )  # fmt: skip


def test_a_node_cannot_pass_for_a_leaf() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right)


@pytest.mark.parametrize(("size", "parts"), [(0, []), (1, [(0, 0)]), (7, [(2, 0), (1, 2), (0, 6)])])
def test_a_tree_falls_into_perfect_parts(size: int, parts: list[tuple[int, int]]) -> None:
    assert perfect_parts(0, size) == parts
