"""Lets Great Expectations judge tables by their suites, and keeps of its results only what names no customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from regulars.errors import RegularsError, UsageError
from regulars.quality import gx_on_duckdb
from regulars.quality.findings import Finding
from regulars.quality.suites import Expectation, Suite

if TYPE_CHECKING:
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.data_context import EphemeralDataContext
    from great_expectations.datasource.fluent import SQLDatasource
    from great_expectations.datasource.fluent.sql_datasource import TableAsset

_SPEAKS_OF_NAMES_ONLY = ("Binder Error", "Catalog Error", "Parser Error", "The column")
"""Errors that quote names and SQL; others may quote a value, and values are not repeated."""

_ABORTED = "transaction is aborted"


def judge(
    suites: Sequence[Suite], files: Mapping[str, Path], search_path: str, row_key: Sequence[str] = ()
) -> list[Finding]:
    """Judge each suite's table in ``files`` (catalog name to DuckDB file), found by DuckDB's ``search_path``.

    All suites share one GX context. With ``row_key`` failing rows of column rules can be told as well.
    Raises UsageError for arguments GX refuses, RegularsError for a claim that could not be evaluated.
    """
    with gx_on_duckdb.opened(files, search_path) as (context, source):
        return [finding for suite in suites for finding in _judge_table(context, source, suite, row_key)]


def _judge_table(
    context: EphemeralDataContext, source: SQLDatasource, suite: Suite, row_key: Sequence[str]
) -> list[Finding]:
    import great_expectations as gx

    asset = _table_asset(source, suite)
    count = sa.select(sa.func.count()).select_from(sa.table(suite.table))
    rows: int = source.get_execution_engine().execute_query(count).scalar_one()
    claims = [_gx_expectation(expectation) for expectation in suite.expectations]
    run = gx.ValidationDefinition(
        name=suite.table,
        data=asset.add_batch_definition_whole_table("all"),
        suite=context.suites.add(gx.ExpectationSuite(name=suite.table, expectations=claims)),
    )
    told: dict[str, Any] = {"result_format": "SUMMARY", "partial_unexpected_count": 0}
    if row_key:
        told |= {"unexpected_index_column_names": list(row_key), "return_unexpected_index_query": True}
    results = context.validation_definitions.add(run).run(result_format=told).results
    found = {result.expectation_config.meta["name"]: result for result in results if result.expectation_config}
    _refuse_unevaluated(suite, found)
    return [_finding(suite, expectation, found[expectation.name], rows) for expectation in suite.expectations]


def _table_asset(source: SQLDatasource, suite: Suite) -> TableAsset:
    from great_expectations.datasource.fluent.interfaces import TestConnectionError

    try:
        return source.add_table_asset(suite.table, table_name=suite.table)
    except TestConnectionError:
        raise RegularsError(
            f"The table '{suite.table}' is not there to be judged",
            where=str(suite.path),
            next_step="run the step that writes it, then this again",
        ) from None


def _gx_expectation(expectation: Expectation) -> Any:
    from great_expectations.expectations.registry import get_expectation_impl

    given = expectation.arguments | {"severity": expectation.severity, "meta": {"name": expectation.name}}
    try:
        return get_expectation_impl(expectation.type)(**given)
    except ValueError as refused:
        what = " ".join(str(refused).split())
        raise UsageError(f"'{expectation.name}' is not a claim GX takes: {what}", where=expectation.where) from None


def _finding(suite: Suite, expectation: Expectation, result: ExpectationValidationResult, rows: int) -> Finding:
    config = result.expectation_config
    assert config is not None and config.severity is not None  # noqa: S101 - given in _gx_expectation
    values = result.result
    is_row_rule = expectation.failing_rows_sql() is not None
    unexpected = values.get("observed_value") if is_row_rule else values.get("unexpected_count")
    sql = None
    if not result.success:
        row_rule = expectation.failing_rows_sql()
        sql = row_rule.format(batch=f'"{suite.table}"') if row_rule else values.get("unexpected_index_query")
    return Finding(
        gate=suite.boundary,
        table_name=suite.table,
        expectation=expectation.name,
        severity=config.severity.value,
        success=bool(result.success),
        unexpected_rows=None if unexpected is None else int(unexpected),
        evaluated_rows=int(values.get("element_count", rows)),
        description=expectation.description,
        failing_rows_sql=sql.strip().rstrip(";") if sql else None,
    )


def _refuse_unevaluated(suite: Suite, found: Mapping[str, ExpectationValidationResult]) -> None:
    raised = {claim: message for claim in suite.expectations if (message := _exception_message(found[claim.name]))}
    if not raised:
        return
    # The first error ends the transaction, and every later query fails for that alone.
    claim = next((claim for claim in raised if _ABORTED not in raised[claim]), next(iter(raised)))
    lines = raised[claim].splitlines()
    reasons = [line[line.index(kind) :] for line in lines for kind in _SPEAKS_OF_NAMES_ONLY if kind in line]
    raise RegularsError(
        f"'{claim.name}' could not be evaluated" + (f": {reasons[0]}" if reasons else ""),
        where=claim.where,
        next_step="compare the columns it names with those of the table",
    )


def _exception_message(result: ExpectationValidationResult) -> str:
    told = result.exception_info or {}
    entries = [told] if "raised_exception" in told else list(told.values())
    return next((str(entry.get("exception_message")) for entry in entries if entry.get("raised_exception")), "")
