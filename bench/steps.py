"""The steps of a night that are measured, each on a home of the simulated shop."""

from __future__ import annotations

import gzip
import json
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from ml.datasets.origins import origins_of
from ml.models.spec import load_spec, spec_names
from ml.models.train import train as fit
from ml.registry.store import Registry
from regulars import config, contracts, warehouse
from regulars.build.candidate import lay_out, night_origin
from regulars.build.layers import build_layer
from regulars.build.training import build_frames
from regulars.config import Home, World
from regulars.demo.simulate import Shop, simulate_days
from regulars.land.landing import land_source
from regulars.quality.gate import gate_candidate, gate_landed
from regulars.resolve.registry import resolve_customers

SOURCES = ("crm", "transactions", "web")


def shop_world() -> World:
    """The simulated shop, its last day that of the home of this process."""
    return config.world("shop")


def first_day() -> date:
    """The first business date of the shop."""
    return shop_world().alive_from


def simulate(shop: Shop, first: int, last: int) -> int:
    """Lay out the days numbered ``first`` to ``last``; gives how many files were written."""
    days = [first_day() + timedelta(days=number) for number in range(first, last + 1)]
    return simulate_days(config.home(), shop_world(), shop, days)


def land(source: str) -> int:
    """Land ``source``; gives the rows read."""
    return land_in(config.home(), source)


def land_in(home: Home, source: str) -> int:
    """Land ``source`` of ``home``; gives the rows read."""
    summary = land_source(home, shop_world(), source)
    return sum(entity["read_rows"] for entity in summary["entities"].values())


def as_one_file(into: Home, source: str, entity: str, rows: int) -> None:
    """Lay out, in the inbox of ``into``, the first daily files of an entity as one file of at least ``rows`` rows."""
    daily, written = sorted((config.home().inbox / source).glob(f"{entity}_2*.gz")), 0
    folder = into.inbox / source
    folder.mkdir(parents=True)
    with gzip.open(folder / "all", "wb", compresslevel=6) as file:
        for path in daily:
            lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
            file.writelines(lines[1:] if ".csv" in path.name and written else lines)
            written += len(lines)
            if written >= rows:
                break
    # It is the delivery of its last day: what happened after a delivery is refused.
    (folder / "all").rename(folder / path.name)


def gate(source: str) -> None:
    """Let ``source`` pass its gate."""
    gate_landed(config.home(), shop_world(), source)


def build(folder: Path, night: date, whole: bool) -> int:
    """Lay out a candidate and build its facts, with dbt; gives the number of models."""
    home, world = config.home(), shop_world()
    lay_out(folder, home, world, night, [night_origin(world, night)], whole=whole)
    models = build_layer(folder, "stage")["models"]
    resolve_customers(folder, home, world)
    return models + build_layer(folder, "profile")["models"]


def bare(folder: Path, night: date, wanted: tuple[str, ...] = ()) -> int:
    """The same SQL without dbt: what it compiled, in its order, on a candidate laid out before; of the models
    ``wanted`` and all they need, or of every one. Gives how many there were.
    """
    home, world = config.home(), shop_world()
    lay_out(folder, home, world, night, [night_origin(world, night)])
    nodes = json.loads((home.root / "dbt" / "manifest.json").read_text())["nodes"]
    needed = _needed(nodes, wanted)
    for tags in (("stage",), ("profile", "features")):
        with warehouse.candidate(folder) as connection:
            connection.execute("set preserve_insertion_order = false")
            connection.execute(
                "create schema if not exists work.staging; create schema if not exists work.intermediate"
            )
            for node in _in_order({name: nodes[name] for name in needed}, tags):
                connection.execute(_create(node, home))
        if tags == ("stage",):
            resolve_customers(folder, home, world)
    return len(needed)


def _create(node: dict[str, Any], home: Home) -> str:
    place = f"{node['database']}.{node['schema']}.{node['name']}"
    if node["resource_type"] == "seed":
        seed = warehouse.quoted(config.PROJECT / "dbt_project" / node["original_file_path"])
        return f"create table {place} as select * from read_csv({seed}, header = true, all_varchar = true)"
    kind = "view" if node["config"]["materialized"] == "view" else "table"
    compiled = home.root / "dbt" / "compiled" / "regulars" / node["original_file_path"]
    return f"create {kind} {place} as {compiled.read_text()}"


def _needed(nodes: dict[str, Any], wanted: tuple[str, ...]) -> list[str]:
    built = {name for name, node in nodes.items() if node["resource_type"] in ("model", "seed")}
    # Resolving customers reads models of identity that no model of facts names.
    found = {name for name in built if not wanted or nodes[name]["name"] in wanted or "identity" in nodes[name]["fqn"]}
    waiting = list(found)
    while waiting:
        parents = set(nodes[waiting.pop()]["depends_on"].get("nodes", ())) & built - found
        found |= parents
        waiting += parents
    return sorted(found)


def _in_order(nodes: dict[str, Any], tags: tuple[str, ...]) -> list[dict[str, Any]]:
    waiting = {name: node for name, node in nodes.items() if set(node["tags"]) & set(tags)}
    ordered: list[dict[str, Any]] = []
    while waiting:
        ready = [name for name, node in waiting.items() if not set(node["depends_on"].get("nodes", ())) & set(waiting)]
        ordered += [waiting.pop(name) for name in ready]
    return ordered


def gate_profile(folder: Path) -> None:
    """Let the profile pass its gate."""
    gate_candidate(folder, "profile")


def become_publication(folder: Path, home: Home, night: date) -> None:
    """Let the next night start from ``folder``, and training read it."""
    with warehouse.candidate(folder) as connection:
        connection.execute("create table regulars.marts.publication as select ?::date as business_date", [night])
    home.publications.mkdir(exist_ok=True)
    shutil.move(folder, home.publications / folder.name)
    home.published.symlink_to(home.publications / folder.name)


def train(night: date) -> int:
    """Build frames on the publication of ``night`` and make a champion of every model; gives how many there are."""
    home, world = config.home(), shop_world()
    registry, specs = Registry(home.models), [load_spec(name) for name in spec_names()]
    origins = origins_of(specs, night + timedelta(days=1), world.alive_from, world.business_zone)
    frames = build_frames(home, world, origins)
    for spec in specs:
        version = fit(spec.name, frames, registry, world.as_of(night), home.in_front, "bench", contracts.features())
        registry.promote(spec.name, version, reason="bench")
    return len(specs)
