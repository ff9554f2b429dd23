"""Where a source is reached, and by which credentials. They are handed in by whoever runs a pull, and shown nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from regulars.errors import RegularsError

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Connection:
    """``schema``: the database of PostgreSQL, or http or https. ``extra``: settings of a driver, such as sslmode."""

    name: str
    host: str
    port: int | None = None
    schema: str = ""
    login: str = ""
    password: str = field(default="", repr=False)
    extra: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def is_on_loopback(self) -> bool:
        """Whether what is sent to it stays on this machine."""
        return self.host in _LOOPBACK or self.host.startswith("/")

    def failed(self, what: str, where: str = "") -> RegularsError:
        """The error of a source that cannot be read now."""
        return RegularsError(
            f"Connection '{self.name}': {what}",
            where=where,
            next_step="nothing was claimed; once the source answers, run this again: it goes on where it was",
        )
