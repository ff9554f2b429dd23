"""``python -m bench``: what a night costs on simulated shops, beside rivals and goals of the same run."""

from __future__ import annotations

import math
import os
import tempfile
from datetime import timedelta
from pathlib import Path

import click

from bench.measured import measured
from bench.shop_bench import Costs, ShopBench
from bench.table import Table
from regulars.build.layers import parse


@click.command()
@click.option("--customers", default="10000,100000,300000", show_default=True, help="Sizes; about 100 events each.")
@click.option("--compared", default=100_000, show_default=True, help="The size at which rivals run, too.")
@click.option("--days", default=729, show_default=True)
@click.option("--short", default=30, show_default=True, help="Days of the short history.")
@click.option("--seed", default=1, show_default=True)
def main(customers: str, compared: int, days: int, short: int, seed: int) -> None:
    """Measure landing, gates, builds, scoring and the night after, and print a line for each figure."""
    table, sizes = Table(), [int(size) for size in customers.split(",")]
    if compared not in sizes:
        raise click.BadParameter(f"{compared:,} is none of the sizes: {customers}", param_hint="--compared")
    nights: dict[int, Costs] = {}
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        for size in sizes:
            click.echo(f"{size:,} customers, {days} days")
            bench = _shop(Path(scratch) / str(size), table, size, seed, days)
            nights[size] = bench.night()
            if size == compared:
                bench.landing()
                bench.rivals(nights[size])
                bench.night_after(nights[size])
                bench.scoring()
            bench.remove()
        click.echo(f"{compared:,} customers, {short} days")
        bench = _shop(Path(scratch) / "short", table, compared, seed, short)
        recent = bench.night()
        bench.night_after(recent)
    if len(sizes) > 1:
        _growth(table, nights[sizes[0]], nights[sizes[-1]])
    long, brief = nights[compared].after, recent.after
    table.ratio(f"the night after {days} days of history", long, brief, f"after {short} days", 1.15)
    click.echo()
    table.tell()


def _shop(folder: Path, table: Table, customers: int, seed: int, days: int) -> ShopBench:
    os.environ |= {"REGULARS_HOME": str(folder), "REGULARS_WORLD": "shop", "REGULARS_IDENTIFIER_KEY": "bench"}
    os.environ["AIRFLOW_HOME"] = str(folder / "airflow")
    measured(parse)
    return ShopBench(folder, table, customers, seed, timedelta(days=days))


def _growth(table: Table, small: Costs, large: Costs) -> None:
    exponent = math.log(large.net / small.net) / math.log(large.events / small.events)
    table.figure(f"growth of the full build, {small.events:,} to {large.events:,} events", exponent, "exponent", 1.1)


if __name__ == "__main__":
    main()
