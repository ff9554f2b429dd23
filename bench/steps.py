"""The steps of a night that are measured, each on a home of the simulated shop."""

from __future__ import annotations

import json
import shutil
from datetime import date, timedelta
from pathlib import Path

from regulars import config, warehouse
from regulars.build.candidate import lay_out, night_origin
from regulars.build.layers import build_layer
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
    summary = land_source(config.home(), shop_world(), source)
    return sum(entity["read_rows"] for entity in summary["entities"].values())


def gate_sources() -> None:
    """Let each source pass its gate."""
    for source in SOURCES:
        gate_landed(config.home(), shop_world(), source)


def build(folder: Path, night: date, whole: bool) -> int:
    """Lay out a candidate and build its facts, with dbt; gives the number of models."""
    home, world = config.home(), shop_world()
    lay_out(folder, home, world, night, [night_origin(world, night)], whole=whole)
    models = build_layer(folder, "stage")["models"]
    resolve_customers(folder, home, world)
    return models + build_layer(folder, "profile")["models"]


def bare(folder: Path, night: date) -> None:
    """The same SQL without dbt: what it compiled, in its order, on a candidate laid out before."""
    home, world = config.home(), shop_world()
    lay_out(folder, home, world, night, [night_origin(world, night)])
    manifest = json.loads((home.root / "dbt" / "manifest.json").read_text())["nodes"]
    compiled = home.root / "dbt" / "compiled" / "regulars"
    for tags in (("stage",), ("profile", "features")):
        with warehouse.candidate(folder) as connection:
            connection.execute(
                "create schema if not exists work.staging; create schema if not exists work.intermediate"
            )
            for node in _in_order(manifest, tags):
                if node["resource_type"] == "seed":
                    seed = config.PROJECT / "dbt_project" / node["original_file_path"]
                    connection.execute(
                        f"create table {node['database']}.{node['schema']}.{node['name']} as "
                        f"select * from read_csv({warehouse.quoted(seed)}, header = true, all_varchar = true)"
                    )
                    continue
                kind = "view" if node["config"]["materialized"] == "view" else "table"
                place = f"{node['database']}.{node['schema']}.{node['name']}"
                connection.execute(f"create {kind} {place} as {(compiled / node['original_file_path']).read_text()}")
        if tags == ("stage",):
            resolve_customers(folder, home, world)


def _in_order(manifest: dict, tags: tuple[str, ...]) -> list[dict]:
    wanted = {
        name: node
        for name, node in manifest.items()
        if node["resource_type"] in ("model", "seed") and set(node["tags"]) & set(tags)
    }
    ordered: list[dict] = []
    placed: set[str] = set()
    while len(placed) < len(wanted):
        for name, node in sorted(wanted.items()):
            if name not in placed and all(
                before in placed or before not in wanted for before in node["depends_on"].get("nodes", ())
            ):
                ordered.append(node)
                placed.add(name)
    return ordered


def gate_profile(folder: Path) -> None:
    """Let the profile pass its gate."""
    gate_candidate(folder, "profile")


def become_publication(folder: Path, home: Home) -> None:
    """Let the next night start from ``folder``."""
    home.publications.mkdir(exist_ok=True)
    shutil.move(folder, home.publications / folder.name)


def hand_tuned() -> int:
    """What somebody would write by hand for sessions, days and RFM alone; gives the number of sessions."""
    landed = str(config.home().landed)
    text = (config.PROJECT / "bench" / "hand_tuned.sql").read_text().replace("{landed}", landed)
    with warehouse.memory() as connection:
        connection.execute("set preserve_insertion_order = false")
        connection.execute(text)
        (sessions,) = connection.execute("select sum(sessions) from sessions").fetchone() or (0,)
    return int(sessions)
