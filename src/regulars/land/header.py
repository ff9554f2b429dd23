"""Compares the columns a file has with those that were promised: by name, never by position."""

from __future__ import annotations

import csv
from collections import Counter
from difflib import get_close_matches

from regulars.land.reading import FileRefused
from regulars.sources import SourceEntity, plain_label

_OTHER_DELIMITERS = ";\t|"


def header_names(line: str | None, entity: SourceEntity) -> list[str]:
    """The column names in the first line of a CSV. Raises FileRefused when it is no header of this entity."""
    if line is None:
        raise FileRefused("bad_encoding", "the header is not UTF-8")
    promised = {column.header for column in entity.read_columns}
    for delimiter in _OTHER_DELIMITERS:
        if len(promised) > 1 and len(promised & set(line.replace('"', "").split(delimiter))) > 1:
            raise FileRefused("wrong_delimiter", f"columns are separated by {delimiter!r}, expected ','")
    try:
        found = next(csv.reader([line], strict=True), [])
    except csv.Error as broken:
        raise FileRefused("bad_header", f"line 1: {broken}") from None
    return as_promised(found, entity) if entity.kind else found


def as_promised(found: list[str], entity: SourceEntity) -> list[str]:
    """The labels of an export made for people, each as its contract writes it: case and blanks around do not count, and
    what nobody reads may stand there twice, or without a name."""
    promised = {plain_label(column.header): column.header for column in entity.read_columns}
    times = Counter(map(plain_label, found))
    return [
        promised.get(plain_label(label)) or (f"{label} in column {place}" if times[plain_label(label)] > 1 else label)
        for place, label in enumerate(found, start=1)
    ]


def drift_of(found: list[str], entity: SourceEntity) -> str:
    """What ``found`` has beyond the contract, in words; an empty text when nothing.

    Raises FileRefused when a promised column is missing or named twice. Names are quoted only from a line that is a
    header beyond doubt: of a file without one it would be a row, and a row may name a person.
    """
    promised = list(dict.fromkeys(column.header for column in entity.read_columns))
    may_lack = {column.header for column in entity.read_columns if column.may_lack}
    missing = [name for name in promised if name not in found and name not in may_lack]
    if len(missing) * 2 > len(promised):
        raise FileRefused("wrong_header", f"{len(missing)} columns are missing; expected {', '.join(promised)}")
    times = Counter(found)
    twice = [name for name in found if times[name] > 1]
    if twice:
        raise FileRefused("duplicate_header", f"column '{twice[0]}' is there {times[twice[0]]} times")
    added = [name for name in found if name not in promised]
    if missing:
        near = get_close_matches(missing[0], added, n=1, cutoff=0.5)
        hint = f"is it '{near[0]}'?" if near else f"the file has {', '.join(found)}"
        raise FileRefused("missing_column", f"there is no column '{missing[0]}'; {hint}")
    return f"additional columns: {', '.join(added)}" if added else ""
