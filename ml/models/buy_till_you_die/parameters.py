"""Parameters of a model as a plain mapping that goes into JSON, and back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from regulars.errors import UsageError, did_you_mean


@dataclass(frozen=True)
class Parameters:
    """What a model was found to be. Every number is finite and above 0; raises UsageError otherwise."""

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            is_flag = isinstance(value, bool)
            if not is_flag and not (isinstance(value, int | float) and math.isfinite(value) and value > 0):
                raise UsageError(
                    f"{name} is {value!r}, not a finite number above 0",
                    where=type(self).__name__,
                    next_step="fit the model again; see that its mapping was not altered",
                )

    def to_mapping(self) -> dict[str, Any]:
        """Each parameter by its name; ``from_mapping`` gives the same model, to the last bit, after JSON too."""
        return asdict(self)

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Self:
        """The model ``to_mapping`` wrote. Raises UsageError when a parameter is unknown or missing."""
        known = {field.name for field in fields(cls)}
        for name in sorted(mapping.keys() - known):
            raise UsageError(f"There is no parameter '{name}'. {did_you_mean(name, known)}", where=cls.__name__)
        for name in sorted(known - mapping.keys()):
            raise UsageError(f"The parameter '{name}' is missing", where=cls.__name__, next_step="fit the model again")
        return cls(**mapping)
