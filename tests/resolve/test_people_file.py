"""`regulars resolve FILE.csv`: any table of people, its columns guessed, its rows grouped into persons."""

from __future__ import annotations

import csv
import json
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from regulars import warehouse
from regulars.config import Home, world
from regulars.demo.simulate import Shop, simulate_days
from regulars.demo.simulate.truth import folder as truth_of
from regulars.errors import RegularsError
from regulars.resolve import weights
from regulars.resolve.accuracy import Accuracy, accuracy
from regulars.resolve.people_file import read_people, resolve_file
from tests.conftest import regulars

FIRST_NAMES = ("Emma", "Noah", "Vera", "Jonas", "Lea", "Omar", "Ida", "Felix", "Nora", "Paul")
LAST_NAMES = ("Frei", "Koch", "Weber", "Sommer", "Lang", "Schwarz", "Vogt", "Brandt", "Huber", "Engel")
TWINS = """customer_no,Vorname,Nachname,E-Mail,PLZ
7,Anna,Weber,anna@example.org,10115
9,Ben,Koch,ben@example.org,20095
8,Anna,Weber,ANNA@example.org,
"""


@pytest.fixture
def twins(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text("\ufeff" + TWINS)
    return path


def clusters(path: Path) -> list[list[str]]:
    with path.open(newline="") as file:
        return list(csv.reader(file))


def test_columns_are_guessed_shown_and_the_key_comes_back(twins: Path, tmp_path: Path) -> None:
    outcome = regulars("resolve", str(twins), "--out", str(tmp_path / "out.csv"), home=tmp_path / "home")
    assert outcome.returncode == 0, outcome.stderr
    assert "3 records are 2 persons" in outcome.stdout
    assert "Vorname as first_name" in outcome.stderr and "Key: customer_no" in outcome.stderr
    assert clusters(tmp_path / "out.csv") == [["customer_no", "cluster_id"], ["7", "1"], ["9", "2"], ["8", "1"]]


def test_each_reason_is_told_with_its_rule_and_keys_of_any_name(twins: Path, tmp_path: Path) -> None:
    twins.write_text(twins.read_text().replace("customer_no", '"the ""no"""'))
    resolve_file(twins, tmp_path / "out.csv", why=tmp_path / "why.csv")
    assert clusters(tmp_path / "out.csv")[0] == ['the "no"', "cluster_id"]
    assert clusters(tmp_path / "why.csv") == [
        ['left_the "no"', 'right_the "no"', "rule", "score", "because"],
        ["7", "8", "same_email", "1.0", "are reached by the same e-mail address"],
    ]


def test_roles_may_be_said_and_left_out(twins: Path, tmp_path: Path) -> None:
    options = ["--map", "last_name=Nachname", "--map", "email=E-Mail", "--without", "email", "--json"]
    outcome = regulars("resolve", str(twins), "--out", str(tmp_path / "out.csv"), *options, home=tmp_path / "home")
    assert json.loads(outcome.stdout)["roles"] == {"last_name": "Nachname"}


@pytest.mark.parametrize(
    ("content", "options", "told"),
    [
        ("a,b\n1,2\n", {}, "No column of this file is known as part of a person"),
        ("id,email\n1,a@example.org\n1,b@example.org\n", {"key": "id"}, "'id' has a blank or the same value twice"),
        ("id,email\n1,a@example.org\n", {"key": "ib"}, "Did you mean 'id'?"),
        ("id,email\n1,a@example.org\n", {"mapped": {"e_mail": "email"}}, "Did you mean 'email'?"),
        ("id,email\n1,a@example.org\n", {"mapped": {"email": "emial"}}, "Did you mean 'email'?"),
        ("id,email\n1,a@example.org,more\n", {}, "cannot be read as CSV"),
        ("id,id,email\n1,2,3\n", {}, "the column 'id' twice"),
        ("id,email\n", {}, "no row below the header"),
        ("email\na@example.org\n", {}, "one column"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, content: str, options: dict[str, object], told: str) -> None:
    path = tmp_path / "people.csv"
    path.write_text(content)
    with pytest.raises(RegularsError, match=told.replace("?", r"\?")):
        resolve_file(path, tmp_path / "out.csv", **options)  # type: ignore[arg-type]
    assert not (tmp_path / "out.csv").exists()


def test_a_file_that_is_missing_or_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "latin.csv").write_bytes("id,näme\n1,Jürgen\n".encode("latin-1"))
    for name, told in (("latin.csv", "is not UTF-8"), ("none.csv", "cannot be opened")):
        with pytest.raises(RegularsError, match=told):
            read_people(tmp_path / name)


@pytest.fixture(scope="module")
def crm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with people.csv, the contacts of a simulated shop, and truth.csv, which person each is of."""
    folder = tmp_path_factory.mktemp("crm")
    home, shop = Home(folder / "home"), world("shop")
    simulate_days(home, shop, Shop(1_200, 3), [shop.alive_from + timedelta(days=day) for day in range(2)])
    contacts = [str(path) for path in sorted((home.inbox / "crm").glob("contact_*.csv.gz"))]
    people, truth = (warehouse.quoted(folder / name) for name in ("people.csv", "truth.csv"))
    persons = warehouse.quoted(truth_of(home) / "person.parquet")
    with warehouse.memory() as connection:
        connection.execute("create table contact as select * from read_csv(?, all_varchar = true)", [contacts])
        newest = "row_number() over (partition by contact_id order by updated_at desc) = 1"
        connection.execute(f"copy (select * from contact where is_test = 'no' qualify {newest}) to {people} (header)")
        connection.execute(
            f"copy (select person_id, unnest(contact_ids) as contact_id from {persons}) to {truth} (header)"
        )
    return folder


def figures_of(crm: Path, out: Path) -> Accuracy:
    with warehouse.memory() as connection:
        clusters, truth = (warehouse.quoted(path) for path in (out, crm / "truth.csv"))
        grouped = f"(select cluster_id, person_id from read_csv({clusters}) join read_csv({truth}) using (contact_id))"
        return accuracy(connection, grouped)


def test_people_with_second_records_and_slips_are_resolved(crm: Path, tmp_path: Path) -> None:
    found = resolve_file(crm / "people.csv", tmp_path / "out.csv", key="contact_id", why=tmp_path / "why.csv")
    figures = figures_of(crm, tmp_path / "out.csv")
    assert found.records > 800 and figures.true > 30
    assert (figures.precision or 0) >= 0.99 and (figures.recall or 0) >= 0.97, figures
    likely = [row for row in clusters(tmp_path / "why.csv")[1:] if row[2] == "likeness"]
    assert likely and all(0.8 <= float(row[3]) <= 1 and "; " in row[4] for row in likely)
    assert not any("exchanged" in row[4] for row in likely), "there is no second line of the address"


def test_a_city_says_nothing_more_beside_its_postcode(crm: Path, tmp_path: Path) -> None:
    without = ["street", "email", "phone", "birth_year", "loyalty_number"]
    resolve_file(crm / "people.csv", tmp_path / "out.csv", key="contact_id", without=without)
    figures = figures_of(crm, tmp_path / "out.csv")
    assert (figures.precision or 0) >= 0.99 and (figures.recall or 0) >= 0.7, figures


def test_namesakes_whose_addresses_are_made_of_their_name_stay_apart(tmp_path: Path) -> None:
    drawn = random.Random(4)
    rows: list[list[str]] = []
    for person in range(500):
        first, last = FIRST_NAMES[person % 10], LAST_NAMES[person // 10 % 10]
        address = f"{first}.{last}{drawn.randrange(10**5, 10**6)}@example.org".lower()
        phone = f"030{person:04}{drawn.randrange(10**4):04}"
        rows.append([str(len(rows)), first, last, address, phone if person % 2 else "", str(person)])
        if person % 10 == 1:
            slipped = address.replace("@example", "@exmaple")
            rows.append([str(len(rows)), first, last, slipped, phone, str(person)])
        if person % 10 == 3:
            rows.append([str(len(rows)), first, f"{last[0]}{last}", address, "", str(person)])
    with (tmp_path / "people.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["record", "first_name", "last_name", "email", "phone", "person_id"], *rows])
    resolve_file(tmp_path / "people.csv", tmp_path / "out.csv", key="record")
    with warehouse.memory() as connection:
        out, truth = (warehouse.quoted(tmp_path / name) for name in ("out.csv", "people.csv"))
        grouped = f"(select cluster_id, person_id from read_csv({out}) join read_csv({truth}) using (record))"
        figures = accuracy(connection, grouped)
    assert (figures.precision or 0) >= 0.99 and (figures.recall or 0) >= 0.97, figures


def test_splink_still_refuses_an_estimate_that_runs_into_zero(
    crm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once it does not, `weights` need no longer put its settings back."""

    def plainly(linker: Any, agreeing: Any) -> None:
        linker.training.estimate_parameters_using_expectation_maximisation(agreeing)

    monkeypatch.setattr(weights, "_estimate_among", plainly)
    with pytest.raises(ValueError, match="below the minimum allowed value"):
        resolve_file(crm / "people.csv", tmp_path / "out.csv", key="contact_id")
