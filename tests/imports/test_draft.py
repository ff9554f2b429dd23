"""For a table of no known format a mapping is begun, and once it is finished it imports."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from regulars import cli, config
from regulars.config import Home
from regulars.errors import UsageError
from regulars.imports.bring import Asked, bring
from regulars.imports.draft import write_draft

TABLE = "Kassenbon,Käufer,Zeitpunkt,Summe brutto\n" + "".join(
    f"B{number},K{number % 7},2025-07-0{number % 9 + 1} 10:00:00,{number}.50\n" for number in range(60)
)
Written = Callable[[str, str], Path]


def test_a_draft_guesses_what_it_can_and_imports_once_it_is_finished(home: Home, written: Written) -> None:
    file = written("Kasse 2025.csv", TABLE)
    asked = Asked("lamps", zone="Europe/Berlin", currency="EUR")
    with pytest.raises(UsageError, match="no export of a known format"):
        bring([file], asked)
    told = write_draft(file)
    assert "ordered_at ← Zeitpunkt, line_total ← Summe brutto" in told
    assert "Say in it: contact_ref (who bought: a number of the customer)" in told
    draft = config.CONF / "formats" / "kasse_2025.yml"
    with pytest.raises(UsageError, match="The nearest is Kasse 2025"):
        bring([file], asked)
    draft.write_text(draft.read_text().replace('"?"', '"Käufer"'))
    _, (one,) = bring([file], asked)
    assert (one.match.format.name, one.facts.rows, one.facts.keys) == ("kasse_2025", 60, 7)
    with pytest.raises(UsageError, match="There is a format of this name already"):
        write_draft(file)


def test_the_verb_says_what_a_file_is_and_what_to_do_next(home: Home, written: Written) -> None:
    file = written("sales.csv", "Customer ID,Date,Amount,Email\n7,2025-07-01,5.00,ada@example.org\n")
    said = CliRunner().invoke(
        cli.main.commands["import"], [str(file), "--zone", "Europe/Berlin", "--currency", "EUR"], catch_exceptions=False
    )
    assert "sales.csv: Table of transactions without order numbers, score" in said.output
    assert said.output.count(" rows") == said.output.count("1 rows, 1 orders") == 1, "only the file has rows"
    assert "ada@" not in said.output
    assert said.output.strip().endswith("REGULARS_WORLD=lamps regulars run")
    tried = CliRunner().invoke(cli.main.commands["import"], [str(file), "--dry-run"], catch_exceptions=False)
    assert "nothing new" not in tried.output and tried.output.endswith("Nothing was written.\n")
    with pytest.raises(UsageError, match="does not say what a state means"):
        CliRunner().invoke(cli.main.commands["import"], [str(file), "--word", "new=maybe"], catch_exceptions=False)
