"""A reader that polls what is published, as an analyst's client would, while something goes wrong."""

from __future__ import annotations

import threading
from types import TracebackType

from regulars import warehouse
from regulars.config import Home

_SECONDS_BETWEEN = 0.25
_QUERY = """
    select
        publication_id,
        content_hash,
        (select count(*) from dim_customer) as customers,
        (select count(*) from segment_membership) as memberships,
        (select sum(net_revenue) from fct_order) as net_revenue
    from publication
"""


class Reader:
    """Polls until it is left; ``errors`` are failed reads, and publications that were not the same as before."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._poll, daemon=True)
        self.errors: list[str] = []
        self.seen: dict[str, tuple[object, ...]] = {}

    def __enter__(self) -> Reader:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._left.set()
        self._thread.join()

    def _poll(self) -> None:
        while not self._left.wait(_SECONDS_BETWEEN):
            if self._home.in_front:
                self._read()

    def _read(self) -> None:
        try:
            with warehouse.published(self._home.published_database) as connection:
                (row,) = connection.execute(_QUERY).fetchall()
        except Exception as error:
            self.errors.append(str(error))
            return
        if self.seen.setdefault(row[0], row) != row or not row[0].endswith(str(row[1])[:12]):
            self.errors.append(f"{row[0]} was not the same twice")
