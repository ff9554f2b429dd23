"""Batches on their way from text to storage: while one is stored, the next is typed, and a third may be read."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import TYPE_CHECKING, Self

from regulars.config import Home, World
from regulars.land.batch import Batch, TypedContent, store, typed
from regulars.land.content import NewContent
from regulars.land.receipts import Taken
from regulars.sources import SourceEntity

if TYPE_CHECKING:
    import duckdb

BATCHES_ON_THE_LINE = 2
"""One that is typed, and one that is stored: more would only fill memory."""


class Line:
    """Types and stores batches in the order they come. What fails there is raised by ``next_stored``."""

    def __init__(self, home: Home, world: World, connection: duckdb.DuckDBPyConnection) -> None:
        self._home, self._world, self._connection = home, world, connection
        self._typing, self._storing = ThreadPoolExecutor(1), ThreadPoolExecutor(1)
        self._batches: deque[tuple[Batch, Future[list[tuple[NewContent, Taken]]]]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for what is at work; the connection is still needed by it."""
        self._typing.shutdown(cancel_futures=True)
        self._storing.shutdown(cancel_futures=True)

    def __len__(self) -> int:
        return len(self._batches)

    def has(self, sha256: str) -> bool:
        """Whether this very content is on the line."""
        return any(batch.has(sha256) for batch, _ in self._batches)

    def take(self, batch: Batch) -> None:
        """Put ``batch`` at the end of the line."""
        rows = self._typing.submit(typed, batch, self._world, self._connection)
        self._batches.append((batch, self._storing.submit(_stored, rows, self._home)))

    def next_stored(self) -> tuple[SourceEntity, list[tuple[NewContent, Taken]]]:
        """Wait for the first batch of the line and take it off; gives what became of each of its contents."""
        batch, stored = self._batches.popleft()
        return batch.entity, stored.result()


def _stored(rows: Future[list[TypedContent]], home: Home) -> list[tuple[NewContent, Taken]]:
    return store(rows.result(), home)
