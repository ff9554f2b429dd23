"""How well missing features could be filled in, measured on values that are known and hidden for the purpose.

Our models need none of it: trees take a missing value as what it is, and `null_means` says what that is. A consumer
that cannot take nulls sees here which method comes closest, and what it does to the spread.

Grain of a result: (feature, method). Methods: median, or the mode of a text; k nearest neighbours (Troyanskaya et al.,
2001); regression on the other features, in turn (van Buuren, 2018). The last two measure distances, so each is tried
with far-off values as they are and as `conf/outliers` treats them, learned from what is not hidden. Hidden: one known
value in ten of each feature, by a fixed seed. Known limit: a value may be missing for a reason that the known ones do
not share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ml.datasets.outliers import Fitted, Treated, Treatment, applied, fit, log_of, undone
from ml.datasets.schema import Feature, feature_schema
from regulars.contracts import Column

if TYPE_CHECKING:
    import duckdb

SEED = 1
MOST_ROWS = 2_000
HIDDEN_SHARE = 0.1
NEIGHBOURS = 5
LEAST_HIDDEN = 5
"""Fewer hidden values say nothing about a method."""

_ROWS = """
select <columns>
from marts.customer_features as f
anti join (select customer_id from marts.customer_consent where purpose = 'profiling' and not is_allowed) as o
    on f.customer_id = o.customer_id
where f.days_since_last_order is not null
order by hash(f.customer_id), f.customer_id
limit ?
"""


@dataclass(frozen=True)
class Imputed:
    """One feature filled in by one method.

    ``missing``: share of customers without a value. ``error``: mean distance from the hidden values over that of the
    median, so below 1 is better than it; of a text the share filled in wrongly. ``spread``: standard deviation of what
    was filled in over that of what was hidden; null for a text, or where all that was hidden is alike.
    """

    feature: str
    method: str
    missing: float
    hidden: int
    error: float
    spread: float | None


def published_matrix(
    connection: duckdb.DuckDBPyConnection, columns: Sequence[Column]
) -> tuple[tuple[Feature, ...], np.ndarray]:
    """The features of published customers with an order who allow profiling, null as NaN; at most MOST_ROWS of them."""
    features = feature_schema(connection, columns)
    parts, parameters = [], []
    for feature in features:
        expression, bound = feature.as_sql()
        parts.append(f'{expression} as "{feature.name}"')
        parameters += bound
    table = connection.sql(_ROWS.replace("<columns>", ", ".join(parts)), params=[*parameters, MOST_ROWS])
    read = table.to_arrow_table()
    return features, np.column_stack([read[feature.name].to_numpy() for feature in features])


def measure(
    features: Sequence[Feature], matrix: np.ndarray, treatments: Mapping[str, Treatment]
) -> tuple[list[Imputed], list[Treated]]:
    """What each method makes of each feature that has missing values and enough known ones, by name and method; and
    what was done to far-off values for it.
    """
    usable = ~np.isnan(matrix).all(axis=0)
    features = [feature for feature, is_usable in zip(features, usable, strict=True) if is_usable]
    matrix = matrix[:, usable]
    hidden = _hidden(matrix)
    seen = np.where(hidden, np.nan, matrix)
    fitted = fit(features, seen, treatments)
    filled = {method: fill(seen) for method, fill in _methods(features, fitted).items()}
    lacking = [number for number in range(len(features)) if np.isnan(matrix[:, number]).any()]
    enough = [number for number in lacking if hidden[:, number].sum() >= LEAST_HIDDEN]
    judged = [one for number in enough for one in _judged(features[number], number, matrix, hidden, filled)]
    return judged, log_of(features, seen, fitted)


def _hidden(matrix: np.ndarray) -> np.ndarray:
    return (np.random.default_rng(SEED).random(matrix.shape) < HIDDEN_SHARE) & ~np.isnan(matrix)


def _judged(
    feature: Feature, number: int, matrix: np.ndarray, hidden: np.ndarray, filled: dict[str, np.ndarray]
) -> Iterator[Imputed]:
    chosen = hidden[:, number]
    truth = matrix[chosen, number]
    missing = float(np.isnan(matrix[:, number]).mean())
    plain = np.abs(filled["median"][chosen, number] - truth).mean()
    for method, values in filled.items():
        guess = values[chosen, number]
        if feature.categories:
            error, spread = float((np.round(guess) != truth).mean()), None
        else:
            distance = np.abs(guess - truth).mean()
            error = float(distance / plain) if plain else float(distance > 0)
            spread = float(guess.std() / truth.std()) if truth.std() else None
        yield Imputed(feature.name, method, round(missing, 4), int(chosen.sum()), round(error, 3), _rounded(spread))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _methods(
    features: Sequence[Feature], fitted: Mapping[int, Fitted]
) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    texts = np.array([bool(feature.categories) for feature in features])
    methods = {
        "median": lambda seen: _middle(seen, texts),
        "k nearest": lambda seen: _scaled(seen, texts, _neighbours()),
        "regression": lambda seen: _scaled(seen, texts, _regression()),
    }
    if fitted:
        methods["k nearest, treated"] = lambda seen: _treated(seen, texts, _neighbours(), fitted)
        methods["regression, treated"] = lambda seen: _treated(seen, texts, _regression(), fitted)
    return methods


def _treated(seen: np.ndarray, texts: np.ndarray, imputer: Any, fitted: Mapping[int, Fitted]) -> np.ndarray:
    """As ``_scaled``, measured on treated values and told in their own units."""
    return undone(_scaled(applied(seen, fitted), texts, imputer), fitted)


def _middle(seen: np.ndarray, texts: np.ndarray) -> np.ndarray:
    """Each column filled with its median, a text with its mode."""
    from sklearn.impute import SimpleImputer

    filled = seen.copy()
    for chosen, strategy in ((~texts, "median"), (texts, "most_frequent")):
        if chosen.any():
            imputer = SimpleImputer(strategy=strategy, keep_empty_features=True)
            filled[:, chosen] = imputer.fit_transform(seen[:, chosen])
    return filled


def _scaled(seen: np.ndarray, texts: np.ndarray, imputer: Any) -> np.ndarray:
    """Numbers filled in by ``imputer``, each in units of its own spread; texts, without a distance, by their mode."""
    from sklearn.preprocessing import StandardScaler

    filled = _middle(seen, texts)
    scaler = StandardScaler()
    numbers = scaler.fit_transform(seen[:, ~texts])
    filled[:, ~texts] = scaler.inverse_transform(imputer.fit_transform(numbers))
    return filled


def _neighbours() -> Any:
    from sklearn.impute import KNNImputer

    return KNNImputer(n_neighbors=NEIGHBOURS, weights="distance", keep_empty_features=True)


def _regression() -> Any:
    from sklearn.experimental import enable_iterative_imputer  # noqa: F401
    from sklearn.impute import IterativeImputer

    return IterativeImputer(max_iter=5, n_nearest_features=10, random_state=SEED, keep_empty_features=True)
