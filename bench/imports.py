"""``python -m bench.imports``: from export files of a simulated shop to a published segment table, beside the truth."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

import click
import pyarrow as pa
import pyarrow.csv as pa_csv

from regulars import config, warehouse
from regulars.demo.simulate import Shop
from regulars.demo.simulate.drops import plan_of
from regulars.demo.simulate.event_export_sql import EVENT_FORMATS
from regulars.demo.simulate.export_sql import FORMATS, WITHOUT_ORDERS
from regulars.demo.simulate.exports import Told, export
from regulars.demo.simulate.shop import Calendar
from regulars.demo.simulate.truth import labels
from regulars.resolve.accuracy import accuracy

_POLL_SECONDS = 0.1
_SUMS = """
select
    (select count(*) from fct_order), (select coalesce(sum(net_revenue), 0) from fct_order),
    (select coalesce(sum(amount), 0) from fct_refund), (select count(*) from segment_membership),
    (select count(*) from dim_customer), (select count(*) from fct_session),
    (select count(distinct (source, record_key)) from bridge_customer_identifier),
    (select count(*) from fct_consent where purpose = 'marketing' and channel = 'email' and decision = 'deny')
"""


@click.command()
@click.option("--customers", default=50_000, show_default=True)
@click.option("--days", default=365, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--formats", default=",".join(FORMATS), show_default=True)
@click.option(
    "--to-the-end", is_flag=True, help="Let the run go on after the first publication: it trains, and scores."
)
def main(customers: int, days: int, seed: int, formats: str, to_the_end: bool) -> None:
    """Import and run each format in a home of its own; print seconds to the first publication, each figure twice."""
    for name in formats.split(","):
        with tempfile.TemporaryDirectory(prefix="bench-imports-") as scratch:
            _measure(Path(scratch), name, Shop(customers, seed), days, to_the_end)


def _measure(scratch: Path, name: str, shop: Shop, days: int, to_the_end: bool) -> None:
    told = export(scratch / "exports", config.world("shop"), shop, days, name)
    shutil.copytree(config.CONF, scratch / "conf")
    home = scratch / "home"
    os.environ |= {"REGULARS_CONF": str(scratch / "conf"), "REGULARS_HOME": str(home), "REGULARS_WORLD": "bench"}
    zone, currency = config.world("shop").business_zone, config.world("shop").reporting_currency
    files = sorted(map(str, (scratch / "exports" / name).iterdir()))
    began = time.monotonic()
    _ended(_start("import", *files, "--zone", zone, "--currency", currency))
    imported = time.monotonic() - began
    run = _start("run")
    while run.poll() is None and not (home / "published").exists():
        time.sleep(_POLL_SECONDS)
    cpu, published = _cpu_seconds(run.pid), time.monotonic() - began
    if not to_the_end:
        # The first publication is there; what comes after is training, and the night once more with scores. Asked to
        # end, a run would finish the model it is at.
        run.kill()
        run.wait()
    else:
        _ended(run)
    click.echo(
        f"{name}: {imported:.1f} s to import, {published:.1f} s to the first publication ({cpu:.1f} CPU s of the run)"
        + (f", {time.monotonic() - began:.1f} s to the end" if to_the_end else "")
    )
    _compare(home, name, told)
    if name not in EVENT_FORMATS:
        _tell_joined(home, shop)


def _tell_joined(home: Path, shop: Shop) -> None:
    """Print how well contacts were joined; an order is no labelled record, but what it joins wrongly counts."""
    world = config.world("shop")
    said = labels(plan_of(shop, Calendar(world.alive_from, world.business_zone)))
    as_text = pa_csv.ConvertOptions(column_types={"record_key": pa.string()})
    with warehouse.published(home / "published" / "regulars.duckdb") as connection:
        connection.register("label", pa_csv.read_csv(io.BytesIO(said.encode()), convert_options=as_text))
        joined = accuracy(
            connection,
            "(select customer_id as cluster_id, person as person_id from (select distinct customer_id, "
            "split_part(record_key, ':', 2) as number from bridge_customer_identifier) as record "
            "join label on label.record_key = number)",
        )
    shares = ((what, share) for what in ("precision", "recall") if (share := getattr(joined, what)) is not None)
    click.echo("  " + " · ".join(f"{what} of contacts joined {share:.4f}" for what, share in shares))


def _compare(home: Path, name: str, told: Told) -> None:
    with warehouse.published(home / "published" / "regulars.duckdb") as connection:
        orders, revenue, refunds, members, customers, sessions, records, refusals = (
            connection.execute(_SUMS).fetchone() or (0,) * 8
        )
    pairs: list[tuple[str, Decimal | int, Decimal | int]] = [
        ("orders", orders, told.orders),
        ("revenue before refunds", revenue, told.revenue),
        ("refunds", refunds, told.refunds),
        *([("sessions", sessions, told.sessions)] if told.sessions is not None else []),
    ]
    if name in WITHOUT_ORDERS:
        pairs = [("contacts", records, told.contacts), ("refusals of e-mail", refusals, told.refusals)]
    # A plain table says nothing of what was paid back; Mailchimp lists those alone who have an address and answered.
    untold = {"transactions": {"refunds"}, "mailchimp": {"contacts", "refusals of e-mail"}}.get(name, set())
    for what, ours, truth in (pair for pair in pairs if pair[0] not in untold):
        click.echo(f"  {what}: {ours:,} · truth {truth:,} · {'equal' if ours == truth else 'DIFFERS'}")
    click.echo(f"  {customers:,} customers, {members:,} memberships")


def _start(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "regulars.cli", "-q", *arguments], stdout=subprocess.DEVNULL)


def _ended(process: subprocess.Popen[bytes]) -> None:
    if process.wait():
        raise click.ClickException(f"{process.args!r} ended with {process.returncode}")


def _cpu_seconds(pid: int) -> float:
    """Of a process and of those of its own that have ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except FileNotFoundError:
        return float("nan")
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
