"""The card of one version as Markdown: what it was made from, how well it did, for whom, and what it cannot do."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from ml.registry.comparison import Judged

_FORETELLS = {
    "churn": "the probability that a customer does not order",
    "net_revenue": "the net revenue of a customer",
    "visit_order": "the probability that a visit ends in an order",
    "cart_recovery": "the probability that the customer of a cart that was left orders",
    "response": "the probability that a customer redeems a coupon of a campaign",
}
_LIMITS = (
    "It knows what was ordered, not why: prices, assortment and rivals are not among its columns.",
    "The trial is one period. Another season may go otherwise; `model_quality` keeps measuring what was published.",
    "Reasons say what moves this score. They do not say what would happen if something were changed.",
)
_LIMIT_OF_SLICES = "Age, income and country are as the profile knows them now; they judge it and are no features of it."
_UNSEEN = "which no fit had seen"
_UNSEEN_BY_TREES = "of which its trees knew nothing; how far they are trusted was chosen by it"


def card_text(stored: Judged) -> str:
    """The card of ``stored``; parts of which its version kept nothing are left out."""
    card, quality = stored.card, stored.quality
    origins = sorted(card["origins"])
    made_from = [
        f"- Foretells {_FORETELLS[card['target']]} in {card['horizon_days']} days.",
        f"- Learned from {card['training_rows']:,} rows of {len(origins)} origins, {_day(origins[0])} to "
        f"{_day(origins[-1])}; {len(card['features'])} columns; publication {card['training_publication_id']}.",
        f"- Calibrated on {_day(card['calibrated_at'])}: {card.get('calibration', {}).get('kind', 'none needed')}.",
        f"- Knew what was known on {_day(card['as_of'])}; code {card['code_version']}.",
    ]
    limits = [*_LIMITS, *([_LIMIT_OF_SLICES] if quality.get("slices") else [])]
    parts = [
        f"# {card['model']} {stored.version}",
        "\n".join(made_from),
        f"## Trial\n\n{quality['rows']:,} rows, judged by the {quality['horizon_days']} days from "
        f"{_day(quality['origin'])}, {_UNSEEN_BY_TREES if 'answers' in card else _UNSEEN}.\n\n"
        f"{_metrics(quality['metrics'])}",
        *([f"## Calibration\n\n{_deciles(quality['lift']['model'])}"] if quality["lift"]["model"] else []),
        *([f"## By slice\n\n{_slices(quality['slices'])}"] if quality.get("slices") else []),
        "## Limits\n\n" + "\n".join(f"- {limit}" for limit in limits),
    ]
    return "\n\n".join(parts)


def _metrics(metrics: dict[str, dict[str, float]]) -> str:
    rows = [(name, _figure(value), _figure(metrics["baseline"][name])) for name, value in metrics["model"].items()]
    return markdown_table(("figure", "model", "simple rule"), rows)


def _deciles(lift: Sequence[dict[str, Any]]) -> str:
    rows = [(row["decile"], row["customers"], _figure(row["predicted"]), _figure(row["actual"])) for row in lift]
    return markdown_table(("decile", "rows", "predicted, mean", "came true, mean"), rows)


def _slices(slices: Sequence[dict[str, Any]]) -> str:
    metrics = list(dict.fromkeys(row["metric"] for row in slices))
    rows = [
        (*about, *(_figure(row["value"]) for row in figures))
        for about, figures in groupby(slices, lambda row: (row["slice"], row["group_name"], row["customers"]))
    ]
    return markdown_table(("slice", "group", "customers", *metrics), rows)


def _figure(value: float | None) -> str:
    return "too few" if value is None else f"{value:,.3f}"


def _day(instant: str) -> str:
    return instant[:10]


def markdown_table(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A table of Markdown; a bar in a cell does not end it."""
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)
