"""What the page says of clusters is what the marts say, its charts become pictures; without clusters it says why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from regulars.errors import RegularsError
from regulars.report.page import write_report
from regulars.report.pictures import write_pictures
from tests.report.small_candidate import OPERATIONS, ORDERS, SCORES, SCRIPT_NAME, SEGMENTS, WORLD, make_candidate
from tests.report.test_page import Page

PNG = b"\x89PNG"


@pytest.fixture(scope="module")
def page(page_file: Path) -> Page:
    return Page(page_file.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def pictures(page_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    assert len(write_pictures(page_file, folder, "cluster-")) == 13
    return folder


def test_clusters_and_what_was_tried_stand_in_tables(page: Page) -> None:
    assert page.figures("Clusters, version c1") == {
        "1": ["200", "0.5", "0.4375", "120.25"],
        "2": ["200", "0.5", "0.4375", "12.50"],
    }
    rows = next(rows for caption, rows in page.tables.items() if caption == "Clusters, version c1")
    assert rows[1][-1] == "orders above =4.5 4.50: =200.50 $200.50, others =40.25 $40.25"
    assert rows[2][-1] == "nothing tells it apart"
    tried = next(rows for caption, rows in page.tables.items() if caption == "What was tried to find clusters")
    assert [row[0] for row in tried[1:]] == ["k-means", "k-means", "k-means, features as they are", "Ward"]
    assert [row[3].split()[0] for row in tried[1:]] == ["=0.3125", "=0.25", "=0.6875", "=0.29"]
    assert [row[-1] for row in tried[1:]] == ["In use: because", "because", "because", "because"]


def test_the_page_warns_of_what_t_sne_shows(page: Page) -> None:
    said = " ".join(page.texts)
    assert "how large a group looks, how far it is from another" in said
    assert "another perplexity, learning rate or seed gives another picture" in said


def test_sureness_and_spread_stand_in_tables(page: Page) -> None:
    assert page.figures("Middle of each cluster")["1"] == ["0.00", "0.50", "-1.00", "0.6500", "100"]
    assert page.figures("by cluster, in orders")["2"] == ["1.0", "2.0", "4.5", "9.0", "12.5", "3.0"]


def test_a_feature_of_money_is_told_in_the_currency(page: Page, pictures: Path) -> None:
    assert page.figures("Spent by cluster, in USD")
    assert "spent (USD)" in (pictures / "cluster-spread-2.vl.json").read_text()


def test_heights_of_the_tree_and_distances_stand_in_tables(page: Page) -> None:
    assert page.figures("the last merges") == {"2": ["7.25"], "3": ["6.25"]}
    assert page.figures("Distance to the k-th nearest")["5"] == ["0.5"]


def test_every_chart_says_what_it_shows_and_that_a_table_follows(page: Page) -> None:
    told = [attributes["aria-label"] for _, attributes in page.tags if attributes.get("role") == "img"]
    charts = [label for label in told if label and len(label) > 20]
    assert len(charts) == 20 and all("table below" in label for label in charts)


def test_every_chart_is_a_picture_and_a_specification_with_the_figures_of_the_marts(pictures: Path) -> None:
    specs = {path.name.removesuffix(".vl.json"): path for path in pictures.glob("*.vl.json")}
    assert set(specs) == {
        *(f"cluster-by-number-{name}" for name in ("inertia", "silhouette", "stability")),
        *("cluster-by-number-smallest_share", "cluster-by-number-later_value"),
        *(f"cluster-{name}" for name in ("components-12", "components-13", "t-sne-5", "t-sne-30")),
        *("cluster-spread-1", "cluster-spread-2", "cluster-dendrogram", "cluster-k-distance"),
    }
    assert all(path.with_name(f"{name}.png").read_bytes().startswith(PNG) for name, path in specs.items())
    assert not any("var(--" in path.read_text() for path in specs.values())
    assert values(specs["cluster-by-number-inertia"], "inertia") == [500.0, 1000 / 3]
    assert values(specs["cluster-by-number-silhouette"], "silhouette") == [0.3125, 0.25, 0.6875]
    assert values(specs["cluster-k-distance"], "y") == [0, 0.125, 0.25, 0.375, 0.5]
    assert max(values(specs["cluster-dendrogram"], "y")) == 7.25
    assert len(values(specs["cluster-components-12"], "x")) == 400


def values(path: Path, column: str) -> list[Any]:
    return [row[column] for row in json.loads(path.read_text())["data"]["values"]]


def test_a_hostile_name_is_text(page: Page, page_file: Path) -> None:
    assert f"Spend {SCRIPT_NAME}" in page.texts
    assert "orders of <all> time".capitalize() in page.texts
    assert "<all>" not in page_file.read_text(encoding="utf-8")


REFUSED = """
insert into marts.cluster_trial by name
select 'none' as algorithm, 0 as clusters, '' as version, false as is_chosen, '49 customers <only>' as reason
"""
TRIED = """
insert into marts.cluster_trial by name
select 'k_means' as algorithm, 2 as clusters, '' as version, false as is_chosen, 'stability 0.2' as reason,
    9 as customers
"""


def test_without_clusters_the_page_says_why_and_has_no_charts_of_them(tmp_path: Path) -> None:
    folder = make_candidate(tmp_path / "c", ORDERS, SCORES, REFUSED, SEGMENTS, OPERATIONS)
    page_file = write_report(folder, WORLD)
    said = " ".join(Page(page_file.read_text(encoding="utf-8")).texts)
    assert ": 49 customers <only>. The names of RFM above tell customers apart meanwhile." in said
    with pytest.raises(RegularsError, match="The page has no chart 'cluster-…'"):
        write_pictures(page_file, tmp_path / "pictures", "cluster-")
    assert not (tmp_path / "pictures").exists()


def test_a_refused_training_shows_what_it_tried(tmp_path: Path) -> None:
    folder = make_candidate(tmp_path / "c", ORDERS, SCORES, REFUSED, TRIED, SEGMENTS, OPERATIONS)
    tables = Page(write_report(folder, WORLD).read_text(encoding="utf-8")).tables
    assert tables["What was tried to find clusters"][1][-1] == "stability 0.2"
