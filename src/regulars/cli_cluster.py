"""The verbs `regulars cluster …`: which clusters there are, and what speaks for them and against their rivals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from regulars import config, warehouse
from regulars.cli_operation import as_json

_LIST = """
select cluster_id, name, customers, share, share_when_found, later_net_revenue, description
from cluster
order by cluster_id
"""
_TRIALS = """
select algorithm, clusters, setting, silhouette, dunn, stability, smallest_share, noise_share, later_value,
    is_chosen, reason
from cluster_trial
order by list_position(['k_means', 'k_means_raw', 'ward', 'dbscan', 'hdbscan', 'none'], algorithm), clusters
"""


@click.group()
def cluster() -> None:
    """Clusters found in the data: list them, and see why these and not others."""


@cluster.command("list")
@as_json
def list_clusters(as_json: bool) -> None:
    """The clusters in use, with their customers, share and later value."""
    _show(_LIST, as_json, "No clusters are in use; `regulars cluster diagnose` says why.")


@cluster.command("diagnose")
@click.option("--plots", type=click.Path(file_okay=False, path_type=Path), help="Folder for the charts: PNG and Vega.")
@as_json
def diagnose(plots: Path | None, as_json: bool) -> None:
    """Every number of clusters tried, features as they are, and the rivals, with what each comes to."""
    _show(_TRIALS, as_json, "Nothing has been tried yet.")
    if plots:
        from regulars.report.pictures import write_pictures

        written = write_pictures(config.home().published / "report.html", plots, "cluster-")
        if not as_json:
            click.echo(f"\n{len(written)} charts, each as PNG and Vega specification: {plots}")


def _show(query: str, as_json: bool, nothing: str) -> None:
    from regulars.sql_prompt import table_text

    with warehouse.published(config.home().published_database) as connection:
        cursor = connection.execute(query)
        names = [column[0] for column in cursor.description or []]
        rows = cursor.fetchall()
    if as_json:
        click.echo(json.dumps([dict(zip(names, row, strict=True)) for row in rows], default=str))
        return
    click.echo(table_text(names, [tuple(map(_short, row)) for row in rows]) if rows else nothing)


def _short(value: Any) -> Any:
    return round(value, 4) if isinstance(value, float) else value
