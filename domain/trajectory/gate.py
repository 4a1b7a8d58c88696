"""The gate: is there consent for this, at this instant? The consent policy answers, from the child's grounds."""

from datetime import datetime

from consent_policy.consent import Names, assess
from consent_policy.grounds import Ask, Consent
from consent_policy.policy import Policy
from domain.programme import Programme
from domain.refusal import Code, Refused
from domain.trajectory.state import Child

_CODES = (
    ("no_one_with_authority", Code.NO_ONE_WITH_AUTHORITY),
    ("consent_refused", Code.CONSENT_REFUSED),
    ("consent_missing", Code.CONSENT_MISSING),
)
"""In the order in which they are told (domain.md, Order of answers)."""


def care_consent(child: Child, policy: Policy, category: str, at: datetime, programme: Programme) -> Consent:
    """Consent to care in a programme (consent.md)."""
    return assess(child.grounds, care_ask(category, programme.id, programme.explained_first), at, policy, "care")


def care_ask(category: str, programme: str, explained_first: bool) -> Ask:
    """What a gate asks: purpose care, recipient care_team."""
    return Ask("care", category, "care_team", programme, explained_first)


def consent_refusal(child: Child, policy: Policy, category: str, at: datetime, programme: Programme) -> Refused | None:
    """Why care of this category may not be given; None where consent is complete."""
    return _refusal(care_consent(child, policy, category, at, programme))


def disclosure_refusal(
    child: Child,
    policy: Policy,
    purpose: str,
    category: str,
    recipient: str,
    at: datetime,
    programme: Programme | None = None,
    names: Names | None = None,
) -> Refused | None:
    """Why this category may not be told to somebody outside the team (Jeugdwet 7.3.11); None where it may.

    `names`: where the recipient goes by several names: permitted under any of them, refused under any of them.
    """
    if programme is None:
        ask = Ask(purpose, category, recipient)
    else:
        ask = Ask(purpose, category, recipient, programme.id, programme.explained_first)
    return _refusal(assess(child.grounds, ask, at, policy, "disclosure", names))


def _refusal(consent: Consent) -> Refused | None:
    if consent.complete:
        return None
    code = next(code for reason, code in _CODES if reason in consent.reasons)
    return Refused(code, (*consent.refused_by, *consent.missing))
