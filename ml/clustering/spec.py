"""What `conf/clusters` says, as typed values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from regulars import config
from regulars.errors import UsageError

CLUSTERS = "clusters"
"""The name clusterings go by where models have theirs: in the registry, in the DAG, on the command line."""


@dataclass(frozen=True)
class FeatureSpec:
    """One column of ``customer_features``: how it is made comparable, and the words for much and for little of it."""

    name: str
    transform: str
    scale: str
    high: str
    low: str


@dataclass(frozen=True)
class ClusterSpec:
    """`conf/clusters/customers.yml`. Shares and indices lie between 0 and 1."""

    features: tuple[FeatureSpec, ...]
    fewest: int
    most: int
    stability_at_least: float
    smallest_share_at_least: float
    later_value_at_least: float


def is_declared() -> bool:
    """Whether this ``conf/`` asks for clusters."""
    return _path().exists()


def load_spec() -> ClusterSpec:
    """Read `conf/clusters/customers.yml`. Raises UsageError with file and line of what is wrong in it."""
    raw = config.load_yaml(_path())
    tried, least = raw["clusters"], raw["at_least"]
    if tried["fewest"] > tried["most"]:
        raise UsageError(
            f"fewest {tried['fewest']} is more than most {tried['most']}",
            where=str(_path()),
            next_step="exchange them",
        )
    return ClusterSpec(
        features=tuple(FeatureSpec(name, **said) for name, said in raw["features"].items()),
        fewest=tried["fewest"],
        most=tried["most"],
        stability_at_least=least["stability"],
        smallest_share_at_least=least["smallest_share"],
        later_value_at_least=least["later_value"],
    )


def _path() -> Path:
    return config.CONF / "clusters" / "customers.yml"
