"""Traits: what a rule can ask about a customer. Each is a column of a mart, named and described by its dbt contract."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from regulars import config, contracts
from regulars.errors import UsageError
from regulars.segments import rfm_names

PROFILE_MARTS = ("dim_customer", "customer_features", "customer_behaviour", "customer_rfm")
SCORE_MART, CLUSTER_MART = "customer_score", "customer_cluster"
LEARNED_MARTS = (SCORE_MART, CLUSTER_MART)
"""Written before segments are known, and read by rules where they were written."""
MARTS = (*PROFILE_MARTS, *LEARNED_MARTS)
"""The marts whose columns are traits; `traits_of` wants the columns of each."""

_KEYS = frozenset({"customer_id", "as_of", "model"})


class Kind(StrEnum):
    """What a trait's values are."""

    NUMBER = "number"
    TEXT = "text"
    YES_NO = "yes or no"
    TIME = "time"


@dataclass(frozen=True)
class AcceptedValue:
    """One value a text can have. ``description`` and ``rule`` say what it means; empty where the contract does not."""

    value: str
    description: str = ""
    rule: str = ""


@dataclass(frozen=True)
class Trait:
    """One fact about a customer; null where it is not known, or the customer has no row in the mart.

    ``name`` is the word rules use, ``label`` the one people read. ``model`` is set for columns of customer_score only.
    ``values`` is empty where any value may occur.
    """

    name: str
    kind: Kind
    mart: str
    column: str
    model: str | None = None
    label: str = ""
    unit: str = ""
    values: tuple[AcceptedValue, ...] = ()


class Column(Protocol):
    """A column of a mart as its contract has it.

    Keys of ``meta`` that count here: label, unit, values (a list of those accepted, or a mapping of value to meaning)
    and, in customer_score, models (those that give the column; every one when absent).
    """

    @property
    def name(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def meta(self) -> Mapping[str, Any]: ...


def traits() -> dict[str, Trait]:
    """Every trait of this home by name: columns from dbt's manifest, models from `conf/models`.

    Raises RegularsError when dbt has not been run here yet.
    """
    models = sorted(path.stem for path in (config.CONF / "models").glob("*.yml"))
    return traits_of({mart: contracts.columns(mart) for mart in MARTS}, models)


def traits_of(columns: Mapping[str, Iterable[Column]], models: Iterable[str]) -> dict[str, Trait]:
    """Every trait by name, from the columns of ``MARTS`` and the names of the models.

    A column goes by its own name; by ``mart.column`` where two marts have a column of that name, so that no rule means
    another one than it says. A score goes by ``model.column``, what is said of a customer's cluster by
    ``customer_cluster.column``. Raises UsageError for a type no rule can compare.
    """
    listed = {mart: [column for column in columns[mart] if column.name not in _KEYS] for mart in MARTS}
    often = Counter(column.name for mart in PROFILE_MARTS for column in listed[mart])
    found = [
        _trait(column, mart, column.name if often[column.name] == 1 else f"{mart}.{column.name}")
        for mart in PROFILE_MARTS
        for column in listed[mart]
    ]
    found += [_trait(column, CLUSTER_MART, f"{CLUSTER_MART}.{column.name}") for column in listed[CLUSTER_MART]]
    for model in models:
        for column in listed[SCORE_MART]:
            if model in column.meta.get("models", [model]):
                found.append(_trait(column, SCORE_MART, f"{model}.{column.name}", model))
    return {trait.name: trait for trait in found}


def slug(value: str) -> str:
    """A value as part of a segment's id: lower case, words joined by underscores."""
    return re.sub(r"[^a-z0-9]+", "_", value.lower()).strip("_")


def _trait(column: Column, mart: str, name: str, model: str | None = None) -> Trait:
    return Trait(
        name=name,
        kind=_kind(column.type, f"{mart}.{column.name}"),
        mart=mart,
        column=column.name,
        model=model,
        label=_label(column, model),
        unit=str(column.meta.get("unit") or ""),
        values=_values(column),
    )


def _label(column: Column, model: str | None) -> str:
    words = column.meta.get("label") or re.sub(r"_(\d+)d$", r" in \1 days", column.name).replace("_", " ")
    return f"{model} {words}" if model else str(words)


def _values(column: Column) -> tuple[AcceptedValue, ...]:
    if column.name == "rfm_segment":
        overdue = rfm_names.load_rfm_overdue()
        return tuple(
            AcceptedValue(name.rfm_segment, name.description, rfm_names.rule_in_words(name, overdue))
            for name in rfm_names.load_rfm_names()
        )
    accepted = column.meta.get("values") or []
    if isinstance(accepted, Mapping):
        return tuple(AcceptedValue(str(value), str(meaning or "")) for value, meaning in accepted.items())
    return tuple(AcceptedValue(str(value)) for value in accepted)


def _kind(type_name: str, where: str) -> Kind:
    word = type_name.upper().split("(")[0].strip()
    if word in {"TINYINT", "SMALLINT", "INTEGER", "INT", "BIGINT", "HUGEINT", "DECIMAL", "FLOAT", "DOUBLE"}:
        return Kind.NUMBER
    if word in {"VARCHAR", "TEXT", "STRING"}:
        return Kind.TEXT
    if word in {"BOOLEAN", "BOOL"}:
        return Kind.YES_NO
    if word.startswith(("TIMESTAMP", "DATE")):
        return Kind.TIME
    raise UsageError(f"No rule can compare a column of type {type_name}", where=where)
