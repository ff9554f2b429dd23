"""The rules of `conf/identity/people.yml`: what tells a person, and how two records are compared."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from regulars import config
from regulars.errors import UsageError, did_you_mean

FILE = "people.yml"
DERIVED_ROLES = {"email_name": "email", "email_digits": "email"}
"""Roles no table has a column for, and the role they are taken from. email_name: what stands before the @;
email_digits: the digits in that, empty where there are none.
"""


@dataclass(frozen=True)
class Level:
    """One way in which two values may agree: ``kind`` exact, swapped_with, same, edits or alike, with its ``value``."""

    kind: str
    value: Any
    by_frequency: bool
    says: str
    and_same: str | None = None
    """A role in which the two must agree as well."""

    @property
    def other_role(self) -> str | None:
        """The role it needs beside its own."""
        return self.value if self.kind in ("swapped_with", "same") else self.and_same


@dataclass(frozen=True)
class Comparison:
    """Two values of ``role``; the first of ``levels`` that fits holds."""

    role: str
    levels: tuple[Level, ...]
    unless_known: str | None = None
    """A role that tells it: in a table that has one, this is not compared."""
    moves_with: tuple[str, ...] = ()
    """Roles that change with it: where one differs by more than a slip, that this differs says nothing more."""

    @property
    def roles(self) -> frozenset[str]:
        """Every role its levels look at."""
        return frozenset({self.role, *(level.other_role for level in self.levels if level.other_role)})


@dataclass(frozen=True)
class Rule:
    """Records that agree on all roles of ``same`` are one person, unless they differ in all of ``unless_differ``."""

    name: str
    same: tuple[str, ...]
    says: str
    unless_differ: tuple[str, ...] = ()


@dataclass(frozen=True)
class PeopleRules:
    """Everything `people.yml` says; sets of roles are tuples in the order of the file."""

    threshold: float
    kinds: dict[str, str]
    """By role: name, date, number, email, phone, address or country."""
    names: dict[str, tuple[str, ...]]
    """By role: what its columns are called."""
    rules: tuple[Rule, ...]
    caps: dict[str, int]
    most_descriptions: int
    comparisons: tuple[Comparison, ...]
    blocking: tuple[tuple[str, ...], ...]
    swapped: tuple[tuple[str, ...], ...]
    nearly_sure: tuple[tuple[str, ...], ...]
    train_on: tuple[tuple[str, ...], ...]

    def for_roles(self, present: Collection[str]) -> PeopleRules:
        """What is left of the rules for records that have only the roles ``present``."""
        have = set(present) | {derived for derived, source in DERIVED_ROLES.items() if source in present}

        def kept(sets: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
            return tuple(roles for roles in sets if have.issuperset(roles))

        comparisons = tuple(
            replace(
                each,
                levels=tuple(level for level in each.levels if level.other_role in have | {None}),
                moves_with=tuple(role for role in each.moves_with if role in have),
            )
            for each in self.comparisons
            if each.role in have and each.unless_known not in have
        )
        sets = {name: kept(getattr(self, name)) for name in ("blocking", "swapped", "nearly_sure", "train_on")}
        rules = tuple(
            replace(rule, unless_differ=rule.unless_differ if have.issuperset(rule.unless_differ) else ())
            for rule in self.rules
            if have.issuperset(rule.same)
        )
        return PeopleRules(**{**vars(self), **sets, "comparisons": comparisons, "rules": rules})


def load_people_rules() -> PeopleRules:
    """The rules as they stand. Raises UsageError where a role is named that is not declared, with the nearest one."""
    path = config.CONF / "identity" / FILE
    raw = config.load_yaml(path)
    sets = {name: tuple(tuple(roles) for roles in raw[name]) for name in ("blocking", "swapped", "nearly_sure")}
    rules = PeopleRules(
        threshold=raw["threshold"],
        kinds={role: entry["kind"] for role, entry in raw["roles"].items()},
        names={role: tuple(entry["names"]) for role, entry in raw["roles"].items()},
        rules=tuple(
            Rule(each["name"], tuple(each["same"]), each["says"], tuple(each.get("unless_differ", ())))
            for each in raw["rules"]
        ),
        caps=dict(raw["caps"]),
        most_descriptions=raw["most_descriptions"],
        comparisons=tuple(
            Comparison(
                each["role"],
                tuple(map(_level, each["levels"])),
                each.get("unless_known"),
                tuple(each.get("moves_with", ())),
            )
            for each in raw["comparisons"]
        ),
        train_on=tuple(tuple(roles) for roles in raw["train_on"]),
        **sets,
    )
    known = {*rules.kinds, *DERIVED_ROLES}
    for role in _named(rules):
        if role not in known:
            raise UsageError(f"There is no role {role!r}", where=str(path), next_step=did_you_mean(role, known))
    return rules


def _level(raw: dict[str, Any]) -> Level:
    kind = next(name for name in ("exact", "swapped_with", "same", "edits", "alike") if name in raw)
    return Level(kind, raw[kind], raw.get("by_frequency", False), raw["says"], raw.get("and_same"))


def _named(rules: PeopleRules) -> list[str]:
    sets = [*rules.blocking, *rules.swapped, *rules.nearly_sure, *rules.train_on, tuple(rules.caps)]
    sets += [(*rule.same, *rule.unless_differ) for rule in rules.rules] + [(each.role,) for each in rules.comparisons]
    levels = [level.other_role for each in rules.comparisons for level in each.levels]
    levels += [other for each in rules.comparisons for other in (each.unless_known, *each.moves_with)]
    return [role for roles in sets for role in roles] + [role for role in levels if role]
