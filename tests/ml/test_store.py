"""What is saved is whole, verified when it is read, and goes back when it is asked to."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import numpy as np
import pytest

from ml.models.ensemble import Ensemble
from ml.models.fit import fit_at
from ml.models.spec import ModelSpec
from ml.registry.store import Registry, version_of
from regulars.errors import RegularsError, UsageError

from .synthetic import AS_OF, Place

CARD = {"model": "churn", "as_of": AS_OF.isoformat()}
QUALITY = {"metrics": {"model": {"roc_auc": 0.9}}}


@pytest.fixture
def ensemble(place: Place, churn: ModelSpec) -> Ensemble:
    return fit_at(place.frame(churn), churn, AS_OF).ensemble


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "models")


def other(ensemble: Ensemble, slope: float = 3.0) -> Ensemble:
    return Ensemble(ensemble.features, ensemble.booster_texts, {**ensemble.calibration, "slope": slope})


def test_a_model_read_back_predicts_the_same(
    registry: Registry, ensemble: Ensemble, place: Place, churn: ModelSpec
) -> None:
    version = registry.save("churn", ensemble, CARD, QUALITY)
    matrix = place.frame(churn).rows.matrix
    stored = registry.load("churn", version)
    assert np.array_equal(stored.ensemble.predict(matrix).value, ensemble.predict(matrix).value)
    assert stored.quality == QUALITY and stored.ensemble.features == ensemble.features


def test_the_same_content_is_one_version(registry: Registry, ensemble: Ensemble) -> None:
    first = registry.save("churn", ensemble, CARD, QUALITY)
    assert registry.save("churn", ensemble, CARD, QUALITY) == first == version_of(ensemble)
    assert registry.versions("churn") == [first]
    assert registry.save("churn", other(ensemble), CARD, QUALITY) != first


def test_a_version_is_text_and_json_only(registry: Registry, ensemble: Ensemble, tmp_path: Path) -> None:
    version = registry.save("churn", ensemble, CARD, QUALITY)
    names = sorted(path.name for path in (tmp_path / "models" / "churn" / version).iterdir())
    assert names == ["booster_0.txt", "booster_1.txt", "model.json", "quality.json"]


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("booster_1.txt", "leaf_value=", "leaf_value=9"),
        ("quality.json", "0.9", "0.99"),
        ("model.json", '"slope": ', '"slope": 2'),
        ("model.json", '"DOUBLE"', '"FLOAT"'),
        ("model.json", "}", ""),
        ("model.json", '"files"', '"flies"'),
    ],
)
def test_a_file_that_was_changed_is_denied(
    registry: Registry, ensemble: Ensemble, tmp_path: Path, name: str, right: str, wrong: str
) -> None:
    version = registry.save("churn", ensemble, CARD, QUALITY)
    path = tmp_path / "models" / "churn" / version / name
    assert right in path.read_text()
    path.write_text(path.read_text().replace(right, wrong, 1))
    with pytest.raises(RegularsError, match=f"{name}: denied"):
        registry.load("churn", version)
    registry.save("churn", ensemble, CARD, QUALITY)
    assert registry.load("churn", version).ensemble == ensemble


def test_a_missing_booster_is_denied(registry: Registry, ensemble: Ensemble, tmp_path: Path) -> None:
    version = registry.save("churn", ensemble, CARD, QUALITY)
    (tmp_path / "models" / "churn" / version / "booster_0.txt").unlink()
    with pytest.raises(RegularsError, match=r"booster_0\.txt: denied"):
        registry.load("churn", version)


def test_what_a_killed_process_left_is_not_listed_and_is_collected(
    registry: Registry, ensemble: Ensemble, tmp_path: Path
) -> None:
    orphan = tmp_path / "models" / "churn" / ".incoming-abc"
    orphan.mkdir(parents=True)
    (orphan / "model.json").write_text("{}")
    assert registry.versions("churn") == []
    registry.save("churn", ensemble, CARD, QUALITY)
    assert not orphan.exists()


def test_rollback_goes_back_and_a_second_one_forth(registry: Registry, ensemble: Ensemble) -> None:
    first = registry.save("churn", ensemble, CARD, QUALITY)
    second = registry.save("churn", other(ensemble), CARD, QUALITY)
    registry.promote("churn", first)
    registry.promote("churn", second)
    registry.promote("churn", second)
    assert registry.rollback("churn") == first
    assert registry.champion("churn").version == first  # type: ignore[union-attr]
    assert registry.rollback("churn") == second


def test_the_history_keeps_every_change_of_champion(registry: Registry, ensemble: Ensemble) -> None:
    versions = [registry.save("churn", other(ensemble, slope), CARD, QUALITY) for slope in (1.0, 2.0, 3.0)]
    for version in versions:
        registry.promote("churn", version, reason=f"so good: {version}")
    assert registry.rollback("churn", versions[0]) == versions[0]
    with pytest.raises(UsageError, match="has never been champion"):
        registry.rollback("churn", "0123")
    told = [(entry["version"], entry["action"], entry["previous"]) for entry in registry.history("churn")]
    assert told == [
        (versions[0], "promote", None),
        (versions[1], "promote", versions[0]),
        (versions[2], "promote", versions[1]),
        (versions[0], "rollback", versions[2]),
    ]


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_promotion_killed_at_any_write_is_in_the_history_exactly_if_it_happened(
    registry: Registry, ensemble: Ensemble, tmp_path: Path, run_child: Callable[..., CompletedProcess[str]], nth: int
) -> None:
    first, second = (registry.save("churn", other(ensemble, slope), CARD, QUALITY) for slope in (1.0, 2.0))
    registry.promote("churn", first)
    script = "import sys; from pathlib import Path; from ml.registry.store import Registry; "
    script += "Registry(Path(sys.argv[1])).promote('churn', sys.argv[2])"
    ended = run_child(script, tmp_path / "models", second, failpoint=f"durable.before_replace:kill:{nth}")
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert registry.history("churn")[-1]["version"] == registry.pointer("churn")["version"]  # type: ignore[index]
    registry.promote("churn", second)
    registry.rollback("churn")
    assert [entry["version"] for entry in registry.history("churn")] == [first, second, first]


def test_without_an_earlier_champion_there_is_no_way_back(registry: Registry, ensemble: Ensemble) -> None:
    with pytest.raises(RegularsError, match="no earlier champion"):
        registry.rollback("churn")
    registry.promote("churn", registry.save("churn", ensemble, CARD, QUALITY))
    with pytest.raises(RegularsError, match="no earlier champion"):
        registry.rollback("churn")


def test_an_unknown_version_is_answered_with_the_nearest(registry: Registry, ensemble: Ensemble) -> None:
    with pytest.raises(UsageError, match="None has been trained yet"):
        registry.load("churn", "0123")
    version = registry.save("churn", ensemble, CARD, QUALITY)
    with pytest.raises(UsageError, match=f"Did you mean '{version}'"):
        registry.promote("churn", version[:-1])
    assert registry.champion("churn") is None


def test_the_latest_trained_version_is_listed_first(registry: Registry, ensemble: Ensemble) -> None:
    later = registry.save("churn", ensemble, {**CARD, "as_of": "2018-02-01T00:00:00"}, QUALITY)
    earlier = registry.save("churn", other(ensemble), CARD, QUALITY)
    assert registry.versions("churn") == [later, earlier]
