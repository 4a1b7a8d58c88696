"""Who acts: groups of roles that rules speak of (domain.md, Actors)."""

from consent_policy.grounds import Actor as Actor
from consent_policy.vocabulary import ROLES, SCHOOL_ORGANISATION, SCHOOL_ROLES

NOT_PROFESSIONAL = frozenset({"guardian", "youth", "auditor", "evaluator", "dpo", "records_officer", "registry"})
PROFESSIONAL = ROLES - NOT_PROFESSIONAL
FAMILY = frozenset({"guardian", "youth"})

OVERSEERS = frozenset({"records_officer", "dpo", "auditor"})
"""Roles that look after the file, and take no part in help."""

MAY_RAISE = SCHOOL_ROLES | {"youth_nurse", "school_social_worker", "orthopedagogue", "jgt_consultant"}
"""Roles that may raise a signal to any programme."""

MAY_BE_MEMBER = PROFESSIONAL - {"coordinator", "researcher", "specialist"}
"""Roles that may be a plain member of a team."""

MAY_INVOKE_SAFETY = PROFESSIONAL - SCHOOL_ROLES - {"researcher"}
"""Professionals outside the school, not researchers."""


def school_of(brin: str) -> str:
    """The organisation of a school: `school-<BRIN>`."""
    return f"{SCHOOL_ORGANISATION}{brin}"
