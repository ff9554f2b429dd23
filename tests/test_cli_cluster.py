"""The verbs `regulars cluster …` on published data: what they print is what was measured, and shows what it claims."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import regulars


@pytest.fixture(scope="module")
def tried(published_home: Path) -> list[dict[str, Any]]:
    outcome = regulars("cluster", "diagnose", "--json", home=published_home)
    assert outcome.returncode == 0, outcome.stderr
    return json.loads(outcome.stdout)


def of(tried: list[dict[str, Any]], algorithm: str) -> dict[int, dict[str, Any]]:
    return {row["clusters"]: row for row in tried if row["algorithm"] == algorithm}


def test_the_chosen_number_passes_and_is_not_the_one_silhouette_would_take(tried: list[dict[str, Any]]) -> None:
    found = of(tried, "k_means")
    assert sorted(found) == list(range(2, 11))
    (chosen,) = [row for row in found.values() if row["is_chosen"]]
    assert chosen["stability"] >= 0.85 and chosen["smallest_share"] >= 0.03 and chosen["later_value"] >= 0.05
    assert max(found, key=lambda number: found[number]["silhouette"]) != chosen["clusters"]


def test_features_as_they_are_please_silhouette_by_clusters_of_a_customer_or_two(tried: list[dict[str, Any]]) -> None:
    declared, raw = of(tried, "k_means"), of(tried, "k_means_raw")
    assert all(raw[number]["silhouette"] > 1.5 * declared[number]["silhouette"] for number in declared)
    assert all(raw[number]["smallest_share"] < 0.002 for number in range(6, 11))
    assert all(declared[number]["smallest_share"] > 0.02 for number in declared)


def test_the_rivals_stand_beside(tried: list[dict[str, Any]]) -> None:
    assert len(of(tried, "ward")) == 9
    (dbscan,) = of(tried, "dbscan").values()
    (hdbscan,) = of(tried, "hdbscan").values()
    assert dbscan["setting"].startswith("eps ") and 0 <= dbscan["noise_share"] <= 1
    assert hdbscan["setting"].startswith("min_cluster_size ")


def test_clusters_are_listed_with_their_customers_and_later_value_falls_with_the_number(published_home: Path) -> None:
    rows = json.loads(regulars("cluster", "list", "--json", home=published_home).stdout)
    assert sum(row["customers"] for row in rows) == 2469
    assert len({row["name"] for row in rows}) == len(rows)
    later = [float(row["later_net_revenue"]) for row in rows]
    assert later == sorted(later, reverse=True)


def test_charts_are_written_as_pictures_and_specifications(published_home: Path, tmp_path: Path) -> None:
    outcome = regulars("cluster", "diagnose", "--plots", str(tmp_path / "plots"), home=published_home)
    assert outcome.returncode == 0, outcome.stderr
    pictures = sorted(path.stem for path in (tmp_path / "plots").glob("*.png"))
    assert pictures == sorted(path.name.removesuffix(".vl.json") for path in (tmp_path / "plots").glob("*.json"))
    assert f"{len(pictures)} charts" in outcome.stdout and len(pictures) == 17


def test_before_anything_is_published_it_says_what_to_do(tmp_path: Path) -> None:
    outcome = regulars("cluster", "list", home=tmp_path)
    assert outcome.returncode == 1 and "Nothing has been published yet" in outcome.stderr
