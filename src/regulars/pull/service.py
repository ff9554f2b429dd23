"""Rows of a paged HTTP service that answers in JSON: a page at a time, patient with limits, exact about the end."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from regulars.errors import UsageError
from regulars.pull.connection import Connection
from regulars.sources import Pull

if TYPE_CHECKING:
    import urllib3

Row = dict[str, Any]

TRIES = 7
"""How often one page is asked for before the source counts as away: with the waits between, a little over a minute."""

STARTS = 3
"""How often a reading begins anew because the service has forgotten its cursor."""

LONGEST_WAIT_SECONDS = 900
"""A service that wants us to come back later than this is read by the next run."""

_LONGEST_BACKOFF_SECONDS = 30
_SECONDS_TO_CONNECT, _SECONDS_TO_ANSWER = 15, 60
_MOST_BYTES = 64 * 2**20
_COME_AGAIN = frozenset({429, 500, 502, 503, 504})
_FORGOTTEN = frozenset({400, 404, 410, 422})
"""What services say of a cursor that has expired."""


class CursorExpired(Exception):
    """The service knows nothing of the page it named itself: what was read so far is no beginning of anything."""


def changed_rows(pull: Pull, connection: Connection, since: datetime | None, until: datetime) -> Iterator[Row]:
    """Objects whose watermark is at ``since`` or later and before ``until``, as the service orders them.

    A row without a readable watermark is given too: landing judges it. Raises CursorExpired in the middle;
    RegularsError when the service cannot be read, or does not answer as ``conf/pulls`` says; UsageError for an address
    without TLS.
    """
    service = _Service(pull, connection)
    with closing(service):
        for page in service.pages(since, until):
            for row in page:
                changed = _instant(value_at(row, pull.watermark))
                if changed is None or ((since is None or changed >= since) and changed < until):
                    yield row


def value_at(answer: Any, path: str) -> Any:
    """What stands at ``path``, in dots; None when nothing does. An empty path is the answer itself."""
    for step in path.split(".") if path else ():
        answer = answer.get(step) if isinstance(answer, Mapping) else None
    return answer


class _Service:
    def __init__(self, pull: Pull, connection: Connection) -> None:
        import urllib3

        self._asked: dict[str, Any] = pull.http or {}
        self._connection, self._address = connection, _address(connection)
        timeout = urllib3.Timeout(connect=_SECONDS_TO_CONNECT, read=_SECONDS_TO_ANSWER)
        self._pool = urllib3.PoolManager(headers=_headers(connection), timeout=timeout)

    def close(self) -> None:
        self._pool.clear()

    def pages(self, since: datetime | None, until: datetime) -> Iterator[list[Row]]:
        """Each page's rows. A short page is no end: that is when the service names no next one, or a page is empty."""
        page, asked = self._asked["page"], {str(name): _text(value) for name, value in self._parameters(since, until)}
        by_number = page["by"] == "number"
        place = "1" if by_number else None
        before: list[Row] = []
        seen: set[str | None] = set()
        while place not in seen:
            seen.add(place)
            answer = self._answer(asked if place is None else {**asked, page["parameter"]: place}, place)
            rows = value_at(answer, self._asked["rows"])
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                raise self._failed(f"the answer has no list of objects at '{self._asked['rows']}'")
            if by_number and rows and rows == before:
                raise self._failed(f"page {place} is the same as the one before; is '{page['parameter']}' its name?")
            yield rows
            before = rows
            following = str(int(place or 1) + 1) if by_number else value_at(answer, page["next"])
            if not (rows if by_number else following):
                return
            place = str(following)
        raise self._failed("it names a page that was read already as the next one")

    def _parameters(self, since: datetime | None, until: datetime) -> Iterator[tuple[str, Any]]:
        yield from self._asked.get("parameters", {}).items()
        if since:
            yield self._asked["since"], since
        if "until" in self._asked:
            yield self._asked["until"], until

    def _answer(self, parameters: Mapping[str, str], cursor: str | None) -> Any:
        """One page as JSON, however often it has to be asked for."""
        import urllib3

        patience = urllib3.Retry(
            total=TRIES - 1,
            redirect=False,
            status_forcelist=_COME_AGAIN,
            allowed_methods={"GET"},
            backoff_factor=1,
            backoff_max=_LONGEST_BACKOFF_SECONDS,
            backoff_jitter=1,
            retry_after_max=LONGEST_WAIT_SECONDS,
        )
        address = f"{self._address}/{self._asked['path'].lstrip('/')}"
        while True:
            try:
                answer = self._pool.request(
                    "GET", address, fields=dict(parameters), retries=patience, preload_content=False
                )
                with closing(answer):
                    patience = answer.retries or patience
                    self._check(answer, cursor)
                    return _json(answer.read(_MOST_BYTES + 1, decode_content=True))
            except urllib3.exceptions.MaxRetryError as error:
                raise self._failed(_words(error)) from None
            except (urllib3.exceptions.HTTPError, _NotJson) as broken:
                # The connection broke in the middle of the answer, or what came is none.
                patience = self._once_more(patience, broken)

    def _once_more(self, patience: urllib3.Retry, broken: Exception) -> urllib3.Retry:
        import urllib3

        told = str(broken) if isinstance(broken, _NotJson) else "the answer broke off"
        try:
            patience = patience.increment("GET", error=urllib3.exceptions.ProtocolError(told))
        except urllib3.exceptions.HTTPError:
            raise self._failed(f"{told}, {TRIES} times") from None
        patience.sleep()
        return patience

    def _check(self, answer: urllib3.BaseHTTPResponse, cursor: str | None) -> None:
        if answer.status == 200:
            return
        if cursor is not None and self._asked["page"]["by"] == "cursor" and answer.status in _FORGOTTEN:
            raise CursorExpired
        if answer.status in (401, 403):
            raise self._failed(f"its credentials are refused ({answer.status})")
        raise self._failed(f"it answers with {answer.status}")

    def _failed(self, what: str) -> Exception:
        return self._connection.failed(what, where=self._asked["path"])


