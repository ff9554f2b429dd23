"""A conf that asks for clusters of the small candidate, and that candidate with three kinds of customers planted."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ml.clustering.promotion import weigh
from ml.clustering.registry import ClusterRegistry
from ml.clustering.train import train_clusters
from regulars import config
from tests.ml.synthetic import AS_OF, FEATURES, NOISE, Place, build_candidate, write_conf

SCHEMA = config.CONF / "clusters" / "schema.json"
CLUSTERS = """
features:
  days_since_last_order: {transform: log1p, scale: robust, high: were away longer, low: came lately}
  net_revenue_28d: {transform: log1p, scale: standard, high: spend more, low: spend less}
  noise: {transform: none, scale: min_max, high: are loud, low: are quiet}
clusters: {fewest: 2, most: 4}
at_least: {stability: 0.85, smallest_share: 0.05, later_value: 0.05}
"""
COLUMNS = [*FEATURES, NOISE[0]]
PLANTED = """
update drawn set
    days_since_last_order = case customer_id % 3 when 0 then 1 when 1 then 30 else 300 end + customer_id % 2,
    net_revenue_28d = case customer_id % 3 when 0 then 500 when 1 then 100 else 5 end + abs(noise),
    net_revenue = case customer_id % 3 when 0 then 300 when 1 then 40 else 1 end + abs(noise) + 50 * (loyalty > 0)::int
"""


@pytest.fixture
def cluster_conf(small_conf: Path) -> Path:
    """The file that declares the clusters; a test may change it."""
    return write_clusters(small_conf)


def write_clusters(conf: Path) -> Path:
    """Declare the clusters in ``conf``, by the shipped schema; gives the file."""
    folder = conf / "clusters"
    folder.mkdir()
    (folder / "schema.json").write_text(SCHEMA.read_text())
    (folder / "customers.yml").write_text(CLUSTERS)
    return folder / "customers.yml"


@pytest.fixture
def planted(tmp_path: Path, cluster_conf: Path) -> Place:
    """A candidate of 240 customers of three kinds, and a registry beside it."""
    return Place(build_candidate(tmp_path / "planted", change=PLANTED), tmp_path / "models")


@pytest.fixture(scope="session")
def crowned_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A candidate of the planted kinds and a registry with a champion, made once; whoever changes them copies them."""
    folder = tmp_path_factory.mktemp("crowned")
    (folder / "conf").mkdir()
    write_conf(folder / "conf" / "models")
    write_clusters(folder / "conf")
    place = Place(build_candidate(folder / "candidate", change=PLANTED), folder / "models")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(config, "CONF", folder / "conf")
        version = train_clusters(place.candidate, registry_of(place), AS_OF, "publication", "code", COLUMNS)
        weigh(registry_of(place), version)
    return folder


@pytest.fixture
def crowned(crowned_once: Path, tmp_path: Path) -> Place:
    """A copy of those, which a test may change."""
    for name in ("candidate", "models"):
        shutil.copytree(crowned_once / name, tmp_path / "crowned" / name)
    return Place(tmp_path / "crowned" / "candidate", tmp_path / "crowned" / "models")


def registry_of(place: Place) -> ClusterRegistry:
    """The registry of clusters of a place."""
    return ClusterRegistry(place.models)
