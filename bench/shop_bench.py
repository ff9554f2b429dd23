"""One simulated shop on which nights and their rivals are measured."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bench import rivals, scoring, steps
from bench.measured import measured
from bench.table import Table
from regulars.config import Home
from regulars.demo.simulate import Shop

EVENTS_OF_THE_GOAL = 2_500_000
SAME_FACTS = ("fct_session", "funnel_day", "fct_order", "customer_rfm")
"""The models that say what the rivals say, and more."""


@dataclass
class Costs:
    """CPU seconds of a night: ``fixed`` of dbt with nothing to build, ``full``, and of the night ``after``, net."""

    events: int
    fixed: float
    full: float
    after: float = 0

    @property
    def net(self) -> float:
        return self.full - self.fixed


class ShopBench:
    """A home of its own in ``folder``, ``history`` long; the last of its nights is measured."""

    def __init__(self, folder: Path, table: Table, customers: int, seed: int, history: timedelta) -> None:
        self.home, self.table, self.shop, self.days = Home(folder), table, Shop(customers, seed), history.days
        self.last = steps.first_day() + history - timedelta(days=1)

    def night(self) -> Costs:
        """Simulate, land, gate and build everything."""
        table, candidates = self.table, self.home.candidates
        fixed = table.cost(
            "full build of nothing, dbt's fixed cost", measured(steps.build, candidates / "0", self.last, True)
        )
        table.cost("simulate", measured(steps.simulate, self.shop, 0, self.days - 1))
        landed = {source: table.cost(f"land {source}", measured(steps.land, source)) for source in steps.SOURCES}
        for source, form, goal in (("web", "JSONL.gz", 5.5), ("transactions", "CSV.gz", 6.0)):
            cost = landed[source]
            each = cost.cpu_seconds / cost.outcome * EVENTS_OF_THE_GOAL
            table.figure(f"land {cost.outcome:,} rows of {form}, in {self.days} days", each, "CPU s for 2.5 M", goal)
        self.gates = {source: table.cost(f"gate {source}", measured(steps.gate, source)) for source in steps.SOURCES}
        full = table.cost("full build", measured(steps.build, self.full, self.last, True))
        table.figure(f"full build of {landed['web'].outcome:,} events, peak", full.peak_mb, "MB", 1000)
        return Costs(landed["web"].outcome, fixed.cpu_seconds, full.cpu_seconds)

    @property
    def full(self) -> Path:
        """The candidate of the last night, everything built."""
        return self.home.candidates / "full"

    def rivals(self, costs: Costs) -> None:
        """The same facts made by others."""
        table, candidates = self.table, self.home.candidates
        bare = table.cost("the same SQL without dbt", measured(steps.bare, candidates / "bare", self.last))
        table.ratio("full build without dbt's fixed cost", costs.net, bare.cpu_seconds, "the same SQL without dbt", 1.3)
        shutil.rmtree(candidates / "bare")
        same = table.cost(
            "sessions, days, orders and RFM of it", measured(steps.bare, candidates / "same", self.last, SAME_FACTS)
        )
        shutil.rmtree(candidates / "same")
        others = {
            "hand-tuned SQL": (rivals.hand_tuned, 1.3),
            "the usual style": (rivals.usual_style, None),
            "Polars, streaming": (rivals.polars, None),
        }
        for name, (call, goal) in others.items():
            cost = table.cost(name, measured(call))
            table.ratio("sessions, days, orders and RFM", same.cpu_seconds, cost.cpu_seconds, name, goal)
        by_hand = table.cost("the claims about interactions in one query", measured(rivals.hand_written_gate))
        ours = max(0, self.gates["web"].cpu_seconds - 7)
        table.ratio("gate of interactions, beyond 7 CPU s", ours, by_hand.cpu_seconds, "one query", 1.5)

    def night_after(self, costs: Costs) -> None:
        """One more day lands; its night is built from what was touched, and again from everything."""
        table, candidates = self.table, self.home.candidates
        steps.become_publication(self.full, self.home, self.last)
        measured(steps.simulate, self.shop, self.days, self.days)
        for source in steps.SOURCES:
            measured(steps.land, source)
            measured(steps.gate, source)
        night = self.last + timedelta(days=1)
        added = table.cost("the night after, touched only", measured(steps.build, candidates / "added", night, False))
        again = table.cost("the night after, rebuilt", measured(steps.build, candidates / "again", night, True))
        costs.after = added.cpu_seconds - costs.fixed
        table.ratio(
            f"incremental night after {self.days} days, without dbt's fixed cost of {costs.fixed:.1f}",
            costs.after,
            again.cpu_seconds - costs.fixed,
            "its rebuild",
            0.15,
        )

    def landing(self) -> None:
        """The same rows in one large file, as the goal has them."""
        for source, entity, form, goal in (
            ("web", "interaction", "JSONL.gz", 5.5),
            ("transactions", "order_line", "CSV.gz", 6.0),
        ):
            other = Home(self.home.root.with_name(f"one_{entity}"))
            measured(steps.as_one_file, other, source, entity, EVENTS_OF_THE_GOAL)
            cost = self.table.cost(f"land {entity} in one file", measured(steps.land_in, other, source))
            each = cost.cpu_seconds / cost.outcome * EVENTS_OF_THE_GOAL
            self.table.figure(f"land {cost.outcome:,} rows of {form}, in one file", each, "CPU s for 2.5 M", goal)
            shutil.rmtree(other.root)

    def scoring(self) -> None:
        """Score everybody by the champions trained on the publication."""
        table, candidate = self.table, self.home.candidates / "again"
        night = self.last + timedelta(days=1)
        table.cost("train every model", measured(steps.train, self.last))
        table.cost("score, with reasons", measured(scoring.score, candidate, night))
        alone = measured(scoring.scores_alone, candidate, night).outcome
        title = f"scores of {alone.customers:,} customers by {alone.boosters} boosters"
        table.figure(f"{title}, end to end", alone.per_cpu_second, "a CPU s", scoring.ROWS_AND_BOOSTERS, is_floor=True)
        table.ratio(
            f"reading and writing for {title}", alone.moving, alone.predicting, "predictions", scoring.DATA_PATH
        )

    def remove(self) -> None:
        """Give the disk back."""
        shutil.rmtree(self.home.root)
