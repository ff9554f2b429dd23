"""The Markdown files of the project and what can be taken out of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from regulars import config

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE_AND_FENCE = re.compile(r"^`([\w./-]+)`\n\n```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def documents() -> list[Path]:
    """Every Markdown file, those in the root first."""
    return [*sorted(config.PROJECT.glob("*.md")), *sorted((config.PROJECT / "docs").rglob("*.md"))]


def name_of(path: Path) -> str:
    """A document's name for people."""
    return str(path.relative_to(config.PROJECT))


def blocks(path: Path, language: str) -> list[str]:
    """The fenced blocks of ``path`` in one language."""
    return [body for found, body in _FENCE.findall(path.read_text()) if found == language]


def files_shown(path: Path) -> list[tuple[str, str, str]]:
    """The blocks that a file's name stands above: (file, language, text)."""
    return _FILE_AND_FENCE.findall(path.read_text())


def links(path: Path) -> Iterator[str]:
    """Where the links of ``path`` lead, code left out."""
    text = _FENCE.sub("", path.read_text())
    yield from _LINK.findall(re.sub(r"`[^`\n]*`", "", text))


def anchors(path: Path) -> set[str]:
    """The anchors of the headings of ``path``, as a code host makes them."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", path.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def rows_of_tables(path: Path) -> list[list[str]]:
    """The cells of every table row of ``path``, headers and rules left out."""
    lines = _FENCE.sub("", path.read_text()).splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if line.startswith("|")]
    rules = {number for number, row in enumerate(cells) if set("".join(row)) <= set("-:| ")}
    return [row for number, row in enumerate(cells) if number not in rules and number + 1 not in rules]
