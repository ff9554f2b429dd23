"""The one form in which models are told: a block a question, a column a figure, a line who answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import click

Figures = Mapping[str, float | None]
"""Values by figure; a figure that is missing, or None, is not known."""

_NAME, _COLUMN = 36, 16


@dataclass(frozen=True)
class Goal:
    """What a figure has to reach, from below (``is_floor``) or, without its sign, from above."""

    limit: float
    is_floor: bool = False

    def is_met(self, value: float | None) -> bool:
        """Whether ``value`` reaches it; what is not known does not."""
        if value is None:
            return False
        return value >= self.limit if self.is_floor else abs(value) <= self.limit


@dataclass(frozen=True)
class Block:
    """One question: ``answers`` by who gave them, the first of them ours; beside them the ``ceiling``, by what it is,
    and the ``goals``. ``notes`` are sentences below it.
    """

    title: str
    seed: str
    answers: Mapping[str, Figures]
    ceiling: tuple[str, Figures] = ("", {})
    goals: Mapping[str, Goal] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def is_met(self) -> bool:
        """Whether ours reaches every goal."""
        ours = next(iter(self.answers.values()))
        return all(goal.is_met(ours.get(figure)) for figure, goal in self.goals.items())

    def lines(self) -> list[str]:
        """The block as text."""
        name, ours = next(iter(self.answers.items()))
        figures = list(ours)
        found = [f"{self.title} · seed {self.seed}", _line("", figures)]
        found.append(
            _line("ours" if name == "ours" else f"ours: {name}", [_number(ours[figure]) for figure in figures])
        )
        for rival, values in list(self.answers.items())[1:]:
            found.append(_line(rival, [_number(values.get(figure)) for figure in figures]))
        if self.ceiling[1]:
            found.append(_line(f"ceiling: {self.ceiling[0]}", [_number(self.ceiling[1].get(each)) for each in figures]))
        if self.goals:
            goals = [self.goals.get(figure) for figure in figures]
            signs = [goal and f"{'≥' if goal.is_floor else '≤'} {goal.limit:g}" for goal in goals]
            verdicts = [
                goal and ("met" if goal.is_met(ours[figure]) else "missed")
                for figure, goal in zip(figures, goals, strict=True)
            ]
            found += [_line("goal", [sign or "" for sign in signs]), _line("", [verdict or "" for verdict in verdicts])]
        return [*found, *(f"  {note}" for note in self.notes)]


def tell(blocks: Iterable[Block]) -> bool:
    """Print ``blocks`` as one table; whether every goal in it was met."""
    is_met = True
    for block in blocks:
        click.echo("\n".join([*block.lines(), ""]))
        is_met &= block.is_met
    return is_met


def _line(name: str, cells: Iterable[str]) -> str:
    return f"  {name:{_NAME}}{''.join(f'{cell:>{_COLUMN}}' for cell in cells)}".rstrip()


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.4f}" if abs(value) < 10 else f"{value:,.2f}"
