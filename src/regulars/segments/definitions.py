"""The segments of `conf/segments`: one file a segment, or one file for a segment of each value of a trait."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from regulars import config
from regulars.errors import UsageError
from regulars.segments.language import Comparison, Operator, Place, Rule, find_trait, parse_rule
from regulars.segments.plain import plain
from regulars.segments.traits import AcceptedValue, Trait, slug

LIST_HEADER = ["source", "record_key"]
_KINDS = ("rule", "list", "for_each")


@dataclass(frozen=True)
class RecordList:
    """The records on a list a person wrote: distinct (source, record_key), sorted."""

    file_name: str
    records: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class SegmentDefinition:
    """One segment. ``rule_in_words`` is its rule in plain English; ``kind`` says how its members are found."""

    segment_id: str
    name: str
    description: str
    members: Rule | RecordList
    rule_in_words: str

    @property
    def kind(self) -> str:
        """``static`` for a list, ``dynamic`` for a rule."""
        return "static" if isinstance(self.members, RecordList) else "dynamic"


def load_segments(folder: Path, traits: Mapping[str, Trait]) -> list[SegmentDefinition]:
    """Every segment of ``folder``, sorted by id: the file's name, and the value's where there is one for each.

    Raises UsageError with file and line when a file is not of the form it must have or an id stands twice.
    """
    found: dict[str, Path] = {}
    definitions = []
    for path in sorted(folder.glob("*.yml")):
        for definition in _read(path, traits):
            if other := found.get(definition.segment_id):
                what = f"The segment '{definition.segment_id}' is defined twice"
                raise UsageError(what, where=f"{path}:1", next_step=f"rename this file or {other.name}")
            found[definition.segment_id] = path
            definitions.append(definition)
    return sorted(definitions, key=lambda definition: definition.segment_id)


def _read(path: Path, traits: Mapping[str, Trait]) -> Iterator[SegmentDefinition]:
    raw, place = config.load_yaml(path), Place(path)
    if not re.fullmatch(r"[a-z][a-z0-9_]*", path.stem):
        raise place.error(f"'{path.stem}' is no id for a segment: lower-case letters, digits and underscores")
    kinds = [kind for kind in _KINDS if kind in raw]
    if len(kinds) != 1:
        raise place.error(f"A segment has exactly one of {', '.join(_KINDS)}, and this has {len(kinds)}")
    if "for_each" in raw:
        yield from _one_for_each(path.stem, raw, traits, place)
    elif "list" in raw:
        listed = _read_list(raw["list"], place.at("list"))
        words = f"record is one of {len(listed.records):,} on the list {listed.file_name}"
        yield SegmentDefinition(path.stem, raw["name"], raw["description"], listed, words)
    else:
        rule = parse_rule(raw["rule"], traits, place.at("rule"))
        yield SegmentDefinition(path.stem, raw["name"], raw["description"], rule, plain(rule))


def _one_for_each(
    stem: str, raw: dict[str, Any], traits: Mapping[str, Trait], place: Place
) -> Iterator[SegmentDefinition]:
    place = place.at("for_each", "trait")
    trait = find_trait(raw["for_each"]["trait"], traits, place)
    if not trait.values:
        raise place.error(
            f"'{trait.name}' may have any value, so there is no list of values to make segments for",
            next_step="name its values in the column's meta, or write a rule",
        )
    for accepted in trait.values:
        rule = Comparison(trait, Operator.IS, (accepted.value,))
        words = plain(rule) + (f": {accepted.rule}" if accepted.rule else "")
        yield SegmentDefinition(
            segment_id=f"{stem}_{slug(accepted.value)}",
            name=_filled(raw["name"], accepted),
            description=_filled(raw["description"], accepted),
            members=rule,
            rule_in_words=words,
        )


def _filled(text: str, accepted: AcceptedValue) -> str:
    """``{value}`` and ``{meaning}`` replaced in one pass, so that braces in a value stay what they are."""
    known = {"{value}": accepted.value, "{meaning}": accepted.description}
    return re.sub(r"\{value\}|\{meaning\}", lambda match: known[match.group()], text).strip()


def _read_list(name: str, place: Place) -> RecordList:
    lists = (place.path.parent / "lists").resolve()
    path = (place.path.parent / name).resolve()
    if not path.is_relative_to(lists):
        raise place.error(f"'{name}' is not in the folder {lists.name} beside this file")
    if not path.is_file():
        raise place.error(
            f"There is no list '{name}'", next_step=f"put a CSV with the columns source,record_key at {path}"
        )
    with path.open(newline="", encoding="utf-8-sig") as lines:
        try:
            records = set(_records(csv.reader(lines, strict=True), path))
        except (csv.Error, UnicodeDecodeError) as broken:
            raise UsageError(f"This is not a CSV in UTF-8: {broken}", where=str(path)) from None
    return RecordList(path.name, tuple(sorted(records)))


def _records(rows: Any, path: Path) -> Iterator[tuple[str, str]]:
    header: list[str] = next(rows, [])
    if header != LIST_HEADER:
        raise UsageError(f"The header must be {','.join(LIST_HEADER)}, not {','.join(header)}", where=f"{path}:1")
    for row in rows:
        if len(row) != len(LIST_HEADER) or not all(row):
            what = f"A line has a source and a record_key, and this has {len([cell for cell in row if cell])} of them"
            raise UsageError(what, where=f"{path}:{rows.line_num}")
        yield row[0], row[1]
