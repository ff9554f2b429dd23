"""How records became customers, as the page tells it: rows from the marts, like `facts`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regulars.report.facts import Row, rows_of

if TYPE_CHECKING:
    import duckdb

_SHARES = ("precision", "recall", "F1")


def identity_section(connection: duckdb.DuckDBPyConnection) -> Row:
    """``counts``: records and customers; ``sizes`` and ``edges``: rows of subject and figure; ``pairs``: figures of
    labelled pairs by subject, empty where nobody labelled any; ``refusals``: rows of the mart, most records first.
    """
    found = rows_of(connection, "select measure, subject, figure from marts.identity_quality order by all")

    def of(measure: str) -> dict[str, Any]:
        figures = {row["subject"]: row["figure"] for row in found if row["measure"] == measure}
        return {name: figure if name in _SHARES else int(figure) for name, figure in figures.items()}

    customers = of("customers")
    return {
        "counts": {"records": of("records").get("all", 0), "customers": customers.pop("all", 0)},
        "sizes": sorted(customers.items(), key=lambda item: int(item[0].split()[1])),
        "edges": sorted(of("edges").items(), key=lambda item: (-item[1], item[0])),
        "pairs": of("labelled pairs"),
        "refusals": rows_of(
            connection,
            "select reason, rule, record_key, records, descriptions from marts.identity_refusal "
            "order by records desc, record_key, rule limit 20",
        ),
    }
