"""The verbs of whoever cares who is who: `regulars resolve`, `regulars identity`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from regulars.cli_operation import as_json
from regulars.errors import UsageError


@click.command()
@click.argument("file", metavar="FILE.csv", type=click.Path(dir_okay=False))
@click.option("--out", required=True, type=click.Path(dir_okay=False), help="The file to write: key, cluster_id.")
@click.option("--key", help="The column that no two rows share. Without it the first one that fits.")
@click.option(
    "--map", "mapped", multiple=True, metavar="ROLE=COLUMN", help="Say which column is what; none is guessed."
)
@click.option("--without", multiple=True, metavar="ROLE", help="Leave a part of a person unused, as national_id.")
@click.option("--why", type=click.Path(dir_okay=False), help="A file for the reasons: two keys, rule, score, words.")
@click.option("--threshold", type=click.FloatRange(0.01, 0.999999), help="Probability from which two are one person.")
@as_json
def resolve(
    file: str,
    out: str,
    key: str | None,
    mapped: tuple[str, ...],
    without: tuple[str, ...],
    why: str | None,
    threshold: float | None,
    as_json: bool,
) -> None:
    """Group the rows of any table of people into persons, without labels. Rules: conf/identity/people.yml."""
    from regulars.resolve.people_file import resolve_file

    if wrong := [each for each in mapped if "=" not in each]:
        raise UsageError(f"--map {wrong[0]}: there is no '='", next_step="write --map ROLE=COLUMN")
    roles = dict(each.split("=", 1) for each in mapped)
    reasons = Path(why) if why else None
    found = resolve_file(
        Path(file), Path(out), key=key, mapped=roles, without=without, threshold=threshold, why=reasons
    )
    if as_json:
        told = {"records": found.records, "persons": found.persons, "key": found.columns.key}
        click.echo(json.dumps(told | {"roles": found.columns.roles, "left_out": found.compared.left_out}))
        return
    shown = ", ".join(f"{column} as {role}" for role, column in found.columns.roles.items())
    click.echo(f"Columns: {shown}. Key: {found.columns.key}. Otherwise: --map, --key", err=True)
    if not found.compared.blocking:
        click.echo(
            "Too few records to weigh likeness: joined by the rules of conf/identity/people.yml alone.", err=True
        )
    for left_out in found.compared.left_out:
        told_roles = " and ".join(left_out)
        click.echo(f"Not compared for having the same {told_roles} alone: that holds for too many pairs.", err=True)
    click.echo(f"{found.records:,} records are {found.persons:,} persons: {out}")


@click.group()
def identity() -> None:
    """Customers: why two records are one, and what a steward says to it."""


@identity.command("explain")
@click.argument("one", metavar="RECORD_KEY")
@click.argument("other", metavar="RECORD_KEY")
@as_json
def identity_explain(one: str, other: str, as_json: bool) -> None:
    """The way from one record to the other, rule by rule, in the publication in front."""
    from regulars import config, warehouse
    from regulars.resolve.explain import explain

    with warehouse.published(config.home().published_database) as connection:
        told = explain(connection, one, other)
    click.echo(json.dumps(told) if as_json else "\n".join(told))


@identity.command("judge")
@click.argument("one", metavar="RECORD_KEY")
@click.argument("other", metavar="RECORD_KEY")
@click.argument("verdict", type=click.Choice(["same", "not_same", "withdrawn"]))
@click.option("--because", required=True, help="Why, for whoever asks later. No names or addresses, please.")
def identity_judge(one: str, other: str, verdict: str, because: str) -> None:
    """Say that two records are one person, or are not: it is kept, and wins over every rule from the next run on."""
    _judge(one, other, verdict, because)


@identity.command("retract")
@click.argument("one", metavar="RECORD_KEY")
@click.argument("other", metavar="RECORD_KEY")
@click.option("--because", required=True, help="Why, for whoever asks later. No names or addresses, please.")
def identity_retract(one: str, other: str, because: str) -> None:
    """Take a wrong merge back: two records that are one customer, and are not one person."""
    from regulars import config, warehouse
    from regulars.resolve.explain import customer_of

    with warehouse.published(config.home().published_database) as connection:
        customers = [customer_of(connection, key) for key in (one, other)]
    if customers[0] != customers[1]:
        told = f"{one} is customer {customers[0]}, {other} is customer {customers[1]}: there is nothing to take back"
        raise UsageError(told, next_step="to keep them apart whatever comes: regulars identity judge … not_same")
    _judge(one, other, "not_same", because)


def _judge(one: str, other: str, verdict: str, because: str) -> None:
    from regulars import config, warehouse
    from regulars.resolve.explain import customer_of
    from regulars.resolve.judgements import judge

    with warehouse.published(config.home().published_database) as connection:
        for key in (one, other):
            customer_of(connection, key)
    judge(config.home(), one, other, verdict, because)
    click.echo("Kept. Whom it merges or splits: regulars identity preview. It holds from the next regulars run on.")


@identity.command("judgements")
@as_json
def identity_judgements(as_json: bool) -> None:
    """What stewards said of pairs of records, as far as it holds."""
    from regulars import config
    from regulars.resolve.judgements import judgements

    found = judgements(config.home())
    if as_json:
        click.echo(json.dumps([vars(each) for each in found]))
        return
    for each in found:
        click.echo(f"{each.one} and {each.other} are {'one person' if each.is_same else 'not one person'}")
    if not found:
        click.echo("Nobody has judged anything.")


@identity.command("preview")
@as_json
def identity_preview(as_json: bool) -> None:
    """Who would be merged or split by conf/identity and judgements as they are now. Nothing is published."""
    from regulars import config
    from regulars.build.preview import folder_of_preview
    from regulars.in_process import preview_identity
    from regulars.resolve.preview import FILE

    home = config.home()
    preview_identity(home)
    text = (folder_of_preview(home) / FILE).read_text()
    if as_json:
        click.echo(text)
        return
    told = json.loads(text)
    click.echo(f"{told['merged']:,} customers would be merged from several, {told['split']:,} would be split.")
    for name in ("merged", "split"):
        for each in told["examples"][name]:
            click.echo(f"  {name}: customer {each['customer_id']}: {', '.join(each['records'])}")
