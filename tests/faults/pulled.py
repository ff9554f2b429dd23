"""F1: what is pulled from a service. It goes away in the middle, or we do."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from regulars import config, ledger
from tests.faults.bench import Bench, assert_ended_well, ending_in_words
from tests.faults.killed import HEALS
from tests.faults.process import KILLED, Run
from tests.faults.registry import fault
from tests.pull.conftest import pulled_conf
from tests.pull.help_desk import TOKEN, HelpDesk, Ticket, cut_short, hangs_up, too_many

SHOP = "shop"
DAY = config.world(SHOP).alive_from
NEXT_DAY = DAY + timedelta(days=1)


def _tickets() -> list[Ticket]:
    told = {"requester": {"contact_id": 7}, "opened_at": f"{DAY}T09:00:00Z", "changed_at": f"{DAY}T09:00:00Z"}
    return [{**told, "id": number} for number in range(1, 10)]


def _pulling(bench: Bench, desk: HelpDesk) -> Callable[..., Run]:
    conf = pulled_conf(bench.folder / "conf")
    (conf / "pulls" / "crm__contact.yml").unlink()
    bench.home.root.mkdir()

    def pull(day: str, failpoint: str = "") -> Run:
        settings = {"REGULARS_CONF": str(conf), "REGULARS_WORLD": SHOP, "REGULARS_FAILPOINT": failpoint}
        return bench.start_apart(pull_and_land, desk.port, day, **settings).wait()

    return pull


def pull_and_land(port: int, day: str) -> None:
    """What the DAG of the CRM does, in this process."""
    from regulars.land.landing import land_source
    from regulars.pull.connection import Connection
    from regulars.pull.pulling import pull_source

    # The fork server read its own at the import.
    config.CONF = Path(os.environ["REGULARS_CONF"])
    connection = Connection("help_desk", "127.0.0.1", port, "http", password=TOKEN)
    with ending_in_words():
        place = (config.home(), config.world(), "crm")
        pulled = pull_source(*place, date.fromisoformat(day), lambda _: connection)
        assert not pulled["problems"], pulled["problems"]
        land_source(*place)


def _taken(bench: Bench) -> list[tuple[str, int]]:
    contents = {row["content_sha256"]: row["accepted_rows"] for row in bench.rows(ledger.content)}
    return [(row["name"], contents[row["content_sha256"]]) for row in bench.rows(ledger.delivery)]


FILES = [(f"support_contact_{day}.csv.gz", rows) for day, rows in ((DAY, 9), (NEXT_DAY, 0))]


@fault("F132", promise=HEALS, failpoints=["pull.mid_rows", "pull.after_file"])
def pull_killed(bench: Bench) -> None:
    """killed among pulled rows, and between their file and the ledger: asked for again, none lost and none twice"""
    with HelpDesk(_tickets(), page=4) as desk:
        pull = _pulling(bench, desk)
        for point in ("pull.mid_rows:kill:6", "durable.before_replace:kill", "pull.after_file:kill"):
            assert pull(str(DAY), point).exit_code == KILLED, f"{point} was not reached"
            assert not bench.rows(ledger.pull)
        for day in (DAY, NEXT_DAY, NEXT_DAY):
            assert_ended_well(pull(str(day)))
    assert _taken(bench) == FILES
    bench.assert_tidy()


@fault("F132b", promise=["P1", "P3"])
def service_troubled(bench: Bench) -> None:
    """the service hangs up, cuts an answer short and asks for patience: every row comes once"""
    with HelpDesk(_tickets(), page=4) as desk:
        pull = _pulling(bench, desk)
        desk.troubles = {1: hangs_up, 3: cut_short, 5: too_many("0")}
        assert_ended_well(pull(str(DAY)))
        assert_ended_well(pull(str(NEXT_DAY)))
    assert _taken(bench) == FILES
    assert Path(bench.home.inbox / "crm" / FILES[0][0]).stat().st_mode & 0o077 == 0
