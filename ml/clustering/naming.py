"""Names for clusters: what sets each apart from all customers, in words of `conf/clusters`, and the numbers behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ml.clustering.spec import FeatureSpec

WORDS = 2
"""So many features make a name, and one more while another cluster has the same."""
FAR_FROM = 0.4
"""Standard deviations a centre must lie from the mean of all to be spoken of."""
_DESCRIBED = 3


def name_clusters(
    features: Sequence[FeatureSpec], treated: np.ndarray, labels: np.ndarray, clusters: int
) -> tuple[list[str], list[list[int]]]:
    """The name of each cluster, no two the same, and the features that tell it apart, the most telling first.

    ``features`` are the columns of ``treated``.
    """
    spread = treated.std(axis=0)
    means = np.array([treated[labels == cluster].mean(axis=0) for cluster in range(clusters)])
    offsets = (means - treated.mean(axis=0)) / np.where(spread > 0, spread, 1)
    telling = [_telling(row) for row in offsets]
    for count in range(WORDS, len(features) + 1):
        told = [_words(features, row, places[:count]) for row, places in zip(offsets, telling, strict=True)]
        if len({frozenset(words) for words in told}) == len(told):
            break
    return _told_apart([_sentence(words) for words in told]), telling


def describe(
    features: Sequence[FeatureSpec],
    places: Sequence[int],
    mine: np.ndarray,
    everybody: np.ndarray,
    labels: Mapping[str, str],
) -> str:
    """The medians of a cluster in what tells it apart beside those of all customers, in the features' own units."""
    chosen = (list(places) or list(range(len(features))))[:_DESCRIBED]
    parts = [
        f"{labels.get(features[place].name) or features[place].name.replace('_', ' ')} "
        f"{_number(np.nanmedian(mine[:, place]))} (all: {_number(np.nanmedian(everybody[:, place]))})"
        for place in chosen
    ]
    return f"Medians: {'; '.join(parts)}."


def _telling(offsets: np.ndarray) -> list[int]:
    order = np.lexsort((np.arange(len(offsets)), -np.abs(offsets)))
    return [int(place) for place in order if abs(offsets[place]) >= FAR_FROM]


def _words(features: Sequence[FeatureSpec], offsets: np.ndarray, places: Sequence[int]) -> list[str]:
    return [features[place].high if offsets[place] > 0 else features[place].low for place in places]


def _sentence(words: Sequence[str]) -> str:
    text = " and ".join(filter(None, [", ".join(words[:-1]), words[-1]])) if words else "much like all customers"
    return text[0].upper() + text[1:]


def _told_apart(names: list[str]) -> list[str]:
    """Names that are still the same, counted."""
    often: dict[str, int] = {}
    told = []
    for name in names:
        often[name] = often.get(name, 0) + 1
        told.append(name if often[name] == 1 else f"{name} ({often[name]})")
    return told


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
