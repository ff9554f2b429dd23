"""Tonight's features and scores of one champion against what it was trained on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from math import sqrt
from typing import TYPE_CHECKING, Any

from ml.registry.store import StoredModel
from ml.watching.counts import Counted, count_features, count_scores
from ml.watching.finding import Finding, at_least
from ml.watching.spec import WatchSpec
from ml.watching.stability import SCALE, psi, psi_by_chance

if TYPE_CHECKING:
    import duckdb

_STANDARD_ERRORS = 3
"""A share that has risen by less may have by chance."""


def input_findings(
    connection: duckdb.DuckDBPyConnection,
    spec: WatchSpec,
    champion: StoredModel,
    labels: Mapping[str, str],
    as_of: datetime,
) -> list[Finding]:
    """PSI, rise of nulls and undeclared categories of each feature, and the PSI of the scores; ``labels`` by name.

    One row says so where the version has no reference, being older than watching.
    """
    model, version, reference = champion.card["model"], champion.version, champion.reference
    if not reference:
        because = f"version {version} of '{model}' was trained before references were kept; train again"
        return [Finding(model, version, "reference", model, "psi", None, None, None, 0, because)]
    known, features = reference["features"], champion.ensemble.features
    tonight = count_features(connection, features, {name: part["edges"] for name, part in known.items()}, as_of)
    has_categories = {feature.name: bool(feature.categories) for feature in features}
    found = [
        Finding(model, version, "feature", name, *told)
        for name, counted in tonight.items()
        for told in _of_feature(spec, labels.get(name, name), known[name], counted, has_categories[name])
    ]
    scored = reference["score"]
    said = count_scores(connection, model, scored["edges"], as_of)
    figure, bounds = _of_psi(spec, scored["counts"], said)
    because = f"scores of '{model}' against training: PSI {figure:.2f}, alarm from {bounds.alarm:.2f}"
    return [*found, Finding(model, version, "score", model, "psi", figure, None, bounds, said.rows, because)]


def _of_feature(
    spec: WatchSpec, label: str, before: Mapping[str, Any], now: Counted, has_categories: bool
) -> Iterator[tuple[Any, ...]]:
    """Of one feature what a Finding says from ``measure`` on."""
    figure, bounds = _of_psi(spec, before["counts"], now)
    if before["learned_psi"] >= spec.broken_psi:
        moved = f"'{label}' moves with time alone (PSI {before['learned_psi']:.2f} while learned): told by nulls only"
        yield "psi", figure, None, None, now.rows, moved
    else:
        bounds = at_least(bounds, before["learned_psi"])
        spread = f"'{label}' against training: PSI {figure:.2f}, alarm from {bounds.alarm:.2f}"
        yield "psi", figure, None, bounds, now.rows, spread, figure >= spec.broken_psi
    rows, trained = now.rows or 1, sum(before["counts"]) or 1
    nulls, were = now.nulls / rows, before["counts"][-1] / trained
    unknown = f"'{label}' is unknown of {nulls:.1%} of customers, of {were:.1%} at training"
    share = (now.nulls + before["counts"][-1]) / (rows + trained)
    by_chance = _STANDARD_ERRORS * sqrt(share * (1 - share) * (1 / rows + 1 / trained))
    risen = at_least(spec.null_rise, before["learned_null_rise"], by_chance)
    yield "null_rise", round(nulls - were, SCALE), round(were, SCALE), risen, now.rows, unknown, True
    if has_categories:
        share = round(now.undeclared / rows, SCALE)
        odd = f"'{label}' has a category nobody declared, of {share:.1%} of customers"
        yield "undeclared_share", share, 0.0, spec.undeclared_share, now.rows, odd, True


def _of_psi(spec: WatchSpec, before: list[int], now: Counted) -> tuple[float, Any]:
    by_chance = psi_by_chance(before, now.bins, spec.beyond_chance)
    return psi(before, now.bins), at_least(spec.psi, by_chance)
