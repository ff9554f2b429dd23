"""The lines a run of the bench ends with: ours, the rival's, their ratio, the goal, and whether it was met."""

from __future__ import annotations

from dataclasses import dataclass, field

import click

from bench.measured import Cost


@dataclass
class Table:
    """Collects lines; a cost is told when it is measured, the lines once more at the end."""

    lines: list[str] = field(default_factory=list)

    def cost(self, name: str, cost: Cost) -> Cost:
        """Tell what something took."""
        click.echo(f"  {name} · {cost.cpu_seconds:.1f} CPU s · {cost.wall_seconds:.1f} s · {cost.peak_mb:.0f} MB")
        return cost

    def ratio(self, name: str, ours: float, rival: float, whose: str, goal: float | None = None) -> None:
        """``ours`` beside a rival's CPU seconds of the same run; the ratio is to stay below ``goal``."""
        self._add(f"{name} · {ours:.1f} CPU s · {whose} {rival:.1f}", ours / rival, goal)

    def figure(self, name: str, value: float, unit: str, goal: float | None = None, *, is_floor: bool = False) -> None:
        """A figure without a rival; ``is_floor``: it is to reach the goal, not to stay below it."""
        self._add(f"{name} · {value:,.2f} {unit} · no rival", value, goal, is_floor=is_floor)

    def tell(self) -> None:
        """Print every line: name · ours · rival · ratio · goal · met or missed."""
        for line in self.lines:
            click.echo(line)

    def _add(self, told: str, value: float, goal: float | None, *, is_floor: bool = False) -> None:
        if goal is None:
            verdict = "· no goal"
        else:
            is_met = value >= goal if is_floor else value <= goal
            verdict = f"· goal {goal:,g} · {'met' if is_met else 'missed'}"
        ratio = "–" if "no rival" in told else f"{value:.2f}"
        self.lines.append(f"{told} · {ratio} {verdict}")
        click.echo(self.lines[-1])
