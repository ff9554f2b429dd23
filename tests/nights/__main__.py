"""``python -m tests.nights``: nights on end, and what the rebuild and the backfill of each say."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import click

from regulars.config import Home
from regulars.demo.simulate import Shop
from tests.faults.process import start_server
from tests.faults.reader import Reader
from tests.nights.chain import Chain, Night, environment


@click.command()
@click.option("--nights", default=30, show_default=True)
@click.option("--customers", default=20_000, show_default=True)
@click.option("--history", default=14, show_default=True, help="Days in the inbox before the first night.")
@click.option("--seed", default=1, show_default=True)
def main(nights: int, customers: int, history: int, seed: int) -> None:
    """Run nights on end, each killed twice; rebuild each; backfill all of them; compare."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="nights-") as scratch:
        folder = Path(scratch)
        start_server(environment(folder))
        chain = Chain(Home(folder / "home"), Shop(customers, seed), history)
        with Reader(chain.home) as reader:
            run = [_tell(night) for night in chain.nights(nights)]
        backfilled = chain.backfill(Home(folder / "backfilled"), [night.day for night in run])
    equal = sum(night.published == night.rebuilt for night in run)
    again = sum(night.published == content_hash for night, content_hash in zip(run, backfilled, strict=True))
    kills, lost = sum(night.kills for night in run), sum(night.lost_rows for night in run)
    renumbered = sum(night.renumbered for night in run)
    click.echo(
        f"nights {len(run)} | kills {kills} | incremental = rebuild {equal}/{len(run)} | "
        f"= backfill {again}/{len(run)} | rows lost {lost} | same records, another customer number {renumbered} | "
        f"reader errors {len(reader.errors)} | {time.monotonic() - began:.0f} s"
    )
    sys.exit(0 if equal == again == len(run) and not lost and not renumbered and not reader.errors else 1)


def _tell(night: Night) -> Night:
    same = "same as its rebuild" if night.published == night.rebuilt else "NOT as its rebuild"
    click.echo(
        f"  {night.day}  {night.published[:12]}  {same}  killed {night.kills} times, {night.lost_rows} rows lost, "
        f"{night.renumbered} customers with their records and another number"
    )
    return night


if __name__ == "__main__":
    main()
