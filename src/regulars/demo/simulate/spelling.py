"""How people are called and where they live, and the slips with which a CRM writes it down. Mail hosts are reserved."""

from __future__ import annotations

_FIRST_NAMES = """
    Anna Ben Clara David Emma Felix Greta Hannes Ida Jonas Katharina Lukas Marie Noah Olga Paul Ronja Simon Theresa
    Ulrich Vera Wilhelm Yara Zoe Jürgen Günther Björn Käthe Müge Aylin Mehmet Piotr Agnieszka Giulia Luca Ngoc Sofía
"""
_LAST_NAMES = """
    Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Koch Bauer Richter Klein Wolf Schröder
    Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Werner Krause Lehmann Köhler Maier Huber Gruber
    Pichler Steiner Moser Keller Frei Yılmaz Nowak Rossi Nguyen García
"""
FIRST_NAMES, LAST_NAMES = _FIRST_NAMES.split(), _LAST_NAMES.split()
CITIES = (
    (("Berlin", "10"), ("Hamburg", "20"), ("München", "80"), ("Köln", "50"), ("Leipzig", "04"), ("Bremen", "28")),
    (("Wien", "1"), ("Graz", "8"), ("Linz", "4"), ("Wels", "4"), ("Villach", "9"), ("Dornbirn", "6")),
    (("Zürich", "8"), ("Basel", "4"), ("Bern", "3"), ("Chur", "7"), ("Luzern", "6"), ("Olten", "4")),
)
"""City and the first digits of its postcode, by number of the country."""

COUNTRY_SPELLINGS = (
    ("DE", "DE", "DE", "de", "Germany", "Deutschland"),
    ("AT", "AT", "AT", "at", "Austria", "Österreich"),
    ("CH", "CH", "CH", "ch", "Switzerland", "Schweiz"),
)
DIALLING_CODES = ("49", "43", "41")
STREETS = ("Lindenstraße", "Hauptstr.", "Gartenweg", "Am Markt", "Schulstraße", "Bahnhofstr.", "Rosenweg")
MAIL_HOSTS = ("example.org", "example.com", "example.net", "mail.example.org", "post.example.com")

_PLAIN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ö": "Oe", "ß": "ss", "í": "i", "ı": "i", "á": "a"})


def plain(text: str) -> str:
    """``text`` without umlauts and accents."""
    return text.translate(_PLAIN)


def mail_address(first_name: str, last_name: str, number: int, host: int) -> str:
    """The address of one person; ``number`` makes it the only one."""
    return f"{plain(first_name).lower()}.{plain(last_name).lower()}{number}@{MAIL_HOSTS[host]}"


def misspelt(text: str, drawn: float) -> str:
    """``text`` with one slip, by ``drawn`` in [0, 1): letters exchanged or left out, umlauts spelt out, capitals."""
    at = 1 + int(drawn * 997) % max(len(text) - 2, 1)
    if drawn < 0.4:
        return f"{text[:at]}{text[at + 1 : at + 2]}{text[at : at + 1]}{text[at + 2 :]}"
    if drawn < 0.7:
        return text[:at] + text[at + 1 :]
    return plain(text) if plain(text) != text else text.upper()


def phone(country: int, number: int, style: int) -> str:
    """A mobile number; the same one in three ways of writing it."""
    code, digits = DIALLING_CODES[country], f"155{number:08}"
    return (f"+{code}{digits}", f"0{digits[:3]} {digits[3:]}", f"00{code} {digits[:3]}-{digits[3:]}")[style]


def address(country: int, drawn: int) -> tuple[str, str, str]:
    """Street, postcode and city of the whole number ``drawn``."""
    city, begins = CITIES[country][drawn % 6]
    digits = 5 if country == 0 else 4
    ends = f"{drawn // 6 % 1000:03}"[: digits - len(begins)]
    return f"{STREETS[drawn // 6000 % len(STREETS)]} {drawn // 42_000 % 120 + 1}", f"{begins}{ends}", city
