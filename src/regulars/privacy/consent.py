"""What holds for a customer, one purpose and one channel, at an instant: the twin of `consent_state` in dbt's macros.

Of each record the latest decision counts that had taken effect by ``as_of`` and was known by ``known_by``; of decisions
that took effect at one instant a deny. Of a customer's records the strictest explicit decision wins; a record without
one takes no part. Where nobody decided, the basis says what silence means.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

GRANT, DENY = "grant", "deny"
OPT_IN, OPT_OUT = "opt_in", "opt_out"


@dataclass(frozen=True)
class Decision:
    """What one record said of one purpose and channel: ``decision`` is `grant` or `deny`; instants are UTC.

    ``effective_at``: when it was said. ``recorded_at``: when the source delivered it.
    """

    source: str
    record_key: str
    decision: str
    effective_at: datetime
    recorded_at: datetime


@dataclass(frozen=True)
class State:
    """What holds. ``decision`` and ``decided_at`` are None where nobody was ever asked."""

    is_allowed: bool
    decision: str | None
    decided_at: datetime | None


def consent_state(decisions: Iterable[Decision], basis: str, as_of: datetime, known_by: datetime) -> State:
    """What holds of the ``decisions`` of one customer's records on one purpose and channel.

    ``basis`` says what silence means: `opt_in` no, `opt_out` yes. ``decided_at`` is when the decision that holds was
    last said.
    """
    latest: dict[tuple[str, str], Decision] = {}
    for said in decisions:
        if said.effective_at > as_of or said.recorded_at > known_by:
            continue
        record = (said.source, said.record_key)
        before = latest.get(record)
        if before is None or _rank(said) > _rank(before):
            latest[record] = said
    if not latest:
        return State(basis == OPT_OUT, None, None)
    holds = DENY if any(said.decision == DENY for said in latest.values()) else GRANT
    decided_at = max(said.effective_at for said in latest.values() if said.decision == holds)
    return State(holds == GRANT, holds, decided_at)


def _rank(said: Decision) -> tuple[datetime, bool]:
    return said.effective_at, said.decision == DENY
