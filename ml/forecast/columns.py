"""Which column of a transaction log is which: guessed by name, or told."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from regulars.errors import UsageError, did_you_mean

ROLES = {
    "customer": "customer client household shopper member buyer cust user account card contact email person donor",
    "time": "timestamp datetime date time _at$ (^|_)(day|when)$",
    "amount": "net_revenue sales_value net_amount line_total amount revenue spend spent sales value total paid price",
    "order": "order basket invoice receipt transaction ticket cart checkout purchase",
    "category": "category department product_group segment class section",
    "quantity": "quantity qty units pieces",
}
"""What the name of a column of each role says, the surest word first."""

_REQUIRED = ("customer", "time", "amount")
_IS_PRICE = re.compile(r"price")
_SAYS_ID = re.compile(r"(_|^)(id|key|no|nr|num|number|code)$|id$|no$")


@dataclass(frozen=True)
class LogColumns:
    """The column of each role; ``order`` and ``category`` are None where the log has none.

    ``quantity`` is one where ``amount`` is the price of one piece, and is multiplied with it.
    """

    customer: str
    time: str
    amount: str
    order: str | None = None
    category: str | None = None
    quantity: str | None = None

    def as_text(self) -> str:
        """The roles and their columns, in words."""
        told = {role: getattr(self, role) for role in ROLES}
        if self.quantity:
            told |= {"amount": f"{self.amount} × {told.pop('quantity')}"}
        return " · ".join(f"{role} = {column or 'none'}" for role, column in told.items() if role != "quantity")


def choose_columns(names: Sequence[str], mapped: Mapping[str, str], where: str) -> LogColumns:
    """The columns ``mapped`` by role, and of the other roles those whose name says so.

    Raises UsageError for a role or a column there is not, and for a required role nothing speaks for.
    """
    for role, column in mapped.items():
        if role not in ROLES:
            raise UsageError(f"There is no role '{role}'. {did_you_mean(role, ROLES)}", where="--map")
        if column not in names:
            raise UsageError(f"There is no column '{column}'. {did_you_mean(column, names)}", where=where)
    chosen = dict(mapped)
    # Time and amount come before the order, so that `order_date` and `order_value` are theirs.
    for role in ("customer", "time", "amount", "order", "category", "quantity"):
        if role == "quantity" and not _IS_PRICE.search(chosen.get("amount", "").casefold()):
            continue
        left = [name for name in names if name not in chosen.values()]
        if role not in chosen and (best := _likeliest(role, left)):
            chosen[role] = best
    lacking = [role for role in _REQUIRED if role not in chosen]
    if lacking:
        raise UsageError(
            f"No column says it is the {' or the '.join(lacking)}; there are: {', '.join(names)}",
            where=where,
            next_step=" ".join(f"--map {role}=COLUMN" for role in lacking),
        )
    return LogColumns(**chosen)


def _likeliest(role: str, names: Sequence[str]) -> str | None:
    """The name with the surest word of ``role``, an id before a name where an id is meant; None when there is none."""
    words = ROLES[role].split()
    found = []
    for place, name in enumerate(names):
        plain = re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).casefold()).strip("_")
        if role == "order" and not _SAYS_ID.search(plain) and plain not in words:
            continue
        if role in ("time", "amount") and re.search(r"(_|^)(id|key)$", plain):
            continue
        rank = next((number for number, word in enumerate(words) if re.search(word, plain)), None)
        if rank is not None:
            is_id = role != "customer" or bool(_SAYS_ID.search(plain))
            found.append((not is_id, rank, place, name))
    return min(found)[3] if found else None
