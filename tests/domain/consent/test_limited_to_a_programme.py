"""Consent that is limited to a programme holds in its episodes, for referring and sharing too."""

from typing import Any

from tests.domain.given import Said, given
from tests.examples import (
    COACH,
    CONSENTED_TO_PIT,
    EXAMPLES,
    EXPLAINED,
    FORM,
    MOTHER,
    MOTHER_KNOWN,
    OPENED,
    PIT_STARTED,
    REFERRED,
    by,
    says,
)

TRANSFERRED = EXAMPLES["transfer_lead"].said
FOLLOWED_UP = EXAMPLES["hold_follow_up"].said
PIT_LEAD = says("assign", COACH, "01-12 11:00", episode="e-1", professional=by(COACH), team_role="lead")


PIT_LEAD = says("assign", COACH, "01-12 11:00", episode="e-1", professional=by(COACH), team_role="lead")
PIT = (OPENED, MOTHER_KNOWN, EXPLAINED, CONSENTED_TO_PIT, PIT_STARTED, PIT_LEAD)
PIT_REFERRAL = REFERRED | {"by": by(COACH)}
IN_PIT = {
    "purposes": ["referral"],
    "categories": ["signal", "plan"],
    "recipients": ["org:jeugd-ggz-rijnland"],
    "programme": "pit",
}


def said_by_mother(name: str, when: str, scope: Said, consent: str) -> dict[str, Any]:
    return says(name, MOTHER, when, consent=consent, person="g-m", scope=scope, evidence=FORM)


def test_a_referral_limited_to_the_programme_is_permitted_in_it() -> None:
    """The mother permitted referring within pit; the referral is sent from an episode of pit."""
    permitted = said_by_mother("give_consent", "01-14 10:00", IN_PIT, "c-ref")
    given(*PIT, permitted).when(PIT_REFERRAL).records()


def test_a_referral_refused_for_the_programme_is_not_sent_from_it() -> None:
    """A refusal that covers the request beats every permission that does."""
    everywhere = {name: value for name, value in IN_PIT.items() if name != "programme"}
    permitted = said_by_mother("give_consent", "01-14 10:00", everywhere, "c-ref")
    refused = said_by_mother("refuse_consent", "01-15 10:00", IN_PIT, "c-not")
    given(*PIT, permitted, refused).when(PIT_REFERRAL).refuses("consent_refused", "g-m")


SHARED = EXAMPLES["share"].said | {"by": by(COACH)}
TO_DOCTOR = {"purposes": ["care"], "categories": ["plan"], "recipients": ["org:huisarts-leiden"]}


def test_sharing_limited_to_the_programme_is_permitted_while_it_is_open() -> None:
    """Where a request names no episode, any open episode of the child counts."""
    permitted = said_by_mother("give_consent", "01-14 10:00", TO_DOCTOR | {"programme": "pit"}, "c-doc")
    given(*PIT, permitted).when(SHARED).records()


def test_sharing_from_a_programme_that_explains_first_asks_consent_that_names_it() -> None:
    """Left out: all; for care, all that ask no explanation. Pit asks one, and only pit is open."""
    permitted = said_by_mother("give_consent", "01-14 10:00", TO_DOCTOR, "c-doc")
    given(*PIT, permitted).when(SHARED).refuses("consent_missing")


def test_sharing_refused_for_the_programme_is_not_done() -> None:
    """A refusal beats every permission, also where it is limited to the one programme that is open."""
    named = TO_DOCTOR | {"programme": "pit"}
    permitted = said_by_mother("give_consent", "01-14 10:00", TO_DOCTOR, "c-doc")
    refused = said_by_mother("refuse_consent", "01-15 10:00", named, "c-not")
    given(*PIT, permitted, refused).when(SHARED).refuses("consent_refused")
