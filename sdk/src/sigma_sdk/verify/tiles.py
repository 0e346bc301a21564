"""A log read by tiles (c2sp.org/tlog-tiles): a few downloads prove many entries against one root."""

from collections.abc import Callable

from sigma_sdk.verify.merkle import EMPTY_ROOT, node_hash, root_of

WIDTH = 256
_HASH_BYTES = 32
Fetch = Callable[[str], bytes]


class BadTile(ValueError):
    """A tile does not fit the tree it is said to be of."""


def tile_path(level: int, index: int, width: int = WIDTH) -> str:
    """Where a tile lies: /tile/0/x001/x234/067, with .p/<width> when it is not full yet."""
    groups = [f"{index % 1000:03d}"]
    while index >= 1000:
        index //= 1000
        groups.insert(0, f"x{index % 1000:03d}")
    partial = "" if width == WIDTH else f".p/{width}"
    return f"/log/tile/{level}/{'/'.join(groups)}{partial}"


class TiledLog:
    """The first `size` entries of a log, every hash proven against `root` before it is believed."""

    def __init__(self, size: int, root: bytes, fetch: Fetch) -> None:
        """Reads the tree's right edge. Raises BadTile where it does not give the root."""
        self._size, self._fetch = size, fetch
        self._tiles: dict[tuple[int, int], list[bytes]] = {}
        if self._root_from_edge() != root:
            raise BadTile("the log's tiles do not give the checkpoint's root")

    @property
    def tiles_read(self) -> int:
        return len(self._tiles)

    def leaf(self, index: int) -> bytes:
        """The leaf hash at an index. Raises BadTile where the tile is not the tree's."""
        if not 0 <= index < self._size:
            raise BadTile(f"the checkpoint covers {self._size} entries, not entry {index}")
        return self._tile(0, index // WIDTH)[index % WIDTH]

    def _tile(self, level: int, index: int) -> list[bytes]:
        """A tile, proven: one on the right edge by the root, a full one by the tile above it."""
        if (level, index) not in self._tiles:
            hashes = self._read(level, index, WIDTH)
            if self._tile(level + 1, index // WIDTH)[index % WIDTH] != root_of(hashes):
                raise BadTile(f"tile {level}/{index} does not fit the tile above it")
            self._tiles[level, index] = hashes
        return self._tiles[level, index]

    def _root_from_edge(self) -> bytes:
        """Folds the not yet full tiles of all levels, which together cover the whole tree."""
        subtrees: list[bytes] = []
        level, count = 0, self._size
        while count:
            index, width = divmod(count, WIDTH)
            if width:
                hashes = self._read(level, index, width)
                self._tiles[level, index] = hashes
                subtrees = _perfect(hashes) + subtrees
            level, count = level + 1, index
        if not subtrees:
            return EMPTY_ROOT
        root = subtrees[-1]
        for left in reversed(subtrees[:-1]):
            root = node_hash(left, root)
        return root

    def _read(self, level: int, index: int, width: int) -> list[bytes]:
        raw = self._fetch(tile_path(level, index, width))
        if len(raw) != width * _HASH_BYTES:
            raise BadTile(f"tile {level}/{index} has {len(raw)} bytes instead of {width * 32}")
        return [raw[at : at + _HASH_BYTES] for at in range(0, len(raw), _HASH_BYTES)]


def _perfect(hashes: list[bytes]) -> list[bytes]:
    """The roots of the perfect subtrees over a row of hashes, largest first."""
    roots, at = [], 0
    for bit in range(len(hashes).bit_length() - 1, -1, -1):
        if len(hashes) >> bit & 1:
            roots.append(root_of(hashes[at : at + (1 << bit)]))
            at += 1 << bit
    return roots
