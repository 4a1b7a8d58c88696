"""Why something was not done: one code, a sentence for people in Dutch and English, never content."""

from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """Codes of refusal, in the order in which they are asked (domain.md, Actions)."""

    ERASED = "erased"
    IN_THE_FUTURE = "in_the_future"
    BEFORE_BIRTH = "before_birth"
    UNKNOWN_REFERENCE = "unknown_reference"
    REFERENCE_IN_USE = "reference_in_use"
    ROLE_NOT_PERMITTED = "role_not_permitted"
    NOT_RELATED = "not_related"
    NOT_IN_TEAM = "not_in_team"
    EPISODE_CLOSED = "episode_closed"
    NO_ONE_WITH_AUTHORITY = "no_one_with_authority"
    CONSENT_REFUSED = "consent_refused"
    CONSENT_MISSING = "consent_missing"
    NOT_EXPLAINED = "not_explained"
    NO_STANDING = "no_standing"
    NOT_APPLICABLE = "not_applicable"
    ALREADY_DONE = "already_done"
    ALREADY_OPEN = "already_open"
    ROLE_NOT_IN_PROGRAMME = "role_not_in_programme"
    SCREENING_INCOMPLETE = "screening_incomplete"
    PLAN_INCOMPLETE = "plan_incomplete"
    BUDGET_EXHAUSTED = "budget_exhausted"
    NOT_A_STEP = "not_a_step"
    GUARDIANS_ABSENT = "guardians_absent"
    NO_LEGAL_BASIS = "no_legal_basis"
    REFERRAL_OPEN = "referral_open"
    REASON_REQUIRED = "reason_required"
    NEEDS_DPO = "needs_dpo"
    TEXT_WITHOUT_CONSENT = "text_without_consent"
    LEGAL_HOLD = "legal_hold"
    NOT_GRANTED = "not_granted"
    STALE = "stale"


NOT_KEPT = frozenset({Code.STALE, Code.IN_THE_FUTURE})
"""Codes that do not answer for the same action later: what they say passes by itself."""

IRREGULAR = frozenset(
    {
        Code.CONSENT_MISSING,
        Code.CONSENT_REFUSED,
        Code.NO_ONE_WITH_AUTHORITY,
        Code.BUDGET_EXHAUSTED,
        Code.GUARDIANS_ABSENT,
    }
)
"""Codes of a care action that may be sent again as irregular: what happened can always be told."""


@dataclass(frozen=True, slots=True)
class Refused:
    """An action was not recorded. `persons`: references of those whose consent lacks, where that is the reason."""

    code: Code
    persons: tuple[str, ...] = ()


Refusals = tuple[Refused | None, ...]
"""The answers of an action's own rules, in order: None where a rule has nothing against it."""