class _NotJson(Exception):
    """What came is no JSON, or too much of it."""


def _json(body: bytes) -> Any:
    if len(body) > _MOST_BYTES:
        raise _NotJson(f"a page has more than {_MOST_BYTES:,} bytes; ask for fewer rows in `parameters`")
    try:
        # A number keeps its digits.
        return json.loads(body, parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise _NotJson("the answer is not JSON") from None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _address(connection: Connection) -> str:
    scheme, _, host = connection.host.rpartition("://")
    scheme = scheme or connection.schema or "https"
    bare = host.partition("/")[0].partition(":")[0]
    if scheme != "https" and bare not in ("localhost", "127.0.0.1"):
        raise UsageError(
            "Personal data and credentials travel by https only",
            where=f"connection '{connection.name}'",
            next_step=f"write its host as https://{bare}",
        )
    return f"{scheme}://{host}{f':{connection.port}' if connection.port else ''}".rstrip("/")


def _headers(connection: Connection) -> dict[str, str]:
    import urllib3

    said = {"accept": "application/json", "accept-encoding": "gzip", "user-agent": "regulars"}
    if connection.login:
        return said | urllib3.make_headers(basic_auth=f"{connection.login}:{connection.password}")
    return said | ({"authorization": f"Bearer {connection.password}"} if connection.password else {})


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value.isoformat(timespec='microseconds')}Z" if isinstance(value, datetime) else str(value)


def _instant(value: Any) -> datetime | None:
    try:
        instant = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return instant.astimezone(UTC).replace(tzinfo=None) if instant.tzinfo else None


def _words(error: urllib3.exceptions.MaxRetryError) -> str:
    import urllib3

    reason = error.reason
    if isinstance(reason, urllib3.exceptions.ResponseError):
        return f"{str(reason).replace('too many ', 'it answered too often with ').replace(' error responses', '')}"
    if isinstance(reason, urllib3.exceptions.SSLError):
        return "its certificate is not trusted"
    return f"it does not answer ({type(reason).__name__}, {TRIES} times)"
