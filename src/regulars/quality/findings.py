"""What a gate found: counts and sentences, never a value of a row."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from regulars import durable
from regulars.quality.suites import CRITICAL


@dataclass(frozen=True)
class Finding:
    """What one expectation found in one table.

    unexpected_rows: rows that break it; null: the claim is about the table as a whole. evaluated_rows: rows looked at.
    failing_rows_sql: SQL for the failing rows, when there are any and they can be told.
    """

    gate: str
    table_name: str
    expectation: str
    severity: str
    success: bool
    unexpected_rows: int | None
    evaluated_rows: int
    description: str
    failing_rows_sql: str | None = None

    @property
    def is_critical_failure(self) -> bool:
        """Whether this holds the data back."""
        return self.severity == CRITICAL and not self.success

    def public(self) -> dict[str, Any]:
        """The row of the mart ``gate_result``: counts, no value of any row."""
        return {key: value for key, value in vars(self).items() if key != "failing_rows_sql"}


def write_results(path: Path, findings: Sequence[Finding]) -> None:
    """Leave the findings as rows of the mart ``gate_result``: counts and sentences, no value of any row."""
    durable.write_text(path, json.dumps([finding.public() for finding in findings], indent=2) + "\n")


def broken_by_severity(findings: Sequence[Finding]) -> dict[str, int]:
    """How many claims were broken, by severity."""
    return dict(sorted(Counter(finding.severity for finding in findings if not finding.success).items()))


def told(finding: Finding) -> str:
    """One broken claim in words: table, claim, count, and what it means."""
    rows = "" if finding.unexpected_rows is None else f" ({finding.unexpected_rows:,} rows)"
    return f"{finding.table_name}: {finding.expectation} is broken{rows}. {finding.description}"
