"""One new content: its raw bytes kept, checked against what the source says of them, unpacked and read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from regulars.json_sql import LINE
from regulars.land.csv_reader import read_csv
from regulars.land.decompress import unpacked
from regulars.land.inbox import Arrival, Manifest
from regulars.land.jsonl_reader import read_jsonl
from regulars.land.parquet_reader import read_parquet
from regulars.land.reading import FileRefused, Reading, table_of
from regulars.sources import SourceEntity


@dataclass(frozen=True)
class NewContent:
    """The bytes of a file whose content is not settled, and when they were known. ``partition``: where its rows go."""

    arrival: Arrival
    entity: SourceEntity
    raw: bytes
    sha256: str
    partition: date
    known_at: datetime
    manifest: Manifest

    @property
    def is_proven_whole(self) -> bool:
        """Whether a checksum or a manifest shows that nothing was cut off."""
        has_checksum = self.arrival.ending.endswith((".gz", ".zst", ".parquet"))
        return has_checksum or self.manifest.sha256 is not None or self.manifest.rows is not None


def read_content(new: NewContent) -> Reading:
    """The rows of a file as text. Raises FileRefused for one not whole, not as promised, or wrongly empty."""
    said = new.manifest.sha256
    if said and said != new.sha256:
        raise FileRefused("manifest_sha256", f"the manifest says {said[:12]}…, the file is {new.sha256[:12]}…")
    reading = _read(new, unpacked(new.raw, new.arrival.name))
    read_rows = reading.rows.num_rows + len(reading.refused)
    if new.manifest.rows is not None and new.manifest.rows != read_rows:
        raise FileRefused("manifest_rows", f"the manifest says {new.manifest.rows:,} rows, the file has {read_rows:,}")
    if not read_rows and new.entity.allow_empty == "never":
        raise FileRefused("zero_rows", "there is a header and no row")
    return reading


def _read(new: NewContent, content: bytes) -> Reading:
    entity = new.entity
    if not content or content.isspace():
        if entity.allow_empty != "yes":
            raise FileRefused("empty_file", "there is nothing in it, not even a header")
        names = [LINE] if entity.is_json else [column.name for column in entity.read_columns]
        return Reading(table_of(names, [[] for _ in names], []), [], str)
    if entity.format == "jsonl":
        return read_jsonl(content, entity)
    if entity.format == "parquet":
        return read_parquet(content, entity)
    return read_csv(content, entity, is_proven_whole=new.is_proven_whole)
