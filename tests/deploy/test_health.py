"""The health check asks the API server once, and says what it was told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from regulars import airflow_health

TOLD = {"metadatabase": {"status": "healthy"}, "scheduler": {"status": "unhealthy"}, "triggerer": {"status": None}}


class Monitor(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps(TOLD).encode() if self.path == "/api/v2/monitor/health" else b"{}"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing on the screen."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[HTTPServer]:
    with HTTPServer(("127.0.0.1", 0), Monitor) as listening:
        address = f"http://127.0.0.1:{listening.server_port}/execution/"
        monkeypatch.setenv("AIRFLOW__CORE__EXECUTION_API_SERVER_URL", address)
        threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield listening
        listening.shutdown()


@pytest.mark.parametrize(
    ("part", "said", "exit_code"),
    [
        ("metadatabase", "healthy", 0),
        ("scheduler", "unhealthy", 1),
        ("triggerer", "None", 1),
        ("dag_processor", "Airflow knows only metadatabase, scheduler, triggerer", 1),
    ],
)
def test_the_status_of_a_part_decides(
    server: HTTPServer,
    part: str,
    said: str,
    exit_code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.argv", ["airflow_health", part])
    with pytest.raises(SystemExit) as ended:
        airflow_health.main()
    assert (capsys.readouterr().out, int(ended.value.code or 0)) == (f"{said}\n", exit_code)


def test_a_silent_server_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTION_API_SERVER_URL", "http://127.0.0.1:1/execution/")
    assert airflow_health.said_of("scheduler").startswith("the API server does not answer")
