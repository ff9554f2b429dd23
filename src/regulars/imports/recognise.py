"""Which format a file is: by its labels and by what its first rows look like, with a score and the reason."""

from __future__ import annotations

from dataclasses import dataclass

from regulars.errors import UsageError
from regulars.imports.formats import Format, FormatColumn
from regulars.imports.reading import FIRST_ROWS, TextFile
from regulars.warehouse import quoted

ENOUGH = 0.8
"""The least score of a file that is taken for its format."""

_WITHOUT_A_NEEDED_COLUMN = ENOUGH - 0.01
"""However much else fits, a table that lacks one is of another format."""

_SAMPLE = 200
_NEARLY_ALL = 0.9
"""So large a share of the values seen must look as the format says: a slip is not another format."""


@dataclass(frozen=True)
class Match:
    """How well a file fits a format. ``found``: the label of each column it has; ``unlike``: columns whose values look
    otherwise; ``unknown``: labels the format does not know; ``seen``: how many of its columns the file is seen to have.
    """

    format: Format
    score: float
    found: dict[str, str]
    missing: tuple[FormatColumn, ...]
    unlike: tuple[str, ...]
    unknown: tuple[str, ...]
    labels: int
    seen: int
    form: str = "csv"
    is_json: bool = False

    @property
    def mapping(self) -> dict[str, str]:
        """Of each column found what it is taken from: its label, or in words that it is a hash of several."""
        hashes = {column.name: len(column.digest_of) for column in self.format.columns if column.digest_of}
        return {
            name: f"(a hash of {hashes[name]} columns)" if name in hashes else label
            for name, label in self.found.items()
        }

    @property
    def why(self) -> str:
        """The score in words."""
        needed = len(self.format.needed)
        told = [f"{needed - len(self.missing)} of {needed} needed columns"]
        told.append(f"{self.labels - len(self.unknown)} of {self.labels} labels known")
        told.append(
            f"values of {', '.join(self.unlike)} look otherwise" if self.unlike else "values look as they should"
        )
        return "; ".join(told)


def recognised(file: TextFile, formats: tuple[Format, ...]) -> Match:
    """The format of ``file``. Raises UsageError with what was expected, what was found and the nearest known format."""
    matches = [_match(file, one) for one in formats]
    best = max(matches, key=lambda match: (match.score, match.seen, match.format.name))
    if best.score >= ENOUGH:
        return best
    wanted = ", ".join(" or ".join(repr(label) for label in column.labels[:3]) for column in best.missing)
    lacks = f"it lacks {wanted}" if wanted else f"values of {', '.join(best.unlike)} look otherwise"
    shown = ", ".join(repr(label) for label in file.labels[:12]) + (", …" if len(file.labels) > 12 else "")
    raise UsageError(
        f"This is no export of a known format. The nearest is {best.format.title} (score {best.score:.2f}, "
        f"{ENOUGH} is needed): {lacks}. Found: {shown if _is_header(file) else 'no header'}",
        where=str(file.path),
        next_step="export it again as it is, or write a mapping of your own: `regulars import --map FILE`",
    )


def _match(file: TextFile, one: Format) -> Match:
    found = {column.name: label for column in one.columns if (label := column.found_in(file.by_plain_label))}
    missing = tuple(column for column in one.needed if column.name not in found)
    unknown = tuple(label for plain, label in file.plain_labels if not one.knows(plain))
    unlike = () if missing else _unlike(file, one, found)
    needed = 1 - len(missing) / len(one.needed)
    known = 1 - len(unknown) / len(file.labels)
    alike = 1 - len(unlike) / max(1, sum(column.looks is not None for column in one.columns if column.name in found))
    score = needed * alike * (ENOUGH + (1 - ENOUGH) * known)
    if missing and not file.is_json:
        score = min(score, _WITHOUT_A_NEEDED_COLUMN)
    seen = len(found)
    if file.is_json:
        # What the first lines do not have, later ones may.
        found = {column.name: column.labels[0] for column in one.columns if column.labels} | found
    return Match(one, score, found, missing, unlike, unknown, len(file.labels), seen, file.form, file.is_json)


def _unlike(file: TextFile, one: Format, found: dict[str, str]) -> tuple[str, ...]:
    """Labels under which too few of the first rows' values look as the format says."""
    asked = [column for column in one.columns if column.looks and column.name in found]
    if not asked:
        return ()
    shares = ", ".join(
        f"avg(regexp_full_match(trim({file.column(found[column.name])}), {quoted(column.looks)}, 'i')::int) "
        f"filter (trim({file.column(found[column.name])}) <> '')"
        for column in asked
    )
    rows = file.connection.execute(f"select {shares} from (select * from {FIRST_ROWS} limit {_SAMPLE})").fetchone()
    pairs = zip(asked, rows or (), strict=True)
    return tuple(found[column.name] for column, share in pairs if share is not None and share < _NEARLY_ALL)


def _is_header(file: TextFile) -> bool:
    """Whether the first line holds labels rather than a row, which might name a person."""
    return not any("@" in label or label.strip("'+ ").isdigit() for label in file.labels)
