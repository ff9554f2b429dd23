"""Random histories of consent, and what holds by an oracle that shares no code and no order of steps with ours."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from regulars.privacy.consent import Decision, State

AS_OF = datetime(2026, 1, 1, 23)
KNOWN_BY = AS_OF + timedelta(hours=6)
BASES = ("opt_in", "opt_out")
# Few instants, and those at the edges among them, so that ties and limits are common.
_SAID = [AS_OF + timedelta(days=day) for day in (-400, -30, -30, -1, 2)] + [AS_OF, AS_OF + timedelta(microseconds=1)]
_KNOWN = [KNOWN_BY + timedelta(days=day) for day in (-500, -20, 3)] + [KNOWN_BY, KNOWN_BY + timedelta(microseconds=1)]


@dataclass(frozen=True)
class History:
    """What the records of one customer said of one purpose and channel."""

    customer_id: int
    basis: str
    decisions: tuple[Decision, ...]


def histories(count: int, seed: int = 11) -> Iterator[History]:
    """So many customers with one to three records, from none to seven decisions together; the same for each seed."""
    chance = random.Random(seed)
    for customer_id in range(1, count + 1):
        records = [("crm", f"{customer_id}-{number}") for number in range(chance.randint(1, 3))]
        said = (_decision(chance, *chance.choice(records)) for _ in range(chance.randint(0, 7)))
        yield History(customer_id, chance.choice(BASES), tuple(dict.fromkeys(said)))


def _decision(chance: random.Random, source: str, record_key: str) -> Decision:
    word = chance.choice(("grant", "deny"))
    return Decision(source, record_key, word, chance.choice(_SAID), chance.choice(_KNOWN))


def by_brute_force(history: History) -> State:
    """What holds, by asking of every decision whether any other takes its place."""
    in_time = [one for one in history.decisions if one.effective_at <= AS_OF and one.recorded_at <= KNOWN_BY]
    standing = [one for one in in_time if not any(_replaces(other, one) for other in in_time)]
    if not standing:
        return State(history.basis == "opt_out", None, None)
    denied = sorted(one.effective_at for one in standing if one.decision == "deny")
    granted = sorted(one.effective_at for one in standing if one.decision == "grant")
    return State(False, "deny", denied[-1]) if denied else State(True, "grant", granted[-1])


def _replaces(other: Decision, one: Decision) -> bool:
    if (other.source, other.record_key) != (one.source, one.record_key):
        return False
    if other.effective_at == one.effective_at:
        return other.decision == "deny" and one.decision == "grant"
    return other.effective_at > one.effective_at


def kinds(found: Sequence[History]) -> dict[str, int]:
    """How many histories hold what a test of them must meet."""
    return {
        "no decision": sum(not one.decisions for one in found),
        "several records": sum(len({said.record_key for said in one.decisions}) > 1 for one in found),
        "records that differ": sum(_differ(one) for one in found),
        "a tie": sum(_is_tied(one) for one in found),
        "too late": sum(any(said.recorded_at > KNOWN_BY for said in one.decisions) for one in found),
    }


def _differ(one: History) -> bool:
    states = {by_brute_force(History(0, one.basis, (said,))).decision for said in one.decisions}
    return {"grant", "deny"} <= states


def _is_tied(one: History) -> bool:
    spoken = [(said.record_key, said.effective_at) for said in one.decisions if said.decision == "grant"]
    return any((said.record_key, said.effective_at) in spoken for said in one.decisions if said.decision == "deny")
