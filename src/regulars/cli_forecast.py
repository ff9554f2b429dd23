"""The verb `regulars backtest`: what customers will buy, from any log of transactions."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from regulars.cli_operation import as_json
from regulars.errors import UsageError

if TYPE_CHECKING:
    from ml.forecast.backtest import Backtest


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--as-of", required=True, type=click.DateTime(formats=["%Y-%m-%d"]), help="The day to forecast from.")
@click.option("--horizon-days", required=True, type=int, help="How many days from then on.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Parquet file, one row a customer.")
@click.option("--map", "mapped", multiple=True, metavar="ROLE=COLUMN", help="Which column is which; roles as shown.")
@click.option("--truth-after", is_flag=True, help="Judge the forecast by the rows after that day.")
@as_json
def backtest(
    file: Path, as_of: Any, horizon_days: int, out: Path, mapped: tuple[str, ...], truth_after: bool, as_json: bool
) -> None:
    """What each customer of a log of transactions (CSV, Parquet) will buy, forecast as on a day of it.

    Columns are guessed by their names and shown. Rows from that day on, 00:00 by the file's own clock, are not read.
    """
    from ml.forecast.backtest import backtest as run

    found = run(file, as_of.date(), horizon_days, out, _roles(mapped), truth_after=truth_after)
    click.echo(json.dumps(_mapping(found)) if as_json else _text(found, as_of.date().isoformat(), horizon_days, out))


def _roles(mapped: tuple[str, ...]) -> dict[str, str]:
    for one in mapped:
        if "=" not in one:
            raise UsageError(f"'{one}' is not of the form ROLE=COLUMN", where="--map")
    return dict(one.split("=", 1) for one in mapped)


def _mapping(found: Backtest) -> dict[str, Any]:
    said = found.forecast
    return {
        "columns": asdict(found.log.columns),
        "rows": found.log.rows,
        "set_aside": found.log.set_aside,
        "customers": len(said.customer),
        "model": said.model,
        "notes": list(said.notes),
        "expected_spend": float(said.expected_spend.sum()),
        "total_low": said.total_low,
        "total_high": said.total_high,
        "actual_spend": found.actual_spend,
        "covered": found.covered,
        "ends_on": found.ends_on and found.ends_on.isoformat(),
        "figures": found.ours,
        "pareto_nbd_gamma_gamma": found.rival,
    }


def _text(found: Backtest, as_of: str, horizon_days: int, out: Path) -> str:
    said, log = found.forecast, found.log
    aside = ", ".join(f"{rows:,} {reason}" for reason, rows in log.set_aside.items()) or "none"
    lines = [
        f"Columns: {log.columns.as_text()} · times are {log.times}",
        f"Rows: {log.rows:,} read, set aside: {aside}",
        f"{len(said.customer):,} customers with an order before {as_of} · {horizon_days} days from then · {said.model}",
        *(f"  {note}" for note in said.notes),
        f"Expected spend: {said.expected_spend.sum():,.2f}, 80 % in {said.total_low:,.2f} to {said.total_high:,.2f}",
        f"Expected active: {said.p_active.sum():,.0f} · expected orders: {said.expected_orders.sum():,.0f}",
    ]
    if found.ours and found.rival:
        lines += ["", *_judged(found)]
    return "\n".join([*lines, f"Written: {out}"])


def _judged(found: Backtest) -> list[str]:
    ours, rival = found.ours or {}, found.rival or {}
    rows = [f"{'':18}{'forecast':>12}{'Pareto/NBD + Gamma-Gamma':>28}"]
    rows += [f"{name:18}{_number(ours[name]):>12}{_number(rival[name]):>28}" for name in ours]
    within = f"{found.covered:.1%} of customers spent within their 80 % interval"
    if found.ends_on:
        rows.append(
            f"The log ends on {found.ends_on}, before its horizon does: later days count as days without an order."
        )
    return [*rows, f"Actual spend: {found.actual_spend:,.2f} · {within}"]


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.4f}"
