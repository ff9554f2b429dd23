"""A bench for one fault: a home of its own in a known state, runs on it, and what is looked at afterwards."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ml.registry.store import Registry
from regulars import ledger, warehouse
from regulars.config import Home
from regulars.errors import RegularsError, machine_trouble
from tests.faults import process, shop
from tests.faults.process import Process, Run

LATE = f"transactions/basket_line_{shop.LAST_DAY}_late.csv.gz"
SMALL_SHOP_DAYS = 12
NIGHT = date.isoformat(shop.LAST_DAY)


@dataclass
class Bench:
    """One home of the tiny shop. ``states``: the finished homes to start from; ``golden``: their publications."""

    folder: Path
    states: Path
    golden: Mapping[str, str]
    environment: Mapping[str, str]
    through_airflow: bool = False
    is_full: bool = False
    """Whether there is time for many tries of one thing."""

    @property
    def home(self) -> Home:
        return Home(self.folder / "home")

    @property
    def inbox(self) -> Path:
        return self.home.inbox

    def start_from(self, state: str, disk: Path | None = None) -> None:
        """Make the home a copy of a state: ``empty`` (the inbox is filled), ``golden`` (published) or ``late``.

        With ``disk`` its files stand there, and the home is a link.
        """
        copied = (disk or self.folder) / "copied"
        shutil.copytree(self.states / state, copied, symlinks=True)
        # In one step: a reader is polling already.
        if disk:
            self.home.root.symlink_to(copied)
        else:
            copied.rename(self.home.root)

    def start_from_small_shop(self, **environment: str) -> None:
        """Make the home a simulated shop of few people and days, laid out and not yet run."""
        self.home.root.mkdir()
        size = ("--customers", "40", "--days", str(SMALL_SHOP_DAYS))
        assert_ended_well(self.regulars("demo", "simulate", *size, REGULARS_WORLD="shop", **environment))

    def start_with_late_lines(self, disk: Path | None = None) -> None:
        """A published home in whose inbox lies a late delivery: the state ``late`` is what must come of it."""
        self.start_from("golden", disk)
        shop.drop(self.inbox, LATE, shop.basket_lines(shop.late_lines()))

    def start(self, *arguments: str, failpoint: str = "", **environment: str) -> Process:
        """Start ``regulars`` on this home."""
        settings = {**self._settings(failpoint), **environment}
        if self.through_airflow:
            return process.start_program(arguments, self._log(), settings)
        return process.start(process.command_line, arguments, self._log(), settings)

    def regulars(self, *arguments: str, failpoint: str = "", **environment: str) -> Run:
        """Run ``regulars`` on this home to its end."""
        return self.start(*arguments, failpoint=failpoint, **environment).wait()

    def apart(self, target: Callable[..., object], *arguments: object, failpoint: str = "") -> Run:
        """Call ``target(*arguments)`` in a process of its own."""
        return process.start(target, arguments, self._log(), self._settings(failpoint)).wait()

    def start_apart(self, target: Callable[..., object], *arguments: object, **environment: str) -> Process:
        """Start ``target(*arguments)`` in a process of its own."""
        return process.start(target, arguments, self._log(), {**self._settings(""), **environment})

    def pause(self, target: Callable[..., object], *arguments: object, failpoint: str = "") -> Process:
        """Start ``target(*arguments)`` in a process of its own that stands still before its first step."""
        held = process.start(process.paused, (target, *arguments), self._log(), self._settings(failpoint))
        held.await_stop()
        return held

    def started_as_new(self, *arguments: str, by: Sequence[str], **environment: str) -> Run:
        """Run ``regulars`` in an interpreter of its own, started by the command ``by``."""
        settings = {**self._settings(""), **environment}
        return process.start_as_new(arguments, self._log(), settings, *by).wait()

    def _settings(self, failpoint: str) -> dict[str, str]:
        return {**self.environment, "REGULARS_HOME": str(self.home.root), "REGULARS_FAILPOINT": failpoint}

    def _log(self) -> Path:
        return self.folder / f"said_{len(list(self.folder.glob('said_*')))}.log"

    def land(self, source: str = "transactions", failpoint: str = "") -> Run:
        """Land one source and judge it, as its DAG does."""
        return self.apart(land_and_judge, source, failpoint=failpoint)

    def forget_models(self) -> None:
        """As before the first training."""
        shutil.rmtree(self.home.models)

    def versions(self) -> dict[str, str]:
        """The champion of each model; fails on anything in the registry that is not whole."""
        registry = Registry(self.home.models)
        models = [path.parent.name for path in self.home.models.glob("*/champion.json")]
        for model in models:
            for version in registry.versions(model):
                registry.load(model, version)
        return {model: stored.version for model in sorted(models) if (stored := registry.champion(model))}

    def forget_delivery(self, name: str) -> None:
        """As if the file ``name`` of the inbox had never come."""
        path = self.inbox / name
        path.unlink()
        with ledger.Ledger(self.home.operations_url).transaction() as connection:
            connection.execute(sa.delete(ledger.delivery).where(ledger.delivery.c.name == path.name))

    def rows(self, table: sa.Table) -> list[dict[str, Any]]:
        """A table of the operational store."""
        return ledger.Ledger(self.home.operations_url).rows(sa.select(table).order_by(*table.primary_key))

    def became(self, name: str) -> dict[str, Any]:
        """What became of the content of the file ``name``, by the ledger."""
        (receipt,) = [row for row in self.rows(ledger.delivery) if row["name"] == name]
        same = ("source", "entity", "content_sha256")
        (found,) = [row for row in self.rows(ledger.content) if all(row[part] == receipt[part] for part in same)]
        return found

    def reasons(self, name: str) -> dict[str, int]:
        """How many rows of the file ``name`` were refused, by reason."""
        sha256 = self.became(name)["content_sha256"]
        return {
            row["reason"]: row["rows"] for row in self.rows(ledger.quarantine_reason) if row["content_sha256"] == sha256
        }

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """The answer of what is published."""
        with warehouse.published(self.home.published_database) as connection:
            return connection.execute(sql).fetchall()

    def tables(self) -> dict[str, str]:
        """The content hash of each mart in front."""
        return json.loads((self.home.published / "summary.json").read_text())["tables"]

    def tables_of(self, state: str) -> dict[str, str]:
        """The content hash of each mart of a state."""
        return json.loads((self.states / state / "published" / "summary.json").read_text())["tables"]

    def assert_is(self, state: str) -> None:
        """What is in front is exactly what a run without the fault gives, and nothing half-done is left."""
        assert self.home.in_front == self.golden[state], f"in front: {self.home.in_front}, not {self.golden[state]}"
        self.assert_tidy()

    def assert_whole(self) -> None:
        """What is in front says, table by table, what its summary says that it says."""
        with warehouse.published(self.home.published_database) as connection:
            found = {name: warehouse.content_hash(connection, f"regulars.marts.{name}") for name in self.tables()}
        assert found == self.tables()

    def assert_tidy(self) -> None:
        """No half-written file, no candidate, no lease is left."""
        left = [path for path in self.home.root.rglob(".*") if path.name.endswith(".part") or ".incoming-" in path.name]
        left += self.home.root.glob(".published.*")
        left += [path for path in self.home.candidates.glob("*") if path.name not in ("training", "moments")]
        assert not left, f"left over: {[str(path.relative_to(self.home.root)) for path in left]}"
        assert not self.rows(ledger.lease), "the lease is still held"

    def assert_held(self, run: Run, *words: str) -> None:
        """The run ended with 3 and said why; the old publication is still in front."""
        assert run.exit_code == 3, f"exit {run.exit_code}: {run.told[-400:]}"
        for word in words:
            assert word in run.told, f"'{word}' is not in: {run.told[-600:]}"
        assert self.home.in_front == self.golden["golden"]


def assert_ended_well(run: Run) -> None:
    """Exit code 0."""
    assert run.exit_code == 0, f"exit {run.exit_code}: {run.told[-600:]}"


def land_and_judge(source: str) -> None:
    """What the DAG of ``source`` does, in this process; ends it with the exit code and the words of an error."""
    with ending_in_words():
        from regulars import config
        from regulars.land.landing import land_source, require_landed
        from regulars.quality.gate import gate_landed

        home, world = config.home(), config.world()
        require_landed(land_source(home, world, source))
        gate_landed(home, world, source)


@contextmanager
def ending_in_words() -> Iterator[None]:
    """End this process as the command does when what is done here cannot go on."""
    try:
        yield
    except Exception as error:
        told = error if isinstance(error, RegularsError) else machine_trouble(error)
        if told is None:
            raise
        sys.stderr.write(f"{told}\n")
        sys.stderr.flush()
        os._exit(told.exit_code)
