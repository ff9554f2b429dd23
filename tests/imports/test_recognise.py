"""A file is told by its labels and its content; another is refused with what was expected, found and nearest."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from regulars.demo.simulate.export_sql import FORMATS
from regulars.demo.simulate.exports import Told
from regulars.errors import UsageError
from regulars.imports.formats import load_formats
from regulars.imports.reading import ROWS, opened
from regulars.imports.recognise import ENOUGH, Match, recognised

ORDERS = (
    "Name,Email,Created at,Lineitem quantity,Lineitem price,Total\n#1,a@example.org,2025-10-02 17:09:34 -0300,1,5,5\n"
)
REES46 = (
    "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session\n"
    "2019-10-01 00:00:00 UTC,view,7,2053,,,5.00,51,72d7\n"
)
Simulated = Callable[[str], tuple[list[Path], Told]]
Written = Callable[[str, str], Path]


def match_of(path: Path) -> Match:
    with opened(path) as file:
        return recognised(file, load_formats())


@pytest.mark.parametrize("name", FORMATS)
def test_every_file_the_simulated_shop_writes_is_recognised(name: str, simulated: Simulated) -> None:
    matches = [match_of(path) for path in simulated(name)[0]]
    assert {match.format.system for match in matches} == {name}
    assert len({match.format.name for match in matches}) == len(matches)
    assert all(match.score > 0.95 and not match.unlike for match in matches)


def test_the_least_set_of_columns_is_enough_whatever_case_blanks_and_marks_are_around(written: Written) -> None:
    match = match_of(written("a.csv", "\ufeff" + ORDERS.replace("Lineitem price", " lineitem  Price")))
    assert match.format.name == "shopify_orders" and match.score == 1.0
    assert match.found["line_price"] == " lineitem  Price"


def test_labels_of_another_language_and_columns_nobody_knows_are_taken(written: Written) -> None:
    text = "Datensatz-ID,Vorname,Nachname,E-Mail,Eigenes Feld\n1,A,B,a@example.org,x\n"
    match = match_of(written("a.csv", text))
    assert (match.format.name, match.unknown) == ("hubspot_contacts", ("Eigenes Feld",))
    assert ENOUGH < match.score < 1


def test_the_older_form_of_shopifys_customers_is_known(written: Written) -> None:
    labels = "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Company,Address1,City,Country Code,Zip"
    match = match_of(written("a.csv", f"{labels}\n'7,A,B,a@example.org,yes,,Road 1,Leh,IN,'0194\n"))
    assert match.format.name == "shopify_customers" and match.found["street"] == "Address1"


def test_rees46_events_are_known_by_their_labels_and_what_numbers_them_is_told_in_words(written: Written) -> None:
    match = match_of(written("2019-Oct.csv", REES46.replace("event_time", "Event_Time")))
    assert (match.format.name, match.score) == ("rees46_events", 1.0)
    assert match.mapping["event_id"] == "(a hash of 6 columns)"
    assert match.mapping["event_at"] == "Event_Time"


def test_a_packed_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(ORDERS.encode()))
    assert match_of(path).format.name == "shopify_orders"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a,b\n1,2\n", "Found: 'a', 'b'"),
        (
            ORDERS.replace("Created at", "Made at"),
            "The nearest is Shopify orders (score 0.77, 0.8 is needed): it lacks 'Created at'",
        ),
        (ORDERS.replace("2025-10-02 17:09:34 -0300", "yesterday"), "values of Created at look otherwise"),
        (
            REES46.replace("user_session", "session"),
            "The nearest is REES46 events (score 0.79, 0.8 is needed): it lacks 'user_session'",
        ),
        (REES46.replace("view", "addtocart"), "The nearest is REES46 events (score 0.67, 0.8 is needed): values of ev"),
        (REES46.replace(" UTC", ""), "values of event_time look otherwise"),
        ("Ada,ada@example.org,7\nBea,bea@example.org,8\n", "no header"),
        ("", "There is nothing in this file"),
        ("a;b\n1;2\n", "separated by ';', expected ','"),
    ],
)
def test_a_wrong_file_is_refused_with_what_was_expected_and_found(written: Written, text: str, told: str) -> None:
    with pytest.raises(UsageError) as refused:
        match_of(written("a.csv", text))
    assert told in str(refused.value)
    assert "ada@" not in str(refused.value)


@pytest.mark.parametrize("rows", [2, 60_000], ids=["at once", "far into it"])
def test_a_packed_file_that_is_cut_off_is_refused_wherever_it_ends(tmp_path: Path, rows: int) -> None:
    header, line = ORDERS.splitlines()
    content = gzip.compress("\n".join([header, *(f"#{number}{line[2:]}" for number in range(rows)), ""]).encode())
    (tmp_path / "a.csv.gz").write_bytes(content[: len(content) * 3 // 4])
    with pytest.raises(UsageError, match="cut off, or damaged"), opened(tmp_path / "a.csv.gz") as file:
        file.connection.execute(f"select count(*) from {ROWS}")


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("Größe,Menge\n".encode("latin-1"))
    with pytest.raises(UsageError, match="no text in UTF-8"):
        match_of(tmp_path / "a.csv")


def test_a_contradiction_in_a_format_is_told_with_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    from regulars import config

    shutil.copytree(config.CONF, tmp_path / "conf")
    monkeypatch.setattr(config, "CONF", tmp_path / "conf")
    path = tmp_path / "conf" / "formats" / "stripe_charges.yml"
    path.write_text(path.read_text().replace("{name: currency,", "{name: curency,"))
    with pytest.raises(UsageError, match=r"no column 'curency'\. Did you mean 'currency'"):
        load_formats()
