"""``python -m tests.faults``: try every fault, plant every bug, print the score, leave it in faults.json."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import click

from tests.faults.matrix import FAULTS
from tests.faults.mutants import MUTANTS, caught
from tests.faults.registry import HOW_TO_BRING
from tests.faults.score import attempt_all, score_line, write
from tests.faults.states import prepare


@click.command()
@click.option("--only", default="", help="Ids of faults, with commas between them.")
@click.option(
    "--states", "given", type=click.Path(path_type=Path), help="Where finished states are, or are to be kept."
)
@click.option("--out", type=click.Path(path_type=Path), default=Path("faults.json"), show_default=True)
@click.option("--quick", is_flag=True, help="Call the tasks themselves everywhere, without Airflow.")
@click.option("--no-mutants", is_flag=True, help="Plant no bugs.")
def main(only: str, given: Path | None, out: Path, quick: bool, no_mutants: bool) -> None:
    """Break it on purpose, everywhere."""
    began = time.monotonic()
    wanted = [FAULTS[number] for number in only.split(",")] if only else list(FAULTS.values())
    with tempfile.TemporaryDirectory(prefix="faults-") as scratch:
        like = prepare(given or Path(scratch) / "states", full=not quick)
        outcomes = attempt_all([one for one in wanted if not one.lacking], like, Path(scratch), full=not quick)
        mutants = {} if no_mutants else caught(MUTANTS, Path(scratch), like.states)
    for told, is_red in mutants.items():
        click.echo(f"  {'caught' if is_red else 'MISSED'}  {told}")
    left_out = {one.number: ", ".join(map(HOW_TO_BRING.__getitem__, one.lacking)) for one in wanted if one.lacking}
    for number, step in left_out.items():
        click.echo(f"  {number:6} left out. To bring what it needs: {step}")
    write(outcomes, out)
    if mutants:
        click.echo(f"bugs caught {sum(mutants.values())}/{len(mutants)}")
    click.echo(score_line(outcomes, time.monotonic() - began))
    is_whole = not left_out or "CI" not in os.environ
    sys.exit(0 if is_whole and all(one.survived for one in outcomes) and all(mutants.values()) else 1)


if __name__ == "__main__":
    main()
