"""A help desk on loopback: pages of tickets, with every way in which such a service makes life hard."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Ticket = dict[str, Any]
Trouble = Callable[["_Handler"], None]
TOKEN = "token-Brindlemoth-4419"


@dataclass
class HelpDesk:
    """``tickets``: rows with a changed_at. ``troubles``: what becomes of requests by their number, from 1."""

    tickets: list[Ticket]
    page: int = 3
    troubles: dict[int, Trouble] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    tls: ssl.SSLContext | None = None

    def __enter__(self) -> HelpDesk:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        if self.tls:
            self._server.socket = self.tls.wrap_socket(self._server.socket, server_side=True)
        self._server.desk = self  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def between(self, asked: dict[str, str]) -> list[Ticket]:
        """Tickets changed in the stretch, oldest change first."""
        since, until = asked.get("changed_since", ""), asked.get("changed_before", "9999")
        found = [one for one in self.tickets if since <= one["changed_at"] < until]
        return sorted(found, key=lambda one: (one["changed_at"], one["id"]))


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        desk: HelpDesk = self.server.desk  # type: ignore[attr-defined]
        asked = dict(parse_qsl(urlsplit(self.path).query))
        desk.asked.append(asked)
        if trouble := desk.troubles.get(len(desk.asked)):
            trouble(self)
        elif self.headers["authorization"] != f"Bearer {TOKEN}":
            self.answer(401, b"who are you?")
        else:
            self.answer(200, self.sound())

    def sound(self) -> bytes:
        """The page that was asked for, by cursor or number."""
        desk: HelpDesk = self.server.desk  # type: ignore[attr-defined]
        asked = desk.asked[-1]
        found = desk.between(asked)
        by_number = "page" in asked
        first = (int(asked["page"]) - 1) * desk.page if by_number else int(asked.get("cursor", "after-0")[6:])
        following = first + desk.page
        cursor = f"after-{following}" if following < len(found) else None
        rows = [{name: value for name, value in one.items() if value is not None} for one in found[first:following]]
        return json.dumps({"tickets": rows, "meta": {"next_cursor": cursor}}).encode()

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"content-length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def too_many(seconds: str) -> Trouble:
    """429 with a Retry-After."""
    return lambda handler: handler.answer(429, b"slow down", retry_after=seconds)


def says(status: int, body: bytes) -> Trouble:
    """An answer of its own."""
    return lambda handler: handler.answer(status, body)


def cut_short(handler: _Handler) -> None:
    """The sound page, announced whole and broken off in the middle."""
    body = handler.sound()
    handler.send_response(200)
    handler.send_header("content-length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])
    handler.close_connection = True


def hangs_up(handler: _Handler) -> None:
    """No answer at all."""
    handler.close_connection = True
    handler.connection.close()


def half_page(handler: _Handler) -> None:
    """One row where three were asked for, and a cursor for the rest."""
    answer = json.loads(handler.sound())
    cursor = handler.server.desk.asked[-1].get("cursor", "after-0")  # type: ignore[attr-defined]
    short = {"tickets": answer["tickets"][:1], "meta": {"next_cursor": f"after-{int(cursor[6:]) + 1}"}}
    handler.answer(200, json.dumps(short).encode())
