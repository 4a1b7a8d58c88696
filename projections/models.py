"""All read models, and the number of their shape: another number is built beside the one that runs."""

import hashlib
import json
from collections.abc import Iterable

from domain.programme import Programmes
from projections import (
    access_trail,
    accounts,
    caseload,
    consent_state,
    contacts,
    doubles,
    entries,
    load,
    oversight,
    relations,
    summary,
)
from projections.readmodel import Given, OfChild, OfFact

NUMBER = 5
"""One more whenever rows become others from the same log."""

OF_CHILD: tuple[OfChild, ...] = (
    accounts.MODEL,
    caseload.MODEL,
    consent_state.MODEL,
    contacts.SIGNALS,
    doubles.MODEL,
    entries.MODEL,
    load.MODEL,
    oversight.MODEL,
    relations.MODEL,
    summary.MODEL,
)
OF_FACT: tuple[OfFact, ...] = (access_trail.MODEL, contacts.MODEL)

IN_SHORT = {each.TOPIC: each for model in OF_FACT for each in model.in_short}
"""As which classes facts may be read that only these read models are told of."""


def fingerprint(given: Given, programmes: Programmes, store: str) -> str:
    """Of everything that rows follow from beside the facts: software, policies, programmes, and whose log it is."""
    policies = {each.id: each.sha256 for each in given.policies.values()}
    files: Iterable[tuple[tuple[str, int], str]] = sorted(programmes.sha256.items())
    told = json.dumps([NUMBER, store, policies, [[*key, sha256] for key, sha256 in files]], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()
