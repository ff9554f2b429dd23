"""What `search:` in a model's file says: which values are tried, and on how many periods and groups of customers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ml.models.spec import ModelSpec, load_spec, spec_names
from regulars import config
from regulars.errors import UsageError


@dataclass(frozen=True)
class SearchSpec:
    """Values by parameter of LightGBM; each combination is judged on ``periods`` × ``groups`` folds."""

    periods: int
    groups: int
    parameters: dict[str, tuple[Any, ...]]

    def combinations(self, seed: int) -> list[dict[str, Any]]:
        """Every combination once, in an order drawn by ``seed``: a random search, and the whole grid in the end."""
        shape = [len(values) for values in self.parameters.values()]
        drawn = np.random.default_rng(seed).permutation(int(np.prod(shape)))
        places = zip(*np.unravel_index(drawn, shape), strict=True)
        return [
            {name: values[place] for (name, values), place in zip(self.parameters.items(), one, strict=True)}
            for one in places
        ]


def load_search(name: str) -> SearchSpec:
    """What is searched of the model ``name``. Raises UsageError without such a model, or when its file says nothing."""
    load_spec(name)
    path = config.CONF / "models" / f"{name}.yml"
    raw = config.load_yaml(path) if name in spec_names() else {}
    if "search" not in raw:
        raise UsageError(
            f"Nothing is declared to search for model '{name}'",
            where=str(path.parent),
            next_step="models of customers may say `search:` in their file; see conf/models/churn.yml",
        )
    said = raw["search"]
    values = {parameter: tuple(listed) for parameter, listed in said["parameters"].items()}
    return SearchSpec(said["periods"], said["groups"], values)


def with_parameters(spec: ModelSpec, parameters: dict[str, Any]) -> ModelSpec:
    """``spec`` with ``parameters`` in place of its own, in each of its boosters."""
    changed = (replace(booster, parameters={**booster.parameters, **parameters}) for booster in spec.boosters)
    return replace(spec, boosters=tuple(changed))
