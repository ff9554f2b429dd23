"""The verbs `regulars model …`: which versions there are, how they compare, and which one scores."""

from __future__ import annotations

import json
from typing import Any

import click

from regulars import config
from regulars.cli_operation import as_json
from regulars.cli_search import search_model
from regulars.errors import UsageError


@click.group()
def model() -> None:
    """Models: list and compare their versions, promote one, go back to the champion before."""


model.add_command(search_model)


@model.command("list")
@click.argument("name", metavar="[MODEL]", required=False)
@as_json
def list_models(name: str | None, as_json: bool) -> None:
    """Versions of each model, or of one, with their figures, and which one is the champion."""
    from ml.models.spec import load_spec
    from ml.registry.listing import list_versions, listing_text

    rows = list_versions(config.home().models, [load_spec(name).name] if name else [])
    click.echo(json.dumps(rows, default=str) if as_json else listing_text(rows))


@model.command("compare")
@click.argument("name", metavar="[MODEL]", required=False)
@click.argument("version", required=False)
@as_json
def compare_models(name: str | None, version: str | None, as_json: bool) -> None:
    """A version (the latest trained) beside the champion and the baseline, on the same later period."""
    from ml.models.spec import log_names, moment_names, spec_names

    trained = [each for each in [*moment_names(), *log_names()] if _registry(each).versions(each)]
    found = [_compared(_registry(each), each, version) for each in ([name] if name else [*spec_names(), *trained])]
    click.echo(json.dumps([row for row, _ in found]) if as_json else "\n\n".join(text for _, text in found))


def _compared(registry: Any, name: str, version: str | None) -> tuple[dict[str, Any], str]:
    from ml.models.spec import load_spec
    from ml.registry.comparison import comparison_of
    from ml.registry.promotion import verdict
    from ml.registry.wording import comparison_text

    spec = load_spec(name)
    version = version or _latest(registry, name)
    registry.load(name, version)
    comparison, against = comparison_of(registry, spec, version), verdict(registry, spec, version)
    is_champion = (registry.pointer(name) or {}).get("version") == version
    table = comparison_text(name, comparison) if comparison else f"{version} was not compared with anything."
    says = "It is the champion." if is_champion else f"Against it: {'; '.join(against) or 'nothing, it is better'}."
    row = {"model": name, "version": version, "is_champion": is_champion, "against": against, "comparison": comparison}
    return row, f"{name}\n\n{table}\n{says}"


@model.command("promote")
@click.argument("name", metavar="MODEL")
@click.argument("version", required=False)
@click.option("--reason", help="Why it is to score; needed, and recorded, when it is not better.")
@as_json
def promote_model(name: str, version: str | None, reason: str | None, as_json: bool) -> None:
    """Let a version (the latest trained) score from the next night on, if it is better than champion and baseline."""
    from ml.clustering.spec import CLUSTERS
    from ml.models.spec import load_spec
    from ml.registry.promotion import promote_by_hand

    registry = _registry(name)
    if name == CLUSTERS:
        registry.promote(name, version or _latest(registry, name), reason=reason)
    else:
        promote_by_hand(registry, load_spec(name), version or _latest(registry, name), reason)
    _say_champion(registry, name, as_json)


@model.command("rollback")
@click.argument("name", metavar="MODEL")
@click.argument("version", required=False)
@as_json
def rollback_model(name: str, version: str | None, as_json: bool) -> None:
    """Let the champion before, or an earlier one, score again from the next night on."""
    registry = _registry(name)
    registry.rollback(name, version)
    _say_champion(registry, name, as_json)


@model.command("export")
@click.argument("name", metavar="MODEL")
def export_model(name: str) -> None:
    """The champion as one line of JSON, for whoever scores events as they come (a logistic regression only)."""
    from ml.registry.export import exported_champion
    from ml.registry.store import Registry

    click.echo(exported_champion(Registry(config.home().models), name))


@model.command("card")
@click.argument("name", metavar="MODEL")
@click.argument("version", required=False)
@as_json
def show_card(name: str, version: str | None, as_json: bool) -> None:
    """What a version (the champion, else the latest) was made from, and how well it did for whom, as Markdown."""
    from ml.clustering.spec import CLUSTERS
    from ml.registry.card import card_text

    if name == CLUSTERS:
        raise UsageError("Clusters have no card", next_step="`regulars cluster diagnose` says what speaks for them")
    registry = _registry(name)
    champion = registry.pointer(name)
    stored = registry.load(name, version or (champion["version"] if champion else _latest(registry, name)))
    told = {"version": stored.version, "card": stored.card, "quality": stored.quality}
    click.echo(json.dumps(told) if as_json else card_text(stored))


@model.command("imputation")
@as_json
def measure_imputation(as_json: bool) -> None:
    """How well missing features could be filled in, on known values that are hidden, far-off values as they are or
    treated by conf/outliers. No model of ours needs it.
    """
    from dataclasses import asdict

    from ml.datasets.imputation import measure, published_matrix
    from ml.datasets.outliers import load_treatments
    from regulars import contracts, warehouse
    from regulars.sql_prompt import table_text

    with warehouse.published(config.home().published_database) as connection:
        features, matrix = published_matrix(connection, contracts.features())
    found, treated = measure(features, matrix, load_treatments(features))
    if as_json:
        imputed, steps = [asdict(one) for one in found], [asdict(one) for one in treated]
        click.echo(json.dumps({"imputed": imputed, "treated": steps}))
        return
    rows = [(one.feature, f"{one.missing:.1%}", one.hidden, one.method, one.error, one.spread) for one in found]
    names = ["feature", "missing", "hidden", "method", "error", "spread"]
    click.echo(table_text(names, rows) if rows else "No feature lacks a value.")
    if treated:
        done = [(one.feature, one.step, one.rows) for one in treated]
        click.echo(f"\n{table_text(['treated', 'how', 'rows'], done)}")


def _registry(name: str) -> Any:
    """Where versions of ``name`` are kept. Raises UsageError with the nearest name."""
    from ml.learning import registry_of

    return registry_of(config.home().models, name)


def _latest(registry: Any, name: str) -> str:
    versions = registry.versions(name)
    if not versions:
        raise UsageError(
            "No version has been trained yet", where=f"model '{name}'", next_step="run `retrain_models` in Airflow"
        )
    return str(versions[0])


def _say_champion(registry: Any, name: str, as_json: bool) -> None:
    entry = registry.pointer(name)
    click.echo(json.dumps({"model": name, **entry}) if as_json else f"Champion of {name}: {entry['version']}")
