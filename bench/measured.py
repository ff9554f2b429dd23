"""CPU seconds and peak memory of one call, made in a process of its own."""

from __future__ import annotations

import multiprocessing
import os
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Cost:
    """What a call took. ``cpu_seconds`` of the call, its own imports among them; ``peak_mb`` of its process."""

    cpu_seconds: float
    wall_seconds: float
    peak_mb: float
    outcome: Any


def measured(call: Callable[..., Any], *arguments: Any) -> Cost:
    """Run ``call(*arguments)`` in a fresh process; what it gives must be picklable. Raises when it fails."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        cpu, wall, peak, outcome = pool.apply(_timed, (call, arguments))
    return Cost(cpu, wall, peak, outcome)


def _timed(call: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[float, float, float, Any]:
    os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false"
    began_cpu, began = time.process_time(), time.monotonic()
    outcome = call(*arguments)
    cpu, wall = time.process_time() - began_cpu, time.monotonic() - began
    return cpu, wall, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, outcome
