"""Figures of parts of the customers: those of the trial, worked out by hand, and none of too few."""

from __future__ import annotations

import numpy as np
import pytest

from ml.evaluation.metrics import roc_auc
from ml.evaluation.slices import slice_figures
from ml.models.ensemble import Prediction
from ml.models.spec import ModelSpec
from ml.models.train import train
from ml.registry.card import card_text, markdown_table
from ml.scoring.score import score_customers
from regulars import warehouse

from .synthetic import AS_OF, FEATURES, Place

SLICE = ("slice", "group_name", "metric", "value", "customers")


def test_a_group_is_judged_by_its_own_rows_of_the_trial(place: Place, churn: ModelSpec) -> None:
    frame = place.frame(churn)
    trial = frame.at(frame.origins[-1])
    ranking = -trial.rows.matrix[:, 3]
    said = Prediction(1 / (1 + np.exp(-ranking)), ranking)
    with warehouse.candidate(place.candidate, read_only=True) as connection:
        found = slice_figures(connection, churn, trial, said)
    told = {(row["slice"], row["group_name"], row["metric"]): (row["value"], row["customers"]) for row in found}
    for group, chosen in {
        "first order in 90 days": trial.rows.customer_id <= 30,
        "first order before": trial.rows.customer_id > 30,
    }.items():
        by_hand = roc_auc(trial.label[chosen], ranking[chosen]) if chosen.sum() >= 50 else None
        assert told["tenure", group, "roc_auc"] == (by_hand and pytest.approx(by_hand, abs=1e-6), chosen.sum())
    middle = (trial.rows.customer_id > 80) & (trial.rows.customer_id <= 160)
    assert told["spending", "middle third", "base_rate"] == (
        pytest.approx(trial.label[middle].mean(), abs=1e-6),
        80,
    )
    assert told["age_band", "19-24", "ece"] == (None, 20)
    assert told["age_band", "unknown", "ece"][1] == 40
    everybody = pytest.approx(roc_auc(trial.label, ranking), abs=1e-6)
    assert told["country", "DE", "roc_auc"] == (everybody, 240)
    assert told["income_band", "unknown", "roc_auc"] == (everybody, 240)


def test_a_group_in_which_all_have_one_label_has_no_figure(place: Place, churn: ModelSpec) -> None:
    frame = place.frame(churn)
    trial = frame.at(frame.origins[-1])
    trial.label[trial.rows.customer_id <= 80] = 1
    with warehouse.candidate(place.candidate, read_only=True) as connection:
        found = slice_figures(connection, churn, trial, Prediction(trial.label, trial.label))
    lowest = [row["value"] for row in found if row["group_name"] == "lowest third"]
    assert lowest == [None, None, None]


def test_slices_are_kept_with_the_version_stand_in_the_mart_and_on_the_card(place: Place) -> None:
    for model in ("churn", "ltv"):
        place.registry.promote(model, train(model, place.candidate, place.registry, AS_OF, "p", "c", FEATURES))
    score_customers(place.candidate, place.models, AS_OF, FEATURES)
    stored = place.registry.champion("churn")
    assert stored is not None
    found = place.ask(
        "select slice, group_name, metric, value, customers from work.score.model_slice where model = 'churn' "
        "order by slice, group_name"
    )
    assert set(found) == {tuple(row[name] for name in SLICE) for row in stored.quality["slices"]}
    assert {metric for (metric,) in place.ask("select metric from work.score.model_slice where model = 'ltv'")} == {
        "normalised_gini",
        "bias",
        "mae",
    }
    text = card_text(stored)
    assert text.startswith(f"# churn {stored.version}\n")
    assert "| age_band | 19-24 | 20 | too few | too few | too few |" in text
    auc = stored.quality["metrics"]
    assert f"| roc_auc | {auc['model']['roc_auc']:.3f} | {auc['baseline']['roc_auc']:.3f} |" in text
    assert all(f"## {part}" in text for part in ("Trial", "Calibration", "By slice", "Limits"))


def test_a_bar_in_a_cell_does_not_end_it() -> None:
    assert markdown_table(("a",), [("b|c",)]) == "| a |\n| --- |\n| b\\|c |"
