"""A search chooses by other customers and past periods, obeys its time, and never reads the last period."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count, pairwise
from pathlib import Path

import numpy as np
import pytest

from ml.datasets.frame import Frame
from ml.models.fit import TrainingRefused
from ml.models.spec import ModelSpec
from ml.search.folds import folds_of
from ml.search.search import Found, search
from ml.search.spec import SearchSpec, load_search, with_parameters
from ml.search.wording import found_mapping, found_text, verdict
from regulars.errors import UsageError
from tests.conftest import regulars
from tests.ml.synthetic import AS_OF, Place

LAST_PERIOD = AS_OF - timedelta(days=14)
PERIODS, GROUPS = 2, 2
SEARCHED = SearchSpec(PERIODS, GROUPS, {"num_leaves": (3, 7), "min_data_in_leaf": (5, 20, 40)})
_DECLARED = "search: {{periods: 2, groups: 2, parameters: {{{parameters}}}}}\n"


@pytest.fixture
def frame(place: Place, churn: ModelSpec) -> Frame:
    return place.frame(churn)


def time_for(folds: int) -> Callable[[], bool]:
    """Time is up when it has been asked for so many folds."""
    asked = count()
    return lambda: next(asked) < folds


def found_in(frame: Frame, spec: ModelSpec, seed: int = 1, tries: int = 2, folds: int = 10_000) -> Found:
    return search(frame, spec, SEARCHED, LAST_PERIOD, seed, time_for(folds), tries)


def test_nobody_is_learned_from_and_judged_and_nothing_is_learned_from_later(frame: Frame, churn: ModelSpec) -> None:
    known = frame.known_at(LAST_PERIOD)
    for fold in folds_of(known, churn, PERIODS, GROUPS, seed=1):
        learned, judged = fold.learned(known), fold.judged(known)
        assert len(learned) and len(judged)
        assert not np.intersect1d(learned.rows.customer_id, judged.rows.customer_id).size
        assert (learned.label_end <= np.datetime64(fold.origin)).all()
        assert judged.origins == [fold.origin]


def test_everybody_is_judged_once_a_period_and_periods_share_no_day(frame: Frame, churn: ModelSpec) -> None:
    known = frame.known_at(LAST_PERIOD)
    folds = folds_of(known, churn, PERIODS, GROUPS, seed=1)
    origins = sorted({fold.origin for fold in folds})
    assert len(origins) == PERIODS
    assert all(later - earlier >= timedelta(days=14) for earlier, later in pairwise(origins))
    for origin in origins:
        judged = np.concatenate([fold.judged(known).rows.customer_id for fold in folds if fold.origin == origin])
        assert sorted(judged) == sorted(known.at(origin).rows.customer_id)


def test_the_last_period_is_not_read(frame: Frame, churn: ModelSpec) -> None:
    unknown = frame.label_end > np.datetime64(LAST_PERIOD, "us")
    assert unknown.any()
    altered = replace(frame, label=np.where(unknown, 1 - frame.label, frame.label))
    altered.rows.matrix[unknown] = np.nan
    told = found_mapping(found_in(frame, churn))
    assert found_mapping(found_in(frame.where(~unknown), churn)) == told
    assert found_mapping(found_in(altered, churn)) == told


def test_a_label_that_was_known_is_read(frame: Frame, churn: ModelSpec) -> None:
    oldest = frame.as_of == frame.as_of.min()
    altered = replace(frame, label=np.where(oldest, 1 - frame.label, frame.label))
    assert found_mapping(found_in(altered, churn)) != found_mapping(found_in(frame, churn))


def test_the_same_seed_and_number_of_tries_give_the_same(frame: Frame, churn: ModelSpec) -> None:
    assert found_mapping(found_in(frame, churn)) == found_mapping(found_in(frame, churn))
    assert found_mapping(found_in(frame, churn, seed=2)) != found_mapping(found_in(frame, churn))


def test_every_combination_is_drawn_once() -> None:
    drawn = SEARCHED.combinations(seed=1)
    assert len(drawn) == len({tuple(one.items()) for one in drawn}) == 6
    assert sorted(map(str, SEARCHED.combinations(seed=2))) == sorted(map(str, drawn))
    assert SEARCHED.combinations(seed=2) != drawn


def test_when_time_is_up_nothing_more_is_begun(frame: Frame, churn: ModelSpec) -> None:
    folds = PERIODS * GROUPS
    nothing = found_in(frame, churn, folds=0)
    assert (nothing.rivals, nothing.tried, nothing.best) == ((), (), None)
    assert len(nothing.shipped.figures) == folds
    assert "no time" in verdict(nothing)
    # Time for both rivals, one try, and a part of the next.
    some = found_in(frame, churn, folds=3 * folds + 1)
    assert [one.name for one in (*some.rivals, *some.tried)] == ["logistic regression", "random forest", "try 1"]


def test_parameters_that_learn_nothing_are_found_out(frame: Frame, churn: ModelSpec) -> None:
    # A leaf of more rows than there are: no tree can split, everybody is told the same.
    worse = with_parameters(churn, {"min_data_in_leaf": 100_000})
    found = found_in(frame, worse)
    assert found.shipped.mean == 0.5
    assert found.best and found.best.mean > 0.6
    assert "better than what ships" in verdict(found)


def test_what_ships_is_not_better_than_itself(frame: Frame, churn: ModelSpec) -> None:
    same = SearchSpec(PERIODS, GROUPS, {"num_leaves": (churn.boosters[0].parameters["num_leaves"],)})
    found = replace(search(frame, churn, same, LAST_PERIOD, 1, time_for(10_000)), rivals=())
    assert (found.tried[0].figures == found.shipped.figures).all()
    assert verdict(found) == "Nothing is better than what ships by more than one standard error."


def test_amounts_are_searched_too(place: Place, ltv: ModelSpec) -> None:
    found = found_in(place.frame(ltv), ltv, tries=1)
    assert [one.name for one in found.rivals] == ["Tweedie regression", "random forest"]
    assert all(one.mean > 0.2 for one in (found.shipped, *found.rivals, *found.tried))
    assert "normalised_gini" in found_text(found)


def test_too_few_periods_are_refused(frame: Frame, churn: ModelSpec) -> None:
    with pytest.raises(TrainingRefused, match="periods to try on"):
        folds_of(frame.known_at(LAST_PERIOD), churn, 9, GROUPS, seed=1)


def test_standard_error_is_that_of_the_mean(frame: Frame, churn: ModelSpec) -> None:
    shipped = replace(found_in(frame, churn, folds=0).shipped, figures=np.array([0.6, 0.8]))
    other = replace(shipped, figures=np.array([0.7, 0.8]))
    assert shipped.mean == pytest.approx(0.7)
    assert shipped.standard_error == pytest.approx(0.1)
    assert other.gain(shipped) == pytest.approx((0.05, 0.05))


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [("num_leave: [7]", "num_leaves"), ("num_leaves: [1]", "minimum"), ("num_leaves: []", "non-empty|too short")],
)
def test_what_cannot_be_tried_is_refused(small_conf: Path, parameters: str, reason: str) -> None:
    path = small_conf / "models" / "churn.yml"
    path.write_text(path.read_text() + _DECLARED.format(parameters=parameters))
    with pytest.raises(UsageError, match=reason):
        load_search("churn")


def test_a_model_that_declares_nothing_is_not_searched(small_conf: Path) -> None:
    with pytest.raises(UsageError, match="Nothing is declared to search"):
        load_search("churn")


def test_the_verb_changes_nothing_and_writes_what_it_is_told_to(published_home: Path, tmp_path: Path) -> None:
    def models() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in (published_home / "models").rglob("*") if path.is_file()}

    before, out = models(), tmp_path / "found.json"
    outcome = regulars("model", "search", "churn", "--seconds", "1", "--out", str(out), home=published_home)
    assert outcome.returncode == 0, outcome.stderr
    assert "as it ships" in outcome.stdout and "2017-11-06" in outcome.stdout
    assert models() == before
    assert '"metric": "roc_auc"' in out.read_text()
    assert list(tmp_path.iterdir()) == [out]
    refused = regulars("model", "search", "response", home=published_home)
    assert refused.returncode == 2 and "Nothing is declared to search" in refused.stderr
