"""Records that hang together are one component, whatever the order of the edges."""

from __future__ import annotations

from random import Random

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars import warehouse
from regulars.resolve.components import connect

Edge = tuple[int, int]


def components(edges: list[Edge]) -> dict[int, int]:
    """The least node by node."""
    with warehouse.memory() as connection:
        left, right = ([edge[side] for edge in edges] for side in (0, 1))
        table = {"left_id": pa.array(left, pa.int64()), "right_id": pa.array(right, pa.int64())}
        connection.register("edge", pa.table(table))
        connect(connection, "edge", "component")
        return dict(connection.execute("select node, least from component").fetchall())


def by_hand(edges: list[Edge]) -> dict[int, int]:
    """The same, by walking from each node to all it reaches."""
    beside: dict[int, set[int]] = {}
    for left, right in edges:
        if left != right:
            beside.setdefault(left, set()).add(right)
            beside.setdefault(right, set()).add(left)
    found = {}
    for node in beside:
        reached, waiting = {node}, [node]
        while waiting:
            new = beside[waiting.pop()] - reached
            reached |= new
            waiting += new
        found[node] = min(reached)
    return found


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=60), st.randoms(use_true_random=False))
def test_the_partition_is_what_walking_finds_and_does_not_depend_on_the_order(
    edges: list[Edge], random: Random
) -> None:
    shuffled = [(right, left) for left, right in edges]
    random.shuffle(shuffled)
    assert components(edges) == by_hand(edges) == components(shuffled + edges)


@pytest.mark.parametrize("edges", [[(n, n + 1) for n in range(3_000)], [(3_000, n) for n in range(3_000)]])
def test_a_long_chain_and_a_great_star_are_one_component(edges: list[Edge]) -> None:
    assert set(components(edges).values()) == {0} and len(components(edges)) == 3_001


def test_a_record_beside_nothing_but_itself_has_no_row() -> None:
    assert components([(1, 1)]) == {}
