"""What the measures of a model are called, how to read them, and in what they are given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from regulars.report import wording


@dataclass(frozen=True)
class Metric:
    """One measure for people. ``unit`` is figure, share or money."""

    label: str
    reading: str
    unit: str = "figure"

    def written(self, value: float | None, currency: str) -> str:
        """The value in its unit."""
        if self.unit == "money":
            return wording.money(value, currency, 2)
        return wording.percent(value) if self.unit == "share" else wording.decimals(value)


def in_reading_order(names: Iterable[str]) -> list[str]:
    """The measures that matter most first; those not known here come last, by name."""
    known = list(_METRICS)
    return sorted(names, key=lambda name: (known.index(name) if name in known else len(known), name))


def metric(name: str) -> Metric:
    """The measure ``name``; one that is not known here is shown under its own name."""
    return _METRICS.get(name, Metric(name.replace("_", " "), ""))


_METRICS = {
    "roc_auc": Metric("ROC-AUC", "How well those who leave are ranked above those who stay: 0.5 is chance, 1 perfect."),
    "pr_auc": Metric("PR-AUC", "Precision over recall: the share of those who leave is chance, 1 perfect."),
    "top_decile_lift": Metric("Lift of the top tenth", "Times the mean of all: 1 is chance."),
    "base_rate": Metric("Share who left", "What happened; a model that knows nothing says this of everybody.", "share"),
    "brier": Metric("Brier score", "Mean squared error of the probability: 0 is perfect."),
    "ece": Metric("Calibration error (ECE)", "Mean distance of probability and outcome in ten bins: 0 is perfect."),
    "normalised_gini": Metric("Normalised Gini", "How well customers are ordered by what they spend: 1 is perfect."),
    "spearman": Metric("Spearman correlation", "Of the ranks, predicted and actual: 1 is perfect."),
    "mae": Metric("Mean absolute error", "Typical miss per customer.", "money"),
    "rmse": Metric("Root mean squared error", "Miss per customer, large misses count more.", "money"),
    "bias": Metric("Bias", "Predicted total over the actual one, less one: 0 is perfect.", "share"),
    "decile_error": Metric(
        "Decile error", "Predicted less actual, summed over tenths, of the actual total: 0 is perfect.", "share"
    ),
}
