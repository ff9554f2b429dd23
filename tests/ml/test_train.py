"""Training may be killed anywhere, and run again it gives the same version."""

from __future__ import annotations

import hashlib
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from ml.models.fit import TrainingRefused
from ml.models.spec import ModelSpec
from ml.models.train import train
from ml.registry.promotion import promote_if_better

from .synthetic import AS_OF, FEATURES, Place

SCRIPT = """
import sys
from pathlib import Path
from ml.models.train import train
from ml.registry.store import Registry
from tests.ml.synthetic import AS_OF, FEATURES
train("churn", Path(sys.argv[1]), Registry(Path(sys.argv[2])), AS_OF, "publication-1", "code-1", FEATURES)
"""


def trained(place: Place) -> str:
    return train("churn", place.candidate, place.registry, AS_OF, "publication-1", "code-1", FEATURES)


def contents(folder: Path) -> dict[str, str]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_card_says_what_a_version_was_made_of(place: Place) -> None:
    card = place.registry.load("churn", trained(place)).card
    assert card["training_publication_id"] == "publication-1" and card["code_version"] == "code-1"
    assert card["as_of"] == AS_OF.isoformat() and card["origins"]
    assert [feature["name"] for feature in card["features"]] == [feature.name for feature in FEATURES]
    assert card["metrics"]["roc_auc"] > 0.5 and card["parameters"]["boosters"][0]["seed"] == 1


@pytest.mark.parametrize(
    ("failpoint", "left_behind"), [("train.after_fit_before_save", 0), ("train.between_file_and_registry", 1)]
)
def test_killed_and_run_again_it_leaves_the_same_files(
    place: Place,
    tmp_path: Path,
    run_child: Callable[..., subprocess.CompletedProcess[str]],
    failpoint: str,
    left_behind: int,
) -> None:
    version, killed = trained(place), Place(place.candidate, tmp_path / "killed")
    ended = run_child(SCRIPT, killed.candidate, killed.models, failpoint=f"{failpoint}:kill")
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert killed.registry.versions("churn") == []
    # Another process made the very same model.
    assert [path.name for path in killed.models.glob("churn/*")] == [f".incoming-{version}"] * left_behind
    assert trained(killed) == version
    assert contents(killed.models) == contents(place.models)


def test_a_refused_training_leaves_the_champion_and_every_file(
    place: Place, place_of: Callable[..., Place], churn: ModelSpec
) -> None:
    promote_if_better(place.registry, churn, trained(place))
    before = contents(place.models)
    one_class = place_of(change="update drawn set is_churned = true")
    with pytest.raises(TrainingRefused, match="the label is 1 for everybody"):
        train("churn", one_class.candidate, place.registry, AS_OF, "publication-2", "code-1", FEATURES)
    assert contents(place.models) == before


def test_rows_in_another_order_give_the_same_version(place: Place, place_of: Callable[..., Place]) -> None:
    shuffle = "create or replace temp table drawn as select * from drawn order by hash(customer_id, as_of)"
    assert trained(place_of(change=shuffle)) == trained(place)
