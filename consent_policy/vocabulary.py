"""The words that a rule, a scope or a question may use. Anything else is `unknown_code`."""

from typing import Literal, get_args

Role = Literal[
    "teacher",
    "internal_counsellor",
    "school_director",
    "partnership_advisor",
    "school_social_worker",
    "youth_nurse",
    "orthopedagogue",
    "jgt_consultant",
    "pit_coach",
    "ambulatory_supervisor",
    "researcher",
    "specialist",
    "guardian",
    "youth",
    "coordinator",
    "records_officer",
    "dpo",
    "auditor",
    "evaluator",
    "registry",
]

Purpose = Literal[
    "care",
    "referral",
    "research",
    "subject_access",
    "coordination",
    "safety",
    "audit",
    "legal",
    "evaluation",
]

Category = Literal[
    "identity",
    "contact_details",
    "signal",
    "consent",
    "screening",
    "interview",
    "advice",
    "plan",
    "session",
    "meeting",
    "attendance",
    "referral",
    "safety",
    "outcome",
    "access_log",
    "episode",
]

Reason = Literal[
    "consent_missing",
    "consent_refused",
    "no_one_with_authority",
    "not_in_team",
    "no_rule",
    "not_informed",
    "restricted",
    "withheld",
    "erased",
    "reason_required",
    "override_over",
    "unknown_code",
]

ROLES = frozenset(get_args(Role))
PURPOSES = frozenset(get_args(Purpose))
CATEGORIES = frozenset(get_args(Category))

CONSENT_PURPOSES = frozenset({"care", "referral", "research", "subject_access"})
"""Purposes that a person can consent to (consent.md, "Which statement stands")."""

SCHOOL_ROLES = frozenset({"teacher", "internal_counsellor", "school_director"})
"""Roles whose organisation is a school."""

SCHOOL_ORGANISATION = "school-"
"""How the organisation of a school begins: `school-<BRIN>`."""

NEVER_IN_ALL = frozenset({"safety", "access_log"})
"""Categories that the word `all` in a scope or restriction of consent never includes."""

YOUTH = "youth"
"""The reference by which a child is called in statements about itself."""

CARE_TEAM = "care_team"
"""The recipient that somebody on the team of an episode looks as."""

SCREENER = "screener"
"""The team role of who screens only: on the team for the screening and nothing else."""

VEILIG_THUIS = "veilig-thuis"
"""The organisation that takes reports of domestic violence and child abuse (Wmo 2015, 4.1.1)."""

RECIPIENT_PATTERN = r"^(care_team|role:(coordinator|researcher)|(org|person):\S{1,150})$"
"""How a scope or a request says to whom (consent.md, "Which statement stands")."""
