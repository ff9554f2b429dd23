"""The verbs of whoever keeps the data in order: `regulars quarantine`, `regulars sources`, `regulars consent`."""

from __future__ import annotations

import json
from typing import Any

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


@click.group()
def consent() -> None:
    """What people agreed or objected to, as it was recorded."""


@consent.command("verify")
@as_json
def consent_verify(as_json: bool) -> None:
    """Whether the ledger of consents is as it was appended; if not, the first decision that was changed or is gone.

    What is said last is the hash of its last row. Kept elsewhere, it shows later that none was taken off the end.
    """
    from regulars.privacy.consent_ledger import verify_chain

    chain = verify_chain(config.home())
    told = {"decisions": chain.decisions, "head": chain.head}
    click.echo(
        json.dumps(told) if as_json else f"{chain.decisions:,} decisions, the chain is whole. Head: {chain.head}"
    )


@click.command()
@click.argument("name", required=False)
@as_json
def sources(name: str | None, as_json: bool) -> None:
    """The data inventory: what each source promises and delivers, of how many customers it says something, and how
    many of the features champions learned from rest on it. With NAME (source__entity): its columns.
    """
    from ml.registry.listing import learned_features
    from regulars.errors import UsageError, did_you_mean
    from regulars.land.inventory import inventory

    found = inventory(config.home(), config.world(), learned_features(config.home().models))
    known = {f"{row['source']}__{row['entity']}": row for row in found}
    if name is not None and name not in known:
        raise UsageError(f"There is no source entity '{name}'. {did_you_mean(name, known)}")
    if as_json:
        click.echo(json.dumps(known[name] if name else found, default=str))
    else:
        click.echo(_columns_text(known[name]) if name else _inventory_text(found))


def _inventory_text(found: list[dict[str, Any]]) -> str:
    from regulars.sql_prompt import table_text

    names = ["entity", "owner", "needed", "comes", "key", "personal", "last day", "age in hours", "late after"]
    names += ["files", "rows", "rows a day", "complete"]
    lines = [
        (f"{row['source']}__{row['entity']}", row["owner"], "required" if row["is_required"] else "optional")
        + (f"{row['cadence']}, {row['access']}", ", ".join(row["key"]) or "none", "yes" if row["is_personal"] else "no")
        + (row["last_business_date"], row["age_hours"], f"{row['allowed_lateness_hours']} h")
        + (row["deliveries"], row["rows"], row["rows_per_day"], _least_complete(row["columns"]))
        for row in found
    ]
    unfit = [
        f"{row['source']}__{row['entity']}.{column['name']}: {column['unfit']}"
        for row in found
        for column in row["columns"]
        if column["unfit"]
    ]
    told = [table_text(names, lines), "", _relevance_text(found), *_bought_text(found)]
    return "\n".join([*told, *(["", "Not fit for use:", *unfit] if unfit else [])])


def _relevance_text(found: list[dict[str, Any]]) -> str:
    from regulars.sql_prompt import table_text

    lines = [
        (f"{row['source']}__{row['entity']}",)
        + tuple("" if row[name] is None else f"{row[name]:.0%}" for name in ("customer_share", "feature_share"))
        for row in found
    ]
    return table_text(["entity", "of customers", "of the features champions learned from"], lines)


def _bought_text(found: list[dict[str, Any]]) -> list[str]:
    from regulars.sql_prompt import table_text

    lines = [
        (f"{row['source']}__{row['entity']}", bought["provider"], bought["licence"], bought["newest_data_date"])
        + (f"{bought['expires_after_days']} days",)
        + ("" if bought["match_rate"] is None else f"{bought['match_rate']:.1%}",)
        for row in found
        if (bought := row["bought"])
    ]
    names = ["bought", "provider", "licence", "newest data", "expires after", "rows matched"]
    return ["", table_text(names, lines)] if lines else []


def _least_complete(columns: list[dict[str, Any]]) -> str:
    known = [(column["complete"], column["name"]) for column in columns if column["complete"] is not None]
    share, name = min(known, default=(1, ""))
    return "" if not known else "all" if share == 1 else f"{share:.0%} {name} and more"


def _columns_text(row: dict[str, Any]) -> str:
    from regulars.sql_prompt import table_text

    lines = [
        (column["name"], column["type"], "yes" if column["is_required"] else "", "yes" if column["is_personal"] else "")
        + ("" if column["complete"] is None else f"{column['complete']:.2%}", column["unfit"] or "")
        for column in row["columns"]
    ]
    head = f"{row['description']}\nOwner: {row['owner']}. Access: {row['access']}.\n"
    head += "Known values are those of the last delivery with rows."
    return f"{head}\n{table_text(['column', 'type', 'required', 'personal', 'known', 'not fit for use'], lines)}"
