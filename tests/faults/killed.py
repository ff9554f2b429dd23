"""F1, first half: the process ends anywhere, by SIGKILL. The same command again gives what a run without it gives."""

from __future__ import annotations

import sqlalchemy as sa

from tests.faults.bench import Bench, assert_ended_well, ending_in_words
from tests.faults.process import KILLED
from tests.faults.registry import fault

HEALS = ("P1", "P2", "P3", "P4", "P9")


def killed_in_the_night(
    number: str, told: str, *points: str, quick: bool = False, through_airflow: bool = False, sees: str = "golden"
) -> None:
    """Register: a night over a late delivery, killed at each of ``points``; ``sees`` is in front after the kill."""

    def attempt(bench: Bench) -> None:
        bench.start_with_late_lines()
        for point in points:
            _kill(bench, point)
            assert bench.home.in_front == bench.golden[sees]
        assert_ended_well(bench.regulars("run"))
        bench.assert_is("late")

    attempt.__doc__ = told
    names = [point.split(":")[0] for point in points]
    fault(number, promise=HEALS, failpoints=names, quick=quick, through_airflow=through_airflow)(attempt)


def killed_in_training(number: str, told: str, point: str, *, through_airflow: bool = False) -> None:
    """Register: the first training, killed at ``point``. The same models come of it, and nothing half-made."""

    def attempt(bench: Bench) -> None:
        bench.start_from("golden")
        versions = bench.versions()
        bench.forget_models()
        _kill(bench, point)
        assert not list(bench.home.models.glob("*/champion.json"))
        assert_ended_well(bench.regulars("run"))
        bench.assert_is("golden")
        assert bench.versions() == versions

    attempt.__doc__ = told
    fault(number, promise=HEALS, failpoints=[point], through_airflow=through_airflow)(attempt)


def _kill(bench: Bench, point: str) -> None:
    run = bench.regulars("run", failpoint=f"{point}:kill" if ":" not in point else point)
    assert run.exit_code == KILLED, f"{point} was not reached; exit {run.exit_code}: {run.told[-300:]}"


killed_in_the_night("F101", "killed while a file is half-way into its place", "durable.before_replace")
killed_in_the_night(
    "F102", "killed with bytes stored and nothing in the ledger", "land.after_raw_stored", "land.before_ledger"
)
killed_in_the_night(
    "F103", "killed while rows are loaded", "land.after_parquet_written", "build.after_lay_out", through_airflow=True
)
killed_in_the_night("F104", "killed between the registry and the records", "resolve.after_registry")
killed_in_the_night(
    "F105",
    "killed in dbt, at models of each layer",
    "build.mid_layer:kill:2",
    "build.mid_layer:kill:36",
    "build.mid_layer:kill:66",
    through_airflow=True,
)
killed_in_the_night(
    "F105b",
    "killed between the layers",
    "build.after_stage",
    "consent.before_append",
    "consent.after_append",
    "build.after_profile",
    "build.after_segment",
)
killed_in_the_night(
    "F106",
    "killed around the history of profiles: the contacts that hold, the models before and after the mart",
    "resolve.after_golden_contacts",
    "build.mid_layer:kill:int_profile__attributes_offered",
    "build.mid_layer:kill:customer_attribute_version",
    "build.mid_layer:kill:dim_customer",
)
killed_in_the_night(
    "F107",
    "killed in a gate",
    "quality.before_status",
    "quality.mid_gate",
    "quality.mid_gate:kill:3",
)
killed_in_the_night("F108", "killed before the swap", "publish.before_swap")
killed_in_the_night(
    "F108c",
    "killed before the publication stands in its place",
    "publish.before_place",
    "publish.before_rename",
)
killed_in_the_night(
    "F109",
    "killed after the swap, before it is in the log",
    "publish.after_swap_before_log",
    quick=True,
    through_airflow=True,
    sees="late",
)
killed_in_training("F110", "killed with a model fitted and not saved", "train.after_fit_before_save")
killed_in_training(
    "F111", "killed between the model's files and the registry", "train.between_file_and_registry", through_airflow=True
)
killed_in_training("F111b", "killed with frames built and nothing fitted", "build.after_training")
killed_in_training("F111c", "killed with frames of moments built and nothing fitted", "build.after_moments")
killed_in_the_night("F112", "killed in the middle of scoring", "score.mid_batches")
killed_in_the_night("F113", "killed before memberships are written", "segment.before_commit")
killed_in_the_night("F131", "killed before the report is written", "report.before_write")


@fault(
    "F108b",
    promise=HEALS,
    failpoints=[
        "publish.before_place",
        "publish.before_rename",
        "publish.before_swap",
        "publish.after_swap_before_log",
    ],
)
def publish_retried_alone(bench: Bench) -> None:
    """publishing is killed, and only that task is run again, as a scheduler does: it goes on where it was"""
    for point in (
        "publish.before_place",
        "publish.before_rename",
        "publish.before_swap",
        "publish.after_swap_before_log",
    ):
        if point == "publish.before_place":
            bench.start_with_late_lines()
            _kill(bench, point)
        else:
            assert bench.apart(publish_again, failpoint=f"{point}:kill").exit_code == KILLED, f"{point} was not reached"
    for _ in range(2):
        assert_ended_well(bench.apart(publish_again))
    bench.assert_is("late")


def publish_again() -> None:
    """Call the task that publishes, in this process; ends it with the exit code and the words of an error."""
    from regulars import config, ledger
    from regulars.publish.night import publish_night

    home, world = config.home(), config.world()
    with ending_in_words():
        leases = ledger.Ledger(home.operations_url).rows(sa.select(ledger.lease.c.run_id))
        publish_night(home, world, world.last_business_date, leases[0]["run_id"] if leases else "")
