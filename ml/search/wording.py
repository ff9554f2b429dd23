"""A search as a table a person can read, and as a mapping."""

from __future__ import annotations

from typing import Any

from ml.search.search import Found, Tried

SHOWN = 5
"""So many of the best tries are printed; `--out` keeps all."""


def found_mapping(found: Found) -> dict[str, Any]:
    """All that was tried, ready for JSON: figures by fold, mean, standard error, and the gain over what ships."""
    return {
        "metric": found.metric,
        "folds": [{"origin": f"{fold.origin:%Y-%m-%d}", "customers": len(fold.held_out)} for fold in found.folds],
        "tried": [_mapping(one, found.shipped) for one in (found.shipped, *found.rivals, *found.tried)],
        "verdict": verdict(found),
    }


def found_text(found: Found) -> str:
    """The table: what ships, its rivals, and the best tries, highest first."""
    origins = sorted({f"{fold.origin:%Y-%m-%d}" for fold in found.folds})
    groups = len(found.folds) // len(origins)
    best = sorted(found.tried, key=lambda one: -one.mean)[:SHOWN]
    lines = [
        f"{found.metric} on the periods from {', '.join(origins)}, {groups} groups of customers each; "
        f"{len(found.tried)} tries, the best {len(best)} shown",
        f"  {'':20}{'mean':>8}{'± s.e.':>9}{'gain':>10}{'± s.e.':>9}   parameters",
    ]
    lines += [_line(one, found.shipped) for one in (found.shipped, *found.rivals, *best)]
    return "\n".join([*lines, verdict(found)])


def verdict(found: Found) -> str:
    """Whether anything is better than what ships by more than one standard error of the difference."""
    better = [one for one in (*found.rivals, *found.tried) if _is_better(one, found.shipped)]
    if not found.tried:
        return "There was no time left for a try: give it more --seconds."
    if not better:
        return "Nothing is better than what ships by more than one standard error."
    best = max(better, key=lambda one: one.mean)
    gain, error = best.gain(found.shipped)
    return (
        f"{len(better)} better than what ships by more than one standard error; the best, {best.name}, by {gain:.4f} "
        f"± {error:.4f}. The best of many is partly luck: the last period, which was not read, will tell."
    )


def _is_better(one: Tried, shipped: Tried) -> bool:
    gain, error = one.gain(shipped)
    return gain > error


def _line(one: Tried, shipped: Tried) -> str:
    gain, error = one.gain(shipped)
    against = f"{'–':>10}{'':9}" if one is shipped else f"{gain:+10.4f}{error:9.4f}"
    parameters = ", ".join(f"{name} {value:g}" for name, value in one.parameters.items())
    return f"  {one.name:20}{one.mean:8.4f}{one.standard_error:9.4f}{against}   {parameters}".rstrip()


def _mapping(one: Tried, shipped: Tried) -> dict[str, Any]:
    gain, error = one.gain(shipped)
    return {
        "name": one.name,
        "parameters": one.parameters,
        "figures": one.figures.tolist(),
        "mean": one.mean,
        "standard_error": one.standard_error,
        "gain": gain,
        "gain_standard_error": error,
    }
