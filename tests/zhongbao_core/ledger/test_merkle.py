"""The tree: published vectors, and agreement with the definition of RFC 6962 written down naively."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhongbao_core.ledger import merkle
from zhongbao_core.proof import EMPTY_ROOT, leaf_hash, node_hash, verify_consistency, verify_inclusion

REFERENCE_LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
REFERENCE_ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


class Nodes:
    """Complete subtrees by (level, index), as a store keeps them."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.kept: dict[tuple[int, int], bytes] = {}
        frontier = merkle.Frontier()
        for data in leaves:
            for level, place, found in frontier.add(leaf_hash(data)):
                self.kept[level, place] = found

    def get(self, level: int, index: int) -> bytes:
        return self.kept[level, index]


def naive_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, 2.1, as it is written there."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    middle = naive_split(len(leaves))
    return node_hash(naive_root(leaves[:middle]), naive_root(leaves[middle:]))


def naive_path(index: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962, 2.1.1."""
    if len(leaves) == 1:
        return []
    middle = naive_split(len(leaves))
    if index < middle:
        return [*naive_path(index, leaves[:middle]), naive_root(leaves[middle:])]
    return [*naive_path(index - middle, leaves[middle:]), naive_root(leaves[:middle])]


def naive_subproof(old: int, leaves: list[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 6962, 2.1.2."""
    if old == len(leaves):
        return [] if whole else [naive_root(leaves)]
    middle = naive_split(len(leaves))
    if old <= middle:
        return [*naive_subproof(old, leaves[:middle], whole), naive_root(leaves[middle:])]
    return [*naive_subproof(old - middle, leaves[middle:], False), naive_root(leaves[:middle])]


def naive_split(size: int) -> int:
    middle = 1
    while middle * 2 < size:
        middle *= 2
    return middle


def made(size: int) -> list[bytes]:
    return [b"%d" % number for number in range(size)]


def test_the_empty_tree_has_the_published_root() -> None:
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert merkle.root(0, Nodes([]).get) == EMPTY_ROOT
    assert merkle.Frontier().root() == EMPTY_ROOT


@pytest.mark.parametrize("size", range(1, 9))
def test_the_reference_tree_has_the_published_roots(size: int) -> None:
    nodes = Nodes(REFERENCE_LEAVES)
    assert merkle.root(size, nodes.get).hex() == REFERENCE_ROOTS[size - 1]
    assert naive_root(REFERENCE_LEAVES[:size]).hex() == REFERENCE_ROOTS[size - 1]


@pytest.mark.parametrize(
    ("index", "size", "path"),
    [
        pytest.param(0, 1, [], id="the only leaf needs no path"),
        pytest.param(
            0,
            8,
            [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
            id="first of eight",
        ),
        pytest.param(
            5,
            8,
            [
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
            id="sixth of eight",
        ),
        pytest.param(2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"], id="last of three"),
        pytest.param(
            1,
            5,
            [
                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
            id="second of five",
        ),
    ],
)
def test_published_inclusion_paths(index: int, size: int, path: list[str]) -> None:
    nodes = Nodes(REFERENCE_LEAVES)
    found = merkle.inclusion(index, size, nodes.get)
    assert [part.hex() for part in found] == path
    root = bytes.fromhex(REFERENCE_ROOTS[size - 1])
    assert verify_inclusion(leaf_hash(REFERENCE_LEAVES[index]), index, size, found, root)


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        pytest.param(1, 1, [], id="a tree is its own beginning"),
        pytest.param(
            1,
            8,
            [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
            id="one to eight",
        ),
        pytest.param(
            6,
            8,
            [
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
            id="six to eight",
        ),
        pytest.param(
            2,
            5,
            [
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
            id="two to five",
        ),
    ],
)
def test_published_consistency_paths(old: int, new: int, path: list[str]) -> None:
    nodes = Nodes(REFERENCE_LEAVES)
    found = merkle.consistency(old, new, nodes.get)
    assert [part.hex() for part in found] == path
    roots = [bytes.fromhex(REFERENCE_ROOTS[size - 1]) for size in (old, new)]
    assert verify_consistency(old, new, roots[0], roots[1], found)


def test_every_path_of_small_trees_is_the_one_of_the_definition() -> None:
    leaves = made(40)
    nodes = Nodes(leaves)
    for size in range(1, 41):
        root = naive_root(leaves[:size])
        assert merkle.root(size, nodes.get) == root
        for index in range(size):
            path = merkle.inclusion(index, size, nodes.get)
            assert path == naive_path(index, leaves[:size])
            assert verify_inclusion(leaf_hash(leaves[index]), index, size, path, root)
        for old in range(1, size + 1):
            path = merkle.consistency(old, size, nodes.get)
            assert path == naive_subproof(old, leaves[:size], True)
            assert verify_consistency(old, size, naive_root(leaves[:old]), root, path)


@given(st.lists(st.binary(max_size=40), max_size=130), st.data())
def test_stored_nodes_agree_with_the_naive_tree(leaves: list[bytes], data: st.DataObject) -> None:
    nodes, frontier = Nodes(leaves), merkle.Frontier()
    grown = [node for leaf in leaves for node in frontier.add(leaf_hash(leaf))]
    assert {(level, index): found for level, index, found in grown} == nodes.kept
    assert frontier.root() == naive_root(leaves) == merkle.root(len(leaves), nodes.get)
    if leaves:
        index = data.draw(st.integers(0, len(leaves) - 1))
        assert merkle.inclusion(index, len(leaves), nodes.get) == naive_path(index, leaves)
        assert merkle.consistency(index + 1, len(leaves), nodes.get) == naive_subproof(index + 1, leaves, True)


@pytest.mark.parametrize("size", [2**power + step for power in (1, 2, 3, 4, 6) for step in (-1, 0, 1)])
def test_a_proof_changed_in_any_way_is_refused(size: int) -> None:
    leaves = made(size)
    nodes, root = Nodes(leaves), naive_root(leaves)
    index = size // 2
    leaf, path = leaf_hash(leaves[index]), merkle.inclusion(index, size, nodes.get)
    assert verify_inclusion(leaf, index, size, path, root)
    wrong = [
        (leaf, index + 1, size, path, root),
        (leaf, index - 1, size, path, root),
        (leaf, -1, size, path, root),
        (leaf, size, size, path, root),
        (leaf, index, size, [*path, root], root),
        (leaf, index, size, path[:-1], root) if path else (leaf, index, 2, path, root),
        (leaf_hash(b"another"), index, size, path, root),
        (leaf, index, size, path, leaf),
        (leaf, index, size, path, b""),
        (leaf, index, size, [*path[:-1], b"short"], root),
        (leaf, index, 0, [], root),
        (leaf, index, 2**60, path, root),
    ]
    wrong += [(leaf, index, size, [*path[:at], leaf_hash(b"x"), *path[at + 1 :]], root) for at in range(len(path))]
    accepted = [attempt for attempt in wrong if size > 1 and verify_inclusion(*attempt)]
    assert accepted == []


@pytest.mark.parametrize("size", [3, 4, 5, 7, 8, 9, 33, 64, 65])
def test_a_consistency_proof_changed_in_any_way_is_refused(size: int) -> None:
    leaves = made(size)
    nodes, new = Nodes(leaves), naive_root(leaves)
    for old_size in range(1, size):
        old, path = naive_root(leaves[:old_size]), merkle.consistency(old_size, size, nodes.get)
        other = leaf_hash(b"x")
        wrong = [
            (old_size, size, old, new, [*path, other]),
            (old_size, size, old, new, path[:-1]),
            (old_size, size, old, new, []),
            (old_size, size, other, new, path),
            (old_size, size, old, other, path),
            (0, size, old, new, path),
            (size + 1, size, old, new, path),
            (size, size, old, new, path),
        ]
        wrong += [(old_size, size, old, new, [*path[:at], other, *path[at + 1 :]]) for at in range(len(path))]
        assert [attempt for attempt in wrong if verify_consistency(*attempt)] == []


def test_consistency_from_an_empty_tree_is_refused_even_to_an_empty_one() -> None:
    assert not verify_consistency(0, 0, EMPTY_ROOT, EMPTY_ROOT, [])
    assert not verify_consistency(0, 1, EMPTY_ROOT, leaf_hash(b""), [])
    with pytest.raises(ValueError, match="no consistency proof"):
        merkle.consistency(0, 0, Nodes([]).get)


def test_a_path_outside_the_tree_is_an_error() -> None:
    nodes = Nodes(made(3))
    for index, size in ((3, 3), (-1, 3), (0, 0)):
        with pytest.raises(ValueError, match="not in a tree"):
            merkle.inclusion(index, size, nodes.get)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 7, 8, 100, 129])
def test_a_frontier_read_from_stored_nodes_grows_like_one_that_was_never_put_down(size: int) -> None:
    leaves = [bytes([number]) for number in range(130)]
    whole, nodes = merkle.Frontier(), Nodes(leaves[:size])
    for data in leaves[:size]:
        whole.add(leaf_hash(data))
    taken_up = merkle.Frontier.stored(size, nodes.get)
    for data in leaves[size:]:
        assert taken_up.add(leaf_hash(data)) == whole.add(leaf_hash(data))
    assert taken_up.root() == whole.root() == naive_root(leaves)
