"""Where landing puts what it makes. Every file is named by the sha256 of the bytes it was made from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from regulars.config import Home
from regulars.durable import remove_parts, write_bytes, write_whole
from regulars.sources import SourceEntity

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

    def raw(self, sha256: str, ending: str) -> Path:
        """The file as it was delivered."""
        return self._protected / "raw" / self.entity.source / f"{sha256}{ending}"

    def accepted(self, sha256: str, business_date: date) -> Path:
        """The typed rows, without personal columns."""
        partition = f"business_date={business_date}"
        return self.home.landed / self.entity.source / self.entity.entity / partition / f"{sha256}.parquet"

    def quarantined(self, sha256: str) -> Path:
        """The rows refused while landing."""
        return self._protected / "quarantine" / self.entity.source / self.entity.entity / f"{sha256}.parquet"

    def personal(self, sha256: str) -> Path:
        """The personal columns by key."""
        return self.home.personal / self.entity.source / self.entity.entity / f"{sha256}.parquet"

    def keep_raw(self, sha256: str, ending: str, raw: bytes) -> None:
        """Store the bytes once; the same bytes are already whole."""
        path = self.raw(sha256, ending)
        if not path.exists():
            write_bytes(path, raw)


def write_table(table: pa.Table, path: Path) -> None:
    """An Arrow table as Parquet at ``path``, in one step."""
    import pyarrow.parquet as pq

    write_whole(path, lambda part: pq.write_table(table, part, compression="zstd", store_decimal_as_integer=True))


def remove_leftovers(home: Home, source: str, entities: tuple[SourceEntity, ...]) -> None:
    """Remove what a killed landing of ``source`` left half-written. Only its one landing may call this."""
    for entity in entities:
        storage = Storage(home, entity)
        for folder in (storage.raw("", "").parent, storage.quarantined("").parent, storage.personal("").parent):
            remove_parts(folder)
    remove_parts(home.landed / source)
