"""The command `regulars`: few verbs, errors in words.

Exit codes: 0 ok, 1 error, 2 usage, 3 data held, 4 needs approval.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import date
from typing import Any, NoReturn

import click

import regulars
from regulars import airflow_home, config, logs
from regulars.cli_cluster import cluster
from regulars.cli_forecast import backtest
from regulars.cli_identity import identity, resolve
from regulars.cli_import import import_files
from regulars.cli_model import model
from regulars.cli_operation import as_json, consent, quarantine, sources
from regulars.errors import RegularsError, UsageError, machine_trouble

DATE = click.DateTime(formats=["%Y-%m-%d"])
SIMULATED_WORLD = "shop"


SECTIONS = {
    "Every day": ("run", "status", "sql", "segment", "model", "cluster", "backtest", "resolve", "demo", "doctor"),
    "Operation": ("sources", "quarantine", "identity", "consent", "rollback", "publish", "airflow"),
}


class Verbs(click.Group):
    """Says errors in words and ends with their exit code."""

    def main(self, *arguments: Any, **named: Any) -> Any:
        try:
            outcome = super().main(*arguments, **{**named, "standalone_mode": False})
        except RegularsError as error:
            _say_error(str(error), error.exit_code)
        except click.exceptions.Abort:
            _say_error("Stopped", 1)
        except click.ClickException as error:
            error.show()
            sys.exit(2)
        except Exception as error:
            if (trouble := machine_trouble(error)) is None:
                raise
            _say_error(str(trouble), trouble.exit_code)
        _leave(outcome if isinstance(outcome, int) else 0)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """The verbs in the order people meet them, everyday ones first."""
        for title, names in SECTIONS.items():
            with formatter.section(title):
                verbs = [(name, self.get_command(context, name)) for name in names]
                formatter.write_dl([(name, verb.get_short_help_str(90)) for name, verb in verbs if verb])


def _leave(exit_code: int) -> NoReturn:
    """End the process. Once duckdb-engine is loaded, its bindings print a page about leaks at an ordinary exit."""
    sys.stdout.flush()
    sys.stderr.flush()
    if "duckdb_engine" in sys.modules:
        os._exit(exit_code)
    sys.exit(exit_code)


def _say_error(text: str, exit_code: int) -> NoReturn:
    if _wants_json():
        click.echo(json.dumps({"error": text, "exit_code": exit_code}))
    else:
        click.echo(f"Error: {text}", err=True)
    _leave(exit_code)


def _wants_json() -> bool:
    context = click.get_current_context(silent=True)
    return "--json" in sys.argv or bool(context and context.params.get("as_json"))


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(regulars.__version__)
@click.option("-q", "--quiet", is_flag=True, help="Say only errors.")
@click.option("-v", "--verbose", is_flag=True, help="Say what is being done.")
def main(quiet: bool, verbose: bool) -> None:
    """Customer segmentation from extracts to scored segments. Start: `regulars demo extract`, then `regulars run`."""
    if quiet or verbose:
        os.environ[logs.LEVEL_VARIABLE] = "ERROR" if quiet else "INFO"
    if not quiet:
        os.environ.setdefault(logs.PROGRESS_VARIABLE, "1")
    logs.set_up()


@main.command()
@click.option("--business-date", type=DATE, help="The night to run; without it the last one of the world.")
@click.option("--full-rebuild", is_flag=True, help="Run although nothing has changed.")
@as_json
def run(business_date: Any, full_rebuild: bool, as_json: bool) -> None:
    """Land what is in the inbox and run the night, through the real DAGs."""
    from regulars.build.inputs import built, has_unclaimed_files
    from regulars.in_process import lacks_training, run_night
    from regulars.publish.night import settle

    home, world = config.home(), config.world()
    config.claim_home(home, world.name)
    night: date = business_date.date() if business_date else world.last_business_date
    is_new = has_unclaimed_files(home) or not built(home, world, night) or lacks_training(home)
    if not is_new and not full_rebuild:
        settle(home)
        click.echo("Nothing changed since this was published.", err=as_json)
    else:
        run_night(home, night, full_rebuild=full_rebuild)
    _summary(as_json)


def _summary(as_json: bool) -> None:
    from regulars import warehouse
    from regulars.report.summary import summary_lines

    home, world = config.home(), config.world()
    with warehouse.published(home.published_database) as connection:
        lines = summary_lines(connection, world)
    if as_json:
        click.echo(json.dumps({"publication": home.in_front, "summary": lines}, ensure_ascii=False))
        return
    click.echo("\n".join(["", *lines, "", *_next_commands()]))


def _next_commands() -> list[str]:
    prefix = "" if config.world_name() == config.DEFAULT_WORLD else f"WORLD={config.world_name()} "
    report = config.home().published / "report.html"
    return [f"Report:  {report}", f"SQL:     make sql {prefix}".rstrip(), f"Airflow: make airflow {prefix}".rstrip()]


@main.command()
@as_json
def status(as_json: bool) -> None:
    """What readers see, how old it is, and who is at work."""
    from regulars.publish.status import status_lines, status_of

    state = status_of(config.home(), config.world())
    click.echo(json.dumps(state, default=str) if as_json else "\n".join(status_lines(state)))


@main.command()
@click.option("-c", "--command", "query", help="One query, then end.")
@click.option("--format", "shape", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True)
def sql(query: str | None, shape: str) -> None:
    """Query the published marts, read-only. Without -c: tables, saved queries, then a prompt."""
    from regulars.sql_prompt import answer, prompt

    database = config.home().published_database
    answer(database, query, shape) if query else prompt(database)


@main.command()
@click.argument("publication", required=False)
def rollback(publication: str | None) -> None:
    """Go back to the publication before the one in front, or to the one named."""
    from regulars.publish.swap import rollback as go_back

    click.echo(f"In front now: {go_back(config.home(), publication)}")


@main.command()
@click.option("--as-of", "business_date", type=DATE, required=True, help="The night whose publication to put in front.")
def publish(business_date: Any) -> None:
    """Put the publication of an earlier night in front, on purpose."""
    from regulars.publish.swap import publications_of
    from regulars.publish.swap import rollback as go_back

    names = publications_of(config.home(), business_date.date())
    if not names:
        raise UsageError(f"There is no publication of {business_date.date()}", where=str(config.home().publications))
    click.echo(f"In front now: {go_back(config.home(), names[0])}")


@main.group()
def segment() -> None:
    """Segments: list them, export one as CSV."""


@segment.command("list")
@as_json
def segment_list(as_json: bool) -> None:
    """Every segment with its rule, size and revenue."""
    from regulars import warehouse
    from regulars.activate.export import list_segments
    from regulars.sql_prompt import table_text

    with warehouse.published(config.home().published_database) as connection:
        rows = list_segments(connection)
    if as_json:
        click.echo(json.dumps([row._asdict() for row in rows], default=str))
    else:
        shown = [(row.segment_id, row.customers, row.net_revenue_365d, row.rule) for row in rows]
        click.echo(table_text(["segment", "customers", "net revenue 365d", "rule"], shown))


@segment.command("export")
@click.argument("segment_id")
@click.option(
    "--out", type=click.Path(dir_okay=False), help="The file to write; without it the CSV goes to the screen."
)
def segment_export(segment_id: str, out: str | None) -> None:
    """The members of one segment as CSV."""
    from pathlib import Path

    from regulars import warehouse
    from regulars.activate.export import export_segment

    with warehouse.published(config.home().published_database) as connection:
        written = export_segment(connection, segment_id, Path(out) if out else None)
    click.echo(f"{written:,} customers", err=True)


@main.group()
def demo() -> None:
    """Data to try it with: published data sets, or a simulated shop, as source systems would drop them."""


@demo.command("extract")
def demo_extract() -> None:
    """Write the extracts of the world into the inbox. A second call changes nothing."""
    from regulars.demo.extract import extract

    home, world = config.home(), config.world()
    config.claim_home(home, world.name)
    extract(world, home, progress=logs.tell_progress)


@demo.command("simulate")
@click.option("--customers", type=click.IntRange(1, 10_000_000), default=2_000, show_default=True)
@click.option("--days", type=click.IntRange(1), default=365, show_default=True, help="From the first day on.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Another seed, another shop.")
@click.option("--format", "shape", help="Write it as export files of another system instead: shopify, hubspot, …")
@click.option("--out", type=click.Path(file_okay=False), default="exports", show_default=True, help="Where to.")
def demo_simulate(customers: int, days: int, seed: int, shape: str | None, out: str) -> None:
    """Lay the days of a simulated shop into the inbox. More days may follow; a second call changes nothing."""
    if shape:
        _simulate_exports(customers, days, seed, shape, out)
        return
    from regulars.demo.simulate import Shop, simulate

    os.environ.setdefault("REGULARS_WORLD", SIMULATED_WORLD)
    home, world = config.home(), config.world()
    simulate(home, world, Shop(customers, seed), days, progress=logs.tell_progress)
    click.echo(f"{world.heading}: {home.inbox}\nNext: REGULARS_WORLD={world.name} regulars run", err=True)


def _simulate_exports(customers: int, days: int, seed: int, shape: str, out: str) -> None:
    from pathlib import Path

    from regulars.demo.simulate import Shop
    from regulars.demo.simulate.exports import export

    told = export(Path(out), config.world(SIMULATED_WORLD), Shop(customers, seed), days, shape)
    files = " ".join(str(path) for path in sorted((Path(out) / shape).iterdir()))
    click.echo(f"{told.orders:,} orders that count, {told.revenue:,} less refunds of {told.refunds:,}", err=True)
    click.echo(f"Next: regulars import {files}", err=True)


@main.command()
@as_json
def doctor(as_json: bool) -> None:
    """Check that this machine and this home can run a night."""
    from regulars.doctor import check, findings_text

    findings = check(config.home(), config.world())
    click.echo(json.dumps(findings) if as_json else findings_text(findings))
    if not all(finding["ok"] for finding in findings):
        sys.exit(1)


@main.command()
@click.option("--port", default=8080, show_default=True)
@click.option("--component", type=click.Choice(airflow_home.COMPONENTS), help="One part alone, for a deployment.")
def airflow(port: int, component: str | None) -> None:
    """Start the Airflow UI on loopback with our DAGs."""
    if component:
        airflow_home.serve_component(config.home(), port, component)
    else:
        airflow_home.serve(config.home(), port)


for verb in (model, cluster, backtest, quarantine, resolve, identity, consent, sources, import_files):
    main.add_command(verb)

if __name__ == "__main__":
    main()
