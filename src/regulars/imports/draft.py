"""A mapping to begin with, for a table of orders in no known format: whoever knows the table finishes it."""

from __future__ import annotations

import re
from pathlib import Path

from regulars import config
from regulars.durable import write_text
from regulars.errors import UsageError
from regulars.imports.formats import load_formats
from regulars.imports.reading import FIRST_ROWS, TextFile, opened
from regulars.sources import plain_label

TO_BE_SAID = "?"
"""Stands for a label that could not be guessed; a file with it is recognised by nothing."""

_ESSENTIAL = {
    "contact_ref": "who bought: a number of the customer",
    "ordered_at": "when it was bought",
    "line_total": "what was paid for the row",
}
_LIKE = {
    "ordered_at": "try_cast({0} as timestamp) is not null or try_cast({0} as timestamptz) is not null",
    "line_total": "regexp_full_match({0}, '[^0-9]{{0,3}}[0-9., ]*[0-9][.,][0-9]{{2}}[^0-9]{{0,4}}')",
}

_DRAFT = """# A draft: see that each label is right, and write one for every {unknown!r}. Then: regulars import {file}
title: {title}
system: {system}
entity: order_row
kind: export__order_row
description: One row of {file}.
owner: whoever delivers {file}
file: {file}
history: true
{zone}columns:
{columns}
"""


def write_draft(path: Path) -> str:
    """Write ``conf/formats/<name>.yml`` for the table ``path``; gives what was guessed and what a person has to say.

    Guessed by labels that known formats have, then by what values look like. Raises UsageError where a format of that
    name is there already.
    """
    system = re.sub(r"[^a-z0-9]+", "_", path.name.split(".")[0].lower()).strip("_")
    system = system if system[:1].isalpha() else f"table_{system}"
    place = config.CONF / "formats" / f"{system}.yml"
    if place.exists():
        raise UsageError("There is a format of this name already", where=str(place), next_step="finish or remove it")
    with opened(path) as file:
        guessed = _by_label(file)
        guessed |= _by_content(file, guessed)
        has_offset = "ordered_at" in guessed and _has_offset(file, guessed["ordered_at"])
    lines = [] if "order_ref" in guessed else [("order_per", "{name: order_per, value: day}")]
    named = {"order_ref": guessed.get("contact_ref", TO_BE_SAID)} | dict.fromkeys(_ESSENTIAL, TO_BE_SAID) | guessed
    for name, label in named.items():
        needed = ", needed: true" if name in ("order_ref", *_ESSENTIAL) else ""
        lines.append((name, f"{{name: {name}, labels: [{_quoted(label)}]{needed}}}"))
    columns = "\n".join(f"  - {line}" for _, line in lines)
    title, zone = system.replace("_", " ").capitalize(), "" if has_offset else "zone: ask\n"
    text = _DRAFT.format(unknown=TO_BE_SAID, file=path.name, title=title, system=system, zone=zone, columns=columns)
    write_text(place, text)
    open_ones = [f"{name} ({_ESSENTIAL[name]})" for name in _ESSENTIAL if named[name] == TO_BE_SAID]
    said = ", ".join(f"{name} ← {label}" for name, label in named.items() if label != TO_BE_SAID)
    todo = f"Say in it: {', '.join(open_ones)}." if open_ones else "See that it is right."
    return f"Wrote {place}: {said}.\n{todo} Then: regulars import {path}"


def _by_label(file: TextFile) -> dict[str, str]:
    """Columns by labels that formats of the same kind have for them."""
    guessed: dict[str, str] = {}
    for one in load_formats():
        for column in one.columns if one.kind == "export__order_row" else ():
            label = column.found_in(file.by_plain_label)
            if label and column.name not in guessed and label not in guessed.values() and not column.words:
                guessed[column.name] = label
    return guessed


def _by_content(file: TextFile, guessed: dict[str, str]) -> dict[str, str]:
    """A time and an amount by what nearly all values look like; a customer by a label that speaks of one."""
    found: dict[str, str] = {}
    for name, like in _LIKE.items():
        left = [label for label in file.labels if label not in {*guessed.values(), *found.values()}]
        if name in guessed or not left:
            continue
        shares = ", ".join(f"coalesce(avg(({like.format(file.column(label))})::int), 0)" for label in left)
        row = file.connection.execute(f"select {shares} from {FIRST_ROWS}").fetchone() or ()
        share, label = max(zip(row, left, strict=True), key=lambda pair: pair[0], default=(0, ""))
        if share > 0.9:
            found[name] = label
    if "contact_ref" not in guessed:
        left = [label for label in file.labels if label not in {*guessed.values(), *found.values()}]
        who = next(
            (label for label in left if re.search("cust|client|kund|member|user|buyer", plain_label(label))), None
        )
        found |= {"contact_ref": who} if who else {}
    return found


def _has_offset(file: TextFile, label: str) -> bool:
    ending = r"(Z|UTC|[+-]\d\d:?\d\d)$"
    row = file.connection.execute(
        f"select bool_and(regexp_matches(trim({file.column(label)}), '{ending}')) from {FIRST_ROWS}"
    ).fetchone()
    return bool(row and row[0])


def _quoted(label: str) -> str:
    return '"' + label.replace("\\", "\\\\").replace('"', '\\"') + '"'
