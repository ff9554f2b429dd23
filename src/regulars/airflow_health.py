"""Whether a part of Airflow is at work, as the API server tells: `python -m regulars.airflow_health scheduler`.

Airflow's own check imports all of Airflow each time, which costs seconds of a core; one request costs none.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.request

SECONDS = 8
DEFAULT = "http://127.0.0.1:8080/execution/"


def said_of(part: str) -> str:
    """The status of ``part``: "healthy", another word of Airflow's, or why there is none."""
    server = os.environ.get("AIRFLOW__CORE__EXECUTION_API_SERVER_URL", DEFAULT).removesuffix("/execution/")
    try:
        with urllib.request.urlopen(f"{server}/api/v2/monitor/health", timeout=SECONDS) as answer:  # noqa: S310
            parts = json.load(answer)
    except OSError as silent:
        return f"the API server does not answer: {silent}"
    return str(parts[part]["status"]) if part in parts else f"Airflow knows only {', '.join(parts)}"


def main() -> None:
    """Say the status; exit code 0 when it is healthy."""
    status = said_of(*sys.argv[1:])
    sys.stdout.write(f"{status}\n")
    sys.exit(status != "healthy")


if __name__ == "__main__":
    main()
