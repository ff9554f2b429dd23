"""Where landing puts what it makes. Every file is named by the sha256 of the bytes it was made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from regulars.config import Home
from regulars.durable import remove_parts, sha256_of, write_bytes, write_whole
from regulars.errors import RegularsError
from regulars.sources import MANIFEST_ENDING, SourceEntity, manifest_beside

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Storage:
    """The folders of one source's entity: below ``personal/`` is what may show a person."""

    home: Home
    entity: SourceEntity

    @property
    def _protected(self) -> Path:
        return self.home.personal if self.entity.is_personal else self.home.landed

    @property
    def raw_folder(self) -> Path:
        """Where files of this source lie as they were delivered."""
        return self._protected / "raw" / self.entity.source

    def raw(self, sha256: str, ending: str) -> Path:
        """The file as it was delivered."""
        return self.raw_folder / f"{sha256}{ending}"

    def accepted(self, sha256: str, business_date: date) -> Path:
        """The typed rows, without personal columns."""
        partition = f"business_date={business_date}"
        return self.home.landed / self.entity.source / self.entity.entity / partition / f"{sha256}.parquet"

    def quarantined(self, sha256: str) -> Path:
        """The rows refused while landing."""
        return self._protected / "quarantine" / self.entity.source / self.entity.entity / f"{sha256}.parquet"

    def personal(self, sha256: str) -> Path:
        """The personal columns by key."""
        return self.entity.personal_rows(self.home, sha256)

    def keep_raw(self, sha256: str, ending: str, raw: bytes, manifest: Path) -> None:
        """Store the bytes once, as the same bytes are already whole, and beside them what their manifest says now."""
        path = self.raw(sha256, ending)
        if not path.exists():
            write_bytes(path, raw)
        if manifest.is_file():
            write_bytes(manifest_beside(path), manifest.read_bytes())

    def kept_raw(self, sha256: str) -> Path:
        """The stored bytes, now where the contract of today wants them: columns may have become personal since.

        Raises RegularsError when they are gone or no longer those that were delivered.
        """
        here = self.raw_folder
        elsewhere = self.home.landed if self.entity.is_personal else self.home.personal
        for found in sorted((elsewhere / "raw" / self.entity.source).glob(f"{sha256}*")):
            write_bytes(here / found.name, found.read_bytes())
            found.unlink()
        for stale in (elsewhere / "quarantine" / self.entity.source / self.entity.entity).glob(f"{sha256}*"):
            stale.unlink()
        kept = [path for path in sorted(here.glob(f"{sha256}*")) if not path.name.endswith(MANIFEST_ENDING)]
        path = kept[0] if kept else self.raw(sha256, "")
        if not path.exists() or sha256_of(path) != sha256:
            told = "have the source deliver the file again"
            raise RegularsError("The kept bytes of this content are gone or altered", where=str(path), next_step=told)
        return path


def write_table(table: pa.Table, path: Path, unique: Sequence[str] = ()) -> None:
    """An Arrow table as Parquet at ``path``, in one step. Of ``unique`` columns no dictionary is kept: it would hold
    every value once more.
    """
    import pyarrow.parquet as pq

    repeated = [name for name in table.column_names if name not in unique]
    form = {"compression": "zstd", "store_decimal_as_integer": True, "use_dictionary": repeated}
    write_whole(path, lambda part: pq.write_table(table, part, **form))


def remove_leftovers(home: Home, source: str, entities: tuple[SourceEntity, ...]) -> None:
    """Remove what a killed landing of ``source`` left half-written. Only its one landing may call this."""
    for entity in entities:
        storage = Storage(home, entity)
        for folder in (storage.raw_folder, storage.quarantined("").parent, storage.personal("").parent):
            remove_parts(folder)
    remove_parts(home.landed / source)
