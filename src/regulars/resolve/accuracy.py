"""How good a grouping is, told by pairs: every two records of one cluster are a pair it claims."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Accuracy:
    """Pairs ``found`` by the clusters, ``true`` ones, and ``right``: those that are both.

    ``precision`` is null (None) without a found pair, ``recall`` without a true one.
    """

    found: int
    true: int
    right: int

    @property
    def precision(self) -> float | None:
        return self.right / self.found if self.found else None

    @property
    def recall(self) -> float | None:
        return self.right / self.true if self.true else None

    @property
    def f1(self) -> float:
        """Harmonic mean of both; 1 where there is nothing to find and nothing was."""
        return 2 * self.right / (self.found + self.true) if self.found + self.true else 1.0


def accuracy(connection: duckdb.DuckDBPyConnection, grouped: str) -> Accuracy:
    """Compare two groupings of the same records: ``grouped`` is a table or query in parentheses with a row a record and
    the columns cluster_id (what was found) and person_id (what is so). A null person_id is nobody's and is left out.
    """
    row = connection.execute(
        f"""
        with kept as (select cluster_id, person_id from {grouped} where person_id is not null),
        together as (
            select 'found' as of, count(*)::hugeint as n from kept group by cluster_id
            union all
            select 'true' as of, count(*) as n from kept group by person_id
            union all
            select 'right' as of, count(*) as n from kept group by cluster_id, person_id
        )
        select coalesce(sum(n * (n - 1) // 2) filter (of = 'found'), 0)::bigint,
            coalesce(sum(n * (n - 1) // 2) filter (of = 'true'), 0)::bigint,
            coalesce(sum(n * (n - 1) // 2) filter (of = 'right'), 0)::bigint
        from together
        """
    ).fetchone()
    return Accuracy(*row) if row else Accuracy(0, 0, 0)
