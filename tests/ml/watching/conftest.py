"""A night of drawn customers whose champion is held against its training."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ml.models.train import train
from tests.conftest import PROJECT
from tests.dags.planted import plant_worse_champion
from tests.ml.synthetic import AS_OF, FEATURES, Place, build_candidate

EARLIER = """
create table regulars.marts.customer_rfm as
select customer_id, case when customer_id % 3 = 0 then 'Loyal' else 'New' end as rfm_segment
from regulars.marts.customer_features
where as_of = timestamp '2018-01-01';
create table work.previous.drift (
    model varchar, version varchar, what varchar, name varchar, measure varchar, nights integer
);
create table work.previous.segment_change (
    as_of timestamp, family varchar, from_segment varchar, to_segment varchar, customers bigint
);
"""


@pytest.fixture(autouse=True)
def watch_conf(small_conf: Path) -> None:
    shutil.copytree(PROJECT / "conf" / "watch", small_conf / "watch")


@pytest.fixture
def night(tmp_path: Path) -> Place:
    """A candidate with a champion of churn, what `previous` says of the night before, and nothing scored yet."""
    place = Place(build_candidate(tmp_path / "candidate", customers=600), tmp_path / "models")
    place.change(EARLIER)
    version = train("churn", place.candidate, place.registry, AS_OF, "p", "c", FEATURES)
    place.registry.promote("churn", version)
    return place


@pytest.fixture
def challenged(night: Place) -> Place:
    """The same, but a blunt version with the reference of a good one is champion: what is trained next is better."""
    plant_worse_champion(night.models, "churn")
    return night
