"""The plugin of dbt-duckdb that `profiles.yml` names: which candidate dbt builds, told when it connects."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from dbt.adapters.duckdb.plugins import BasePlugin

from regulars.build.layers import FOLDER
from regulars.warehouse import MEMORY_LIMIT, quoted

if TYPE_CHECKING:
    import duckdb


class Plugin(BasePlugin):
    """Attaches the files of the candidate as ``regulars`` and ``work``; what memory does not hold goes beside them."""

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Called by dbt before it attaches what the profile names, which it does only where nothing is attached."""
        folder = Path(os.environ[FOLDER])
        conn.execute("set memory_limit = ?", [MEMORY_LIMIT])
        conn.execute("set temp_directory = ?", [str(folder / ".spilled")])
        for name in ("regulars", "work"):
            conn.execute(f"attach {quoted(folder / f'{name}.duckdb')} as {name}")
