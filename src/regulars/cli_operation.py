"""The verbs of whoever keeps the data in order: `regulars quarantine`, `regulars sources`."""

from __future__ import annotations

import json

import click

from regulars import config

as_json = click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")


@click.group()
def quarantine() -> None:
    """Rows and files kept apart: list them, look at them, read them again."""


@quarantine.command("list")
@as_json
def quarantine_list(as_json: bool) -> None:
    """How many rows and files are kept apart, by source, entity and reason, oldest first."""
    from regulars.land.quarantine import list_quarantine
    from regulars.sql_prompt import table_text

    found = list_quarantine(config.home())
    if as_json:
        click.echo(json.dumps(found, default=str))
        return
    lines = [
        (row["source"], row["entity"], row["kind"], row["rows"], len(row["contents"]), row["age_days"])
        + (row["contents"][0][:12], row["reason"])
        for row in found
    ]
    names = ["source", "entity", "kind", "rows", "contents", "age in days", "first content", "reason"]
    click.echo(table_text(names, lines) if lines else "Nothing is kept apart.")


@quarantine.command("show")
@click.argument("source")
@click.option("--rows", "most", default=20, show_default=True, help="Show at most so many.")
@as_json
def quarantine_show(source: str, most: int, as_json: bool) -> None:
    """Rows of SOURCE that are kept apart, each with its file, line and reason; personal values are hidden."""
    from regulars.land.quarantine import show_quarantine

    found = show_quarantine(config.home(), config.world(), source, most)
    if as_json:
        click.echo(json.dumps(found))
        return
    for row in found:
        click.echo(f"{row['name']}, line {row['line']}: {row['reason']}\n  {row['row']}")
    click.echo(f"{len(found):,} rows shown" if found else f"No row of '{source}' is kept apart.", err=True)


@quarantine.command("replay")
@click.argument("source")
@click.option("--content", "which", help="Only this content: its sha256, or the first digits of it.")
@click.option("--all", "which", flag_value="all", help="Every content, not only those something was kept apart of.")
@as_json
def quarantine_replay(source: str, which: str | None, as_json: bool) -> None:
    """Read the kept bytes of SOURCE again, after a contract or a claim was mended, and judge them.

    What comes of it is what there would be, had it been mended from the start. The next run builds the night on it.
    """
    from regulars.in_process import read_again
    from regulars.land.quarantine import list_quarantine

    home = config.home()
    config.claim_home(home, config.world_name())

    def kept_apart() -> int:
        return sum(row["rows"] for row in list_quarantine(home) if row["source"] == source)

    before = kept_apart()
    read_again(home, source, which or "quarantined")
    told = {"source": source, "rows_before": before, "rows_after": kept_apart()}
    said = f"Kept apart of {source}: {told['rows_before']:,} rows before, {told['rows_after']:,} now. Next: make run"
    click.echo(json.dumps(told) if as_json else said)
