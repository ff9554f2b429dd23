"""A service is read whole, or not at all: whatever it does in the middle."""

from __future__ import annotations

import csv
import gzip
import io
import ssl
from datetime import date, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from regulars.errors import RegularsError, UsageError
from regulars.pull import service
from regulars.pull.connection import Connection
from tests.pull.conftest import Shop
from tests.pull.help_desk import TOKEN, HelpDesk, Ticket, cut_short, half_page, hangs_up, says, too_many

DAY = date(2025, 3, 5)
FILE = f"support_contact_{DAY}.csv.gz"


def ticket(number: int, changed_at: str = "2025-03-05T10:00:00Z", **more: Any) -> Ticket:
    said = {"id": number, "requester": {"contact_id": number * 10}, "opened_at": "2025-03-05T09:00:00Z"}
    return {**said, "channel": "chat", "topic": "Brindlemoth", "rating": 4, "changed_at": changed_at, **more}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits without a Retry-After are not waited for here."""
    monkeypatch.setattr(service, "_LONGEST_BACKOFF_SECONDS", 0)


def rows(shop: Shop) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(gzip.decompress(shop.files()[FILE]).decode())))


def numbers(shop: Shop) -> list[int]:
    return [int(row["ticket_id"]) for row in rows(shop)]


def test_fields_are_taken_from_where_the_pull_says_and_written_as_the_contract_says(shop: Shop, desk: HelpDesk) -> None:
    desk.tickets = [ticket(1, rating=None, topic='a "quoted", one\nof two lines')]
    shop.pull(DAY)
    assert rows(shop) == [
        {
            "ticket_id": "1",
            "contact_id": "10",
            "opened_at": "2025-03-05T09:00:00Z",
            "channel": "chat",
            "topic": 'a "quoted", one\nof two lines',
            "satisfaction": "",
            "resolved_at": "",
        }
    ]


@pytest.mark.parametrize(
    ("troubles", "requests"),
    [
        ({}, 4),
        ({2: too_many("0"), 4: too_many("0"), 5: too_many("0")}, 7),
        ({1: hangs_up, 3: hangs_up}, 6),
        ({2: cut_short, 4: cut_short}, 6),
        ({1: says(200, b"<html>maintenance</html>"), 3: says(200, b'{"tickets": [NaN')}, 6),
        ({1: says(503, b""), 2: says(500, b""), 3: says(502, b"")}, 7),
        ({1: half_page, 3: half_page}, 5),
        ({3: says(410, b"expired")}, 7),
        ({2: says(400, b"no such cursor"), 5: says(404, b"")}, 9),
    ],
    ids=["none", "429", "dropped", "cut", "not JSON", "5xx", "half pages", "expired", "expired twice"],
)
def test_every_ticket_comes_once_whatever_happens_on_the_way(
    shop: Shop, desk: HelpDesk, troubles: dict[int, Any], requests: int
) -> None:
    desk.tickets = [ticket(number) for number in range(1, 11)]
    desk.troubles = troubles
    assert shop.pull(DAY)["entities"]["crm__support_contact"]["rows"] == 10
    assert numbers(shop) == list(range(1, 11))
    assert len(desk.asked) == requests


def test_who_asks_to_be_left_alone_for_a_second_is(shop: Shop, desk: HelpDesk) -> None:
    """A client that came back at once would use up its tries on the limit."""
    import time

    desk.tickets, allowed = [ticket(1)], [0.0]

    def limited(handler: Any) -> None:
        now = time.monotonic()
        allowed[0] = allowed[0] or now + 1
        handler.answer(*((200, handler.sound()) if now >= allowed[0] else (429, b"")), retry_after="1")

    desk.troubles = dict.fromkeys(range(1, 20), limited)
    shop.pull(DAY)
    assert len(desk.asked) == 2


@pytest.mark.parametrize(
    ("troubles", "told"),
    [
        (dict.fromkeys(range(1, 30), too_many("0")), "it answered too often with 429"),
        (dict.fromkeys(range(1, 30), says(200, b"Brindlemoth")), "the answer is not JSON, 7 times"),
        (dict.fromkeys(range(1, 30), cut_short), "the answer broke off, 7 times"),
        (dict.fromkeys(range(1, 30), hangs_up), "it does not answer"),
        ({1: says(401, b"Brindlemoth")}, "its credentials are refused (401)"),
        ({1: says(404, b"Brindlemoth")}, "it answers with 404"),
        ({1: says(302, b"Brindlemoth")}, "it answers with 302"),
        ({1: says(200, b'{"tickets": {"Brindlemoth": 1}}')}, "no list of objects at 'tickets'"),
        ({2: says(200, b'{"tickets": [], "meta": {"next_cursor": "after-3"}}')}, "a page that was read already"),
        (dict.fromkeys(range(2, 30, 2), says(410, b"")), "its cursor expired 3 times"),
    ],
)
def test_a_service_that_cannot_be_read_is_told_in_words_and_nothing_is_claimed(
    shop: Shop, desk: HelpDesk, troubles: dict[int, Any], told: str
) -> None:
    desk.tickets = [ticket(number) for number in range(1, 11)]
    desk.troubles = troubles
    (problem,) = shop.pull(DAY)["problems"]
    assert told in problem["reason"] and "help_desk" in problem["reason"]
    assert "Brindlemoth" not in problem["reason"] and TOKEN not in problem["reason"]
    assert shop.files() == {} and shop.pulls() == []


def test_pages_by_number_end_with_an_empty_page_and_are_read_until_nothing_moves(shop: Shop, desk: HelpDesk) -> None:
    shop.change("crm__support_contact", "{by: cursor, parameter: cursor, next: meta.next_cursor}", PAGE)
    desk.tickets = [ticket(number) for number in range(1, 7)]

    def one_changes_meanwhile(handler: Any) -> None:
        handler.answer(200, handler.sound())
        desk.tickets[0]["changed_at"] = "2025-03-06T10:00:00Z"

    desk.troubles = {1: one_changes_meanwhile}
    shop.pull(DAY)
    # The first reading has 1, 2, 3, 5, 6: ticket 4 moved up to page 1 when it had been read.
    assert numbers(shop) == [2, 3, 4, 5, 6]
    assert len(desk.asked) == 3 * 3


def test_pages_that_never_end_or_never_rest_are_refused(shop: Shop, desk: HelpDesk) -> None:
    shop.change("crm__support_contact", "{by: cursor, parameter: cursor, next: meta.next_cursor}", PAGE)
    desk.tickets = [ticket(1)]
    desk.troubles = dict.fromkeys(range(1, 9), lambda handler: handler.answer(200, b'{"tickets": [{"id": 1}]}'))
    assert "page 2 is the same as the one before" in shop.pull(DAY)["problems"][0]["reason"]

    def restless(handler: Any) -> None:
        handler.answer(200, handler.sound())
        desk.tickets[0]["rating"] += 1

    desk.troubles = dict.fromkeys(range(1, 99), restless)
    assert "changed during each of 5 readings" in shop.pull(DAY)["problems"][0]["reason"]


PAGE = "{by: number, parameter: page}"


def test_what_lies_outside_the_stretch_is_left_out_where_the_service_cannot(shop: Shop, desk: HelpDesk) -> None:
    shop.change("crm__support_contact", "  until: changed_before\n", "")
    # 23:30 and 00:30 of the business zone, which is an hour ahead of UTC.
    desk.tickets = [ticket(1, "2025-03-05T22:30:00Z"), ticket(2, "2025-03-05T23:30:00Z"), ticket(3, "0 is none")]
    shop.pull(DAY)
    assert numbers(shop) == [3, 1]
    assert "changed_before" not in desk.asked[0]


def test_a_service_beyond_this_machine_must_be_https(shop: Shop, desk: HelpDesk) -> None:
    for host in ("http://desk.example.com", "http://127.0.0.1.example.com"):
        shop.connections["help_desk"] = Connection("help_desk", host, password=TOKEN)
        (problem,) = shop.pull(DAY)["problems"]
        assert "https only" in problem["reason"] and TOKEN not in problem["reason"]


def test_a_certificate_nobody_vouches_for_is_not_trusted_and_no_token_is_sent(shop: Shop, tmp_path: Path) -> None:
    shop.only("crm__support_contact")
    with HelpDesk([ticket(1)], tls=self_signed(tmp_path)) as desk:
        shop.connections["help_desk"] = Connection("help_desk", "https://127.0.0.1", desk.port, password=TOKEN)
        assert "its certificate is not trusted" in shop.pull(DAY)["problems"][0]["reason"]
        assert desk.asked == []


def self_signed(folder: Path) -> ssl.SSLContext:
    """A certificate for 127.0.0.1, signed by its own key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    there = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, datetime(2000, 1, 1), datetime(2100, 1, 1))
    pem = serialization.Encoding.PEM
    plain = (pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    signed = made.add_extension(there, critical=False).sign(key, hashes.SHA256())
    (folder / "both.pem").write_bytes(key.private_bytes(*plain) + signed.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "both.pem")
    return context


def test_a_connection_shows_no_secret() -> None:
    assert TOKEN not in repr(Connection("a", "b", password=TOKEN, extra={"token": TOKEN}))


def test_a_day_that_is_not_over_is_refused(shop: Shop, desk: HelpDesk) -> None:
    with pytest.raises(UsageError, match="is not over yet"):
        shop.pull(date(2999, 1, 1))


def test_a_required_entity_that_cannot_be_pulled_ends_the_run_after_the_others_were_tried(shop: Shop) -> None:
    with HelpDesk([ticket(1)]) as desk:
        shop.connections["help_desk"] = Connection("help_desk", "127.0.0.1", desk.port, "http", password=TOKEN)
        shop.connections["crm_database"] = Connection("crm_database", "127.0.0.1", 1, "crm", "reader", TOKEN)
        with pytest.raises(RegularsError, match="Connection 'crm_database'") as told:
            shop.pull(DAY)
    assert TOKEN not in str(told.value)
    assert list(shop.files()) == [FILE, f"{FILE}.manifest.json"]