SENTENCES: dict[Code, tuple[str, str]] = {
    Code.ERASED: ("Dit dossier is gewist.", "This dossier has been erased."),
    Code.IN_THE_FUTURE: ("Het tijdstip ligt in de toekomst.", "The instant lies in the future."),
    Code.BEFORE_BIRTH: ("Het tijdstip ligt vóór de geboorte.", "The instant lies before birth."),
    Code.UNKNOWN_REFERENCE: ("Een kenmerk is hier niet bekend.", "A reference is not known here."),
    Code.REFERENCE_IN_USE: (
        "Het kenmerk is al in gebruik met andere inhoud.",
        "The reference is in use with other content.",
    ),
    Code.ROLE_NOT_PERMITTED: ("In deze rol mag u dit niet doen.", "You may not do this in this role."),
    Code.NOT_RELATED: ("U bent niet bij deze jeugdige betrokken.", "You are not involved with this child."),
    Code.NOT_IN_TEAM: ("U zit niet in het team.", "You are not on the team."),
    Code.EPISODE_CLOSED: ("De hulp was op dat moment al afgesloten.", "The episode was closed at that instant."),
    Code.NO_ONE_WITH_AUTHORITY: (
        "Niemand heeft gezag; er kan geen toestemming worden gegeven.",
        "Nobody has authority; consent cannot be given.",
    ),
    Code.CONSENT_REFUSED: ("De toestemming is geweigerd.", "Consent was refused."),
    Code.CONSENT_MISSING: ("De toestemming is niet compleet.", "Consent is not complete."),
    Code.NOT_EXPLAINED: (
        "De werkwijze is nog niet aan deze persoon uitgelegd.",
        "The approach has not been explained to this person.",
    ),
    Code.NO_STANDING: (
        "Deze persoon kan hierover op dat moment niet beslissen.",
        "This person cannot decide on this at that instant.",
    ),
    Code.NOT_APPLICABLE: ("Dit is hier niet van toepassing.", "This does not apply here."),
    Code.ALREADY_DONE: ("Dit is al gedaan.", "This has been done already."),
    Code.ALREADY_OPEN: ("Hulp in dit programma loopt al.", "An episode in this programme is open already."),
    Code.ROLE_NOT_IN_PROGRAMME: (
        "Deze rol hoort niet bij het team van dit programma.",
        "This role does not belong on the team of this programme.",
    ),
    Code.SCREENING_INCOMPLETE: (
        "De screening en de gesprekken zijn nog niet compleet.",
        "The screening and its interviews are not complete.",
    ),
    Code.PLAN_INCOMPLETE: ("Het plan is niet compleet.", "The plan is not complete."),
    Code.BUDGET_EXHAUSTED: ("Het aantal gesprekken is op.", "The session budget is exhausted."),
    Code.NOT_A_STEP: ("Verlengen kan alleen met een vaste stap.", "Sessions extend only to one of the set steps."),
    Code.GUARDIANS_ABSENT: (
        "Een ouder of verzorger was er niet bij en de reden ontbreekt.",
        "No guardian was present and the reason is missing.",
    ),
    Code.NO_LEGAL_BASIS: ("De wettelijke grondslag is niet vastgelegd.", "The legal basis is not recorded."),
    Code.REFERRAL_OPEN: ("Er staat nog een verwijzing open.", "A referral is still open."),
    Code.REASON_REQUIRED: ("Een reden is nodig.", "A reason is required."),
    Code.NEEDS_DPO: (
        "Hiervoor is de functionaris gegevensbescherming nodig.",
        "The data protection officer is needed for this.",
    ),
    Code.TEXT_WITHOUT_CONSENT: (
        "Zonder toestemming mag er geen tekst over de jeugdige in.",
        "Without consent no text about the child may be recorded.",
    ),
    Code.LEGAL_HOLD: ("Het dossier moet bewaard blijven.", "The dossier is under a legal hold."),
    Code.NOT_GRANTED: ("Het verzoek is niet toegewezen.", "The request was not granted."),
    Code.STALE: ("Iemand anders was eerder; probeer het opnieuw.", "Another change came first; try again."),
}


REASONS: dict[str, tuple[str, str]] = {
    "no_rule": ("Geen regel staat dit toe.", "No rule permits this."),
    "not_informed": (
        "Nog niet iedereen die moet beslissen is op de hoogte.",
        "Not everybody who must decide has been informed.",
    ),
    "restricted": ("Dit is voor deze ouder of verzorger afgeschermd.", "This is kept from this guardian."),
    "withheld": ("Dit onderdeel wordt niet getoond.", "This part is not shown."),
    "override_over": ("De noodinzage is afgelopen.", "The emergency access is over."),
    "unknown_code": ("Een woord in de vraag is niet bekend.", "A word in the question is not known."),
}
"""Reasons of the consent policy that are not codes of refusal as well (consent.md)."""


def sentence(code: str, language: str = "en") -> str:
    """What a code of refusal or a reason of the policy means, for people. `language`: nl or en."""
    dutch, english = REASONS[code] if code in REASONS else SENTENCES[Code(code)]
    return dutch if language == "nl" else english
