"""``python -m tests.faults``: try every fault, plant every bug, print the score, leave it in faults.json."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import click

from tests.faults import shop
from tests.faults.matrix import FAULTS
from tests.faults.mutants import MUTANTS, caught
from tests.faults.score import attempt_all, score_line, write
from tests.faults.states import make_states, settle_environment


@click.command()
@click.option("--only", default="", help="Ids of faults, with commas between them.")
@click.option("--states", "given", type=click.Path(path_type=Path), help="Where finished states are, or are to be kept.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("faults.json"), show_default=True)
@click.option("--no-mutants", is_flag=True, help="Plant no bugs.")
def main(only: str, given: Path | None, out: Path, no_mutants: bool) -> None:
    """Break it on purpose, everywhere."""
    began = time.monotonic()
    wanted = [FAULTS[number] for number in only.split(",")] if only else list(FAULTS.values())
    with tempfile.TemporaryDirectory(prefix="faults-") as scratch:
        folder = Path(scratch)
        conf = given or folder / "given"
        settle_environment(conf)
        if not (conf / "conf").exists():
            shop.lay_out_conf(conf / "conf")
        golden = make_states(conf / "states")
        outcomes = attempt_all(wanted, folder, conf / "states", golden)
        mutants = {} if no_mutants else caught(MUTANTS, folder, conf)
    for told, is_red in mutants.items():
        click.echo(f"  {'caught' if is_red else 'MISSED'}  {told}")
    write(outcomes, out)
    if mutants:
        click.echo(f"bugs caught {sum(mutants.values())}/{len(mutants)}")
    click.echo(score_line(outcomes, time.monotonic() - began))
    sys.exit(0 if all(one.survived for one in outcomes) and all(mutants.values()) else 1)


if __name__ == "__main__":
    main()
