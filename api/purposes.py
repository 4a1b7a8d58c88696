"""Why somebody looks, where they do not say: the purpose that belongs to their role."""

OF_ROLE = {
    "guardian": "subject_access",
    "youth": "subject_access",
    "coordinator": "coordination",
    "auditor": "audit",
    "dpo": "audit",
    "evaluator": "evaluation",
    "records_officer": "legal",
    "specialist": "referral",
}


def purpose_of(role: str) -> str:
    """The purpose of a look where none is stated; everybody else looks for care."""
    return OF_ROLE.get(role, "care")
