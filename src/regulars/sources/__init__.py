"""What a source has promised to deliver, and how it is pulled: ``conf/sources``, ``conf/kinds`` and ``conf/pulls``."""

from __future__ import annotations

from pathlib import Path

from regulars.sources.column import Column, plain_label
from regulars.sources.contract import Enrichment, SourceEntity, Written
from regulars.sources.kinds import Kind, load_kind, load_kinds
from regulars.sources.pulls import Pull, load_pull, pulls_of
from regulars.sources.reading import entity_of, load_all, load_entities, load_entity, of_source

__all__ = [
    "DATE_FIELD",
    "MANIFEST_ENDING",
    "Column",
    "Enrichment",
    "Kind",
    "Pull",
    "SourceEntity",
    "Written",
    "entity_of",
    "load_all",
    "load_entities",
    "load_entity",
    "load_kind",
    "load_kinds",
    "load_pull",
    "manifest_beside",
    "of_source",
    "plain_label",
    "pulls_of",
]

DATE_FIELD = "{business_date}"
MANIFEST_ENDING = ".manifest.json"


def manifest_beside(path: Path) -> Path:
    """Where the manifest of the file ``path`` is, when it has one."""
    return path.with_name(path.name + MANIFEST_ENDING)
