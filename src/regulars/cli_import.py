"""The verb for exports people have: `regulars import`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from regulars import config
from regulars.errors import UsageError

if TYPE_CHECKING:
    from regulars.imports.bring import Brought
    from regulars.imports.shop import Shop

DEFAULT_NAME = "my_shop"


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--name", help="What the shop is called here; without it the one REGULARS_WORLD names, else my_shop.")
@click.option("--zone", help="Time zone of the shop, such as Europe/Berlin, where the files do not tell it.")
@click.option("--currency", help="Currency of the shop, such as EUR, where the files do not tell it.")
@click.option("--business-date", type=click.DateTime(["%Y-%m-%d"]), help="The day the files are of.")
@click.option(
    "--word", "words", multiple=True, metavar="WORD=MEANING", help="What a state means: placed, cancelled, test."
)
@click.option("--map", "drafts", is_flag=True, help="Write a mapping for a table of no known format, to be finished.")
@click.option("--dry-run", is_flag=True, help="Only say what each file is.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def import_files(
    files: tuple[Path, ...],
    name: str | None,
    zone: str | None,
    currency: str | None,
    business_date: Any,
    words: tuple[str, ...],
    drafts: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Make a shop of FILES that other systems exported, or bring newer ones to it. Then: `regulars run`."""
    from regulars.imports.bring import Asked, bring
    from regulars.imports.draft import write_draft

    if drafts:
        for path in files:
            click.echo(write_draft(path))
        return
    named = config.world_name()
    world = name or (DEFAULT_NAME if named == config.DEFAULT_WORLD else named)
    os.environ["REGULARS_WORLD"] = world
    meant = dict(_pair(word) for word in words)
    asked = Asked(world, zone, currency, business_date.date() if business_date else None, meant)
    shop, brought = bring(files, asked, write=not dry_run)
    if as_json:
        click.echo(json.dumps({"world": world, "files": [_told(one) for one in brought]}, default=str))
        return
    shown: set[str] = set()
    for one in brought:
        place = f"in the inbox: {one.place}" if one.place else "nothing new to bring"
        told = _lines(one, is_first=one.match.format.name not in shown)
        click.echo("\n".join([*told, *([] if dry_run else [f"  {place}"]), ""]))
        shown.add(one.match.format.name)
    click.echo(_next(shop, dry_run))


def _pair(word: str) -> tuple[str, str]:
    said, _, meant = word.rpartition("=")
    if not said or meant not in ("placed", "cancelled", "test"):
        raise UsageError(
            f"'{word}' does not say what a state means", next_step="write WORD=placed, =cancelled or =test"
        )
    return said, meant


def _told(one: Brought) -> dict[str, Any]:
    return {
        "file": str(one.path),
        "format": one.match.format.name,
        "score": round(one.match.score, 3),
        "why": one.match.why,
        "rows": one.facts.rows,
        "business_date": one.business_date,
        "mapping": one.match.mapping,
        "warnings": one.warnings,
        "place": one.place,
    }


def _lines(one: Brought, *, is_first: bool) -> list[str]:
    """What a person is told of a file; of several of one format only the first one's rows are shown."""
    facts, match = one.facts, one.match
    what = {"export__order_row": "orders", "export__event": "events"}.get(match.format.kind, "contacts")
    span = f", {facts.first:%Y-%m-%d} to {facts.last:%Y-%m-%d} (UTC)" if facts.first and facts.last else ""
    answers = [
        f"{name.replace('_', ' ')}: {', '.join(f'{word} {rows:,}' for word, rows in said.most_common(3))}"
        for name, said in facts.answers.items()
        if said
    ]
    return [
        f"{one.path.name}: {match.format.title}, score {match.score:.2f} ({match.why})",
        *([_preview(one)] if is_first else []),
        f"  {facts.rows:,} rows, {facts.keys or facts.rows:,} {what}{span}; business date {one.business_date}",
        *(f"  {line}" for line in answers),
        *(f"  note: {warning}" for warning in one.warnings if is_first or warning not in match.format.notes),
    ]


def _preview(one: Brought) -> str:
    from regulars.imports.bring import preview
    from regulars.sql_prompt import table_text

    columns, lines = preview(one)
    labels = [one.match.mapping.get(name, "(said by the format)") for name in columns]
    heads = ["column", "label", *(f"row {turn}" for turn in range(1, len(lines) + 1))]
    return table_text(heads, list(zip(columns, labels, *lines, strict=True)), counted=False)


def _next(shop: Shop, dry_run: bool) -> str:
    if dry_run:
        return "Nothing was written."
    place = f"REGULARS_HOME={config.home().root} " if "REGULARS_HOME" in os.environ else ""
    return (
        f"The shop '{shop.name}': days of {shop.zone}, {shop.currency}, until {shop.last}.\n"
        f"Next: {place}REGULARS_WORLD={shop.name} regulars run"
    )
