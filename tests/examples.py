"""Persons and actions to test with: the story of the pit case, and one canonical example of every action."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from consent_policy.grounds import Actor

CASES = Path(__file__).parent / "cases"


def lines_of(file: str) -> list[dict[str, Any]]:
    """The objects of a file in tests/cases, one a line."""
    text = (CASES / file).read_text("utf-8")
    return [json.loads(line) for line in text.splitlines() if line.strip()]


PIT = lines_of("pit.jsonl")
CHILD = "t-pit-1"
NOW = datetime(2026, 5, 1, 10, tzinfo=UTC)
"""After the last line of the pit case: episode e-2 is open and consent to care is complete."""

COACH = Actor("pit-1", "pit_coach", "pit-leiden")
SECOND_COACH = Actor("pit-2", "pit_coach", "pit-leiden")
TEACHER = Actor("te-1", "teacher", "school-12AB")
COUNSELLOR = Actor("ib-1", "internal_counsellor", "school-12AB")
SCREENER = Actor("ul-1", "researcher", "universiteit-leiden")
MOTHER = Actor("g-m", "guardian", "family")
FATHER = Actor("g-f", "guardian", "family")
YOUTH = Actor("youth", "youth", "family")
COORDINATOR = Actor("co-1", "coordinator", "GM0546")
SPECIALIST = Actor("ggz-1", "specialist", "jeugd-ggz-rijnland")
AUDITOR = Actor("au-1", "auditor", "GM0546")
DPO = Actor("fg-1", "dpo", "GM0546")
RECORDS_OFFICER = Actor("db-1", "records_officer", "GM0546")
EVALUATOR = Actor("ev-1", "evaluator", "GM0546")
REGISTRY = Actor("br-1", "registry", "GM0546")
PERSONS = (
    COACH,
    SECOND_COACH,
    TEACHER,
    COUNSELLOR,
    SCREENER,
    MOTHER,
    FATHER,
    YOUTH,
    COORDINATOR,
    SPECIALIST,
    AUDITOR,
    DPO,
    RECORDS_OFFICER,
    EVALUATOR,
    REGISTRY,
)


def by(actor: Actor) -> dict[str, str]:
    return {"id": actor.id, "role": actor.role, "organisation": actor.organisation}


def as_(actor: Actor) -> str:
    """The actor as `--as` and `--viewer` take it."""
    return json.dumps(by(actor))


def action(name: str, **changes: Any) -> dict[str, Any]:
    """The first action of this name in the pit case, changed as said; None leaves a field out."""
    first = next(each for each in PIT if each["action"] == name)
    return {field: value for field, value in (first | changes).items() if value is not None}


def session(**changes: Any) -> dict[str, Any]:
    """One of the coaches talks with the child, in the episode that is open at NOW."""
    held = {"at": "2026-04-28T11:00:00+02:00", "episode": "e-2", "form": "child_talk"}
    return action("hold_session", **(held | changes))


def withdrawal(**changes: Any) -> dict[str, Any]:
    """The father withdraws his consent to the care of e-2, so that consent is complete no longer."""
    said = {"at": "2026-05-01T11:00:00+02:00", "consent": "c-f2"}
    return action("revoke_consent", **(said | changes))


def opening(trajectory: str, **changes: Any) -> dict[str, Any]:
    """Another child's dossier is opened."""
    return action("open_trajectory", trajectory=trajectory, **changes)


TRAJECTORY = "t-1"
"""The child of the canonical examples."""

JGT = Actor("jgt-1", "jgt_consultant", "jgt-leiden")
SOCIAL_WORKER = Actor("smw-1", "school_social_worker", "kwadraad")
CARE = {"purposes": ["care"], "categories": ["all"], "recipients": ["care_team"]}
"""Consent to all care, of the team, in programmes that ask no explanation first."""

FORM = {"kind": "form"}


@dataclass(frozen=True)
class Example:
    """The canonical example of one action, and the fewest actions after which it is recorded."""

    said: dict[str, Any]
    after: tuple[dict[str, Any], ...] = ()

    @property
    def name(self) -> str:
        return str(self.said["action"])

    @property
    def story(self) -> tuple[dict[str, Any], ...]:
        return (*self.after, self.said)


def says(name: str, actor: Actor, at: str, /, **fields: Any) -> dict[str, Any]:
    """An action on the child of the examples. `at`: month, day and hour of 2026, in winter time: `02-02 10:00`."""
    day, hour = at.split()
    return {"action": name, "at": f"2026-{day}T{hour}:00+01:00", "trajectory": TRAJECTORY, "by": by(actor)} | fields


OPENED = says(
    "open_trajectory",
    COUNSELLOR,
    "01-05 09:00",
    child={"given_name": "Noor", "family_name": "Voorbeeld", "birth_date": "2016-05-10", "bsn": "111222333"},
    municipality="GM0546",
    school="12AB",
    regime="jeugdwet",
)
OPENED_AT_13 = OPENED | {"child": {"given_name": "Sam", "family_name": "Voorbeeld", "birth_date": "2012-09-10"}}
MOTHER_KNOWN = says(
    "add_guardian",
    COUNSELLOR,
    "01-05 09:05",
    guardian="g-m",
    name="Moeder Voorbeeld",
    contact="06-1",
    has_authority=True,
)
FATHER_KNOWN = says(
    "add_guardian", COUNSELLOR, "01-05 09:06", guardian="g-f", name="Vader Voorbeeld", has_authority=True
)
FATHER_WITHOUT_AUTHORITY = FATHER_KNOWN | {"has_authority": False}
SIGNALLED = says(
    "raise_signal",
    TEACHER,
    "01-06 15:00",
    signal="s-1",
    programme="pit",
    concerns=["anger", "quarrelling"],
    setting="school",
    description="Wordt snel boos op het plein.",
    informed=["youth"],
    checklist={"id": "signaling", "answers": {"conflicts": True, "withdrawn": False}},
)
EXPLAINED = says("explain_approach", COUNSELLOR, "01-09 16:00", programme="pit", to=["g-m"])
CONSENTED = says("give_consent", COUNSELLOR, "01-09 16:30", consent="c-m", person="g-m", scope=CARE, evidence=FORM)
CONSENTED_TO_PIT = CONSENTED | {"scope": CARE | {"programme": "pit"}}
CONSENTED_TO_REFERRAL = CONSENTED | {
    "scope": {
        "purposes": ["referral"],
        "categories": ["signal", "plan"],
        "recipients": ["org:jeugd-ggz-rijnland"],
        "until": "2026-12-31T00:00:00+01:00",
    }
}
CONSENTED_TO_SHARING = CONSENTED | {
    "scope": {"purposes": ["care"], "categories": ["plan"], "recipients": ["org:huisarts-leiden"]}
}
STARTED = says("start_episode", JGT, "01-12 10:00", episode="e-1", programme="jgt")
LEAD = says("assign", JGT, "01-12 10:05", episode="e-1", professional=by(JGT), team_role="lead")
HELPED = (OPENED, MOTHER_KNOWN, CONSENTED, STARTED, LEAD)
"""Help in jgt, with a lead and complete consent."""

PIT_STARTED = says("start_episode", COACH, "01-12 10:00", episode="e-1", programme="pit")
SCREENER_ASSIGNED = says("assign", COACH, "01-12 10:06", episode="e-1", professional=by(SCREENER), team_role="screener")
SCREENING = (OPENED, MOTHER_KNOWN, EXPLAINED, CONSENTED_TO_PIT, PIT_STARTED, SCREENER_ASSIGNED)
"""Help in pit, with a screener and complete consent."""

SCREENING_STARTED = says("start_screening", SCREENER, "01-13 10:00", episode="e-1", screening="sc-1")
PLUS_STARTED = says("start_episode", SOCIAL_WORKER, "01-12 10:00", episode="e-1", programme="preventie_plus")
PLUS_LEAD = says(
    "assign", SOCIAL_WORKER, "01-12 10:05", episode="e-1", professional=by(SOCIAL_WORKER), team_role="lead"
)
OT_STARTED = says("start_episode", COUNSELLOR, "01-12 10:00", episode="e-1", programme="ot")
CLOSED = says("close_episode", JGT, "02-02 10:00", episode="e-1", outcome="sufficient", note="Het gaat goed.")
IRREGULAR = says(
    "hold_session",
    JGT,
    "01-13 10:00",
    episode="e-1",
    form="child_talk",
    minutes=30,
    irregular="Kind stond overstuur voor de deur.",
)
ABSENT = says(
    "report_absence", TEACHER, "01-20 09:00", absence="a-1", since="2026-01-12", kind="home_sitting", extent="full"
)
REFERRED = says(
    "escalate_referral",
    JGT,
    "01-20 11:00",
    episode="e-1",
    referral="r-1",
    to={"organisation": SPECIALIST.organisation, "kind": "specialist"},
    route="own",
    handover="warm",
    urgency="normal",
    reason="Angstklachten nemen toe.",
    categories=["signal", "plan"],
)
REFERRING = (OPENED, MOTHER_KNOWN, CONSENTED_TO_REFERRAL, STARTED, LEAD, REFERRED)
"""A referral that was sent, with consent to it."""

ACCEPTED = says("answer_referral", SPECIALIST, "01-22 10:00", referral="r-1", answer="accepted")
SPECIALIST_STARTED = says("start_specialist_help", SPECIALIST, "01-26 10:00", referral="r-1")
AUTHORITY_LOST = says(
    "change_authority",
    COUNSELLOR,
    "01-20 10:00",
    guardian="g-m",
    has_authority=False,
    reason="Beschikking van de rechtbank.",
    evidence={"kind": "court_decision", "reference": "C/09/1"},
)
RESTRICTED = says(
    "restrict_guardian",
    COUNSELLOR,
    "01-20 10:00",
    guardian="g-m",
    categories=["all"],
    basis="Contactverbod.",
    evidence={"kind": "court_decision"},
)
ORDERED = says(
    "start_protection_order",
    COUNSELLOR,
    "01-20 10:00",
    order="o-1",
    institution="gi-west",
    evidence={"kind": "court_decision"},
)
LINKED = says("link_account", COUNSELLOR, "01-20 10:00", person="g-m", subject="digid-1")
INVOKED = says(
    "invoke_safety",
    COACH,
    "01-20 10:00",
    safety="v-1",
    basis="break_glass",
    reason="Kind alleen op straat, ouder niet te bereiken.",
    minutes=30,
)
REVEAL_REQUESTED = says(
    "request_reveal", AUDITOR, "01-20 10:00", reveal="rv-1", disclosure="41:1", reason="Klacht over inzage."
)
ERASURE_REQUESTED = says("make_request", MOTHER, "01-20 10:00", request="q-1", kind="erase", person="g-m")
ERASURE_GRANTED = says(
    "decide_request", RECORDS_OFFICER, "01-22 10:00", request="q-1", decision="granted", ground="AVG 17."
)
HELD = says("place_legal_hold", RECORDS_OFFICER, "01-20 10:00", hold="h-1", basis="Klachtprocedure loopt.")

DAY = "02-02 10:00"
"""When the examples happen, unless they are part of the story of another."""

_EXAMPLES = (
    Example(OPENED),
    Example(says("change_school", COUNSELLOR, DAY, school="07CD"), (OPENED,)),
    Example(MOTHER_KNOWN, (OPENED,)),
    Example(AUTHORITY_LOST, (OPENED, MOTHER_KNOWN)),
    Example(RESTRICTED, (OPENED, MOTHER_KNOWN)),
    Example(
        says(
            "lift_restriction",
            COUNSELLOR,
            DAY,
            guardian="g-m",
            categories=["all"],
            basis="Contactverbod opgeheven.",
            evidence={"kind": "court_decision"},
        ),
        (OPENED, MOTHER_KNOWN, RESTRICTED),
    ),
    Example(
        says(
            "grant_general_information",
            COUNSELLOR,
            DAY,
            guardian="g-f",
            categories=["episode", "outcome"],
            reason="Vader vroeg hoe het gaat.",
        ),
        (OPENED, FATHER_WITHOUT_AUTHORITY),
    ),
    Example(
        says(
            "assess_competence",
            COUNSELLOR,
            DAY,
            competent=False,
            reason="Overziet de gevolgen niet.",
            evidence={"kind": "conversation"},
        ),
        (OPENED_AT_13,),
    ),
    Example(ORDERED, (OPENED,)),
    Example(
        says(
            "end_protection_order",
            COUNSELLOR,
            DAY,
            order="o-1",
            institution="gi-west",
            evidence={"kind": "court_decision"},
        ),
        (OPENED, ORDERED),
    ),
    Example(LINKED, (OPENED, MOTHER_KNOWN)),
    Example(says("unlink_account", COUNSELLOR, DAY, person="g-m", subject="digid-1"), (OPENED, MOTHER_KNOWN, LINKED)),
    Example(says("add_statement", MOTHER, DAY, text="Wij zien thuis een ander kind."), (OPENED, MOTHER_KNOWN)),
    Example(EXPLAINED, (OPENED, MOTHER_KNOWN)),
    Example(CONSENTED, (OPENED, MOTHER_KNOWN)),
    Example(
        says("refuse_consent", MOTHER, DAY, consent="c-m", person="g-m", scope=CARE),
        (OPENED, MOTHER_KNOWN),
    ),
    Example(says("revoke_consent", MOTHER, DAY, consent="c-m"), (OPENED, MOTHER_KNOWN, CONSENTED)),
    Example(
        says(
            "record_court_consent",
            COUNSELLOR,
            DAY,
            guardian="g-m",
            reference="C/09/2",
            scope=CARE,
            evidence={"kind": "court_decision"},
        ),
        (OPENED, MOTHER_KNOWN),
    ),
    Example(
        says(
            "record_consent_exception",
            COUNSELLOR,
            DAY,
            kind="persistent_wish",
            scope=CARE,
            reason="Vraagt al maanden om hulp.",
            evidence={"kind": "conversation"},
        ),
        (OPENED_AT_13,),
    ),
    Example(SIGNALLED | {"informed": ["g-m", "youth"]}, (OPENED, MOTHER_KNOWN)),
    Example(says("inform", COUNSELLOR, DAY, signal="s-1", persons=["g-m"]), (OPENED, MOTHER_KNOWN, SIGNALLED)),
    Example(says("pick_up_signal", COACH, DAY, signal="s-1"), (OPENED, SIGNALLED)),
    Example(says("settle_signal", COACH, DAY, signal="s-1", outcome="resolved_by_advice"), (OPENED, SIGNALLED)),
    Example(
        {
            "action": "hold_contact",
            "at": "2026-02-02T10:00:00+01:00",
            "by": by(JGT),
            "contact": "k-1",
            "programme": "jgt",
            "municipality": "GM0546",
            "kind": "consultation",
            "school": "12AB",
            "topics": ["absence", "mood"],
            "outcome": "signal_expected",
        }
    ),
    Example(STARTED, (OPENED,)),
    Example(LEAD, (OPENED, STARTED)),
    Example(says("release", JGT, DAY, episode="e-1", professional=by(JGT), team_role="lead"), (OPENED, STARTED, LEAD)),
    Example(
        says("transfer_lead", COORDINATOR, DAY, episode="e-1", to="jgt", professional=by(JGT)), (OPENED, OT_STARTED)
    ),
    Example(SCREENING_STARTED, SCREENING),
    Example(
        says(
            "complete_screening",
            SCREENER,
            DAY,
            episode="e-1",
            screening="sc-1",
            strengths=["taal", "humor"],
            needs=["impulsbeheersing"],
            instruments=["SDQ"],
        ),
        (*SCREENING, SCREENING_STARTED),
    ),
    Example(
        says("hold_interview", JGT, DAY, episode="e-1", **{"with": "school"}, summary="In de klas onrustig."), HELPED
    ),
    Example(says("give_advice", JGT, DAY, episode="e-1", to=["guardians"], advice="Vaste tijden."), HELPED),
    Example(
        says(
            "agree_plan",
            JGT,
            DAY,
            episode="e-1",
            goals=[{"text": "Rustig uit de pauze komen", "owner": "youth"}],
            parts=["education", "care"],
            means="Wekelijks gesprek.",
            strengths="Houdt van koken.",
            network="Oma",
            drawn_up_by="family",
            agreed_with=["g-m", "school"],
        ),
        HELPED,
    ),
    Example(
        says(
            "review_plan",
            JGT,
            DAY,
            episode="e-1",
            effective=True,
            fitting=True,
            family_verdict="Het helpt.",
            decision="continue",
        ),
        HELPED,
    ),
    Example(
        says(
            "hold_session",
            JGT,
            DAY,
            episode="e-1",
            form="child_talk",
            **{"with": ["youth"]},
            minutes=45,
            summary="Vertelt over de pauze.",
        ),
        HELPED,
    ),
    Example(
        says(
            "extend_sessions",
            SOCIAL_WORKER,
            DAY,
            episode="e-1",
            to=10,
            reason="Rouw duurt langer.",
            agreed_with=["youth"],
        ),
        (OPENED, PLUS_STARTED, PLUS_LEAD),
    ),
    Example(
        says(
            "hold_meeting",
            JGT,
            DAY,
            episode="e-1",
            participants=[by(JGT)],
            guardians_present=True,
            youth_present=False,
            network_present=False,
            decisions="Plan maken.",
        ),
        HELPED,
    ),
    Example(ABSENT, (OPENED,)),
    Example(says("report_return", TEACHER, DAY, absence="a-1", on="2026-02-02", extent="partial"), (OPENED, ABSENT)),
    Example(REFERRED, REFERRING[:-1]),
    Example(ACCEPTED, REFERRING),
    Example(says("withdraw_referral", JGT, DAY, referral="r-1"), REFERRING),
    Example(SPECIALIST_STARTED, REFERRING),
    Example(says("end_specialist_help", SPECIALIST, DAY, referral="r-1"), (*REFERRING, SPECIALIST_STARTED)),
    Example(
        says(
            "register_external_referral",
            REGISTRY,
            DAY,
            referral="x-1",
            route="gp",
            source="iJw301",
            kind="specialist",
            started_on="2026-01-26",
        ),
        (OPENED,),
    ),
    Example(CLOSED, (OPENED, STARTED, LEAD)),
    Example(says("hold_follow_up", JGT, "04-20 10:00", episode="e-1", finding="well"), (*HELPED, CLOSED)),
    Example(
        says(
            "share",
            JGT,
            DAY,
            to={"organisation": "huisarts-leiden"},
            categories=["plan"],
            purpose="care",
            reason="De huisarts vroeg naar het plan.",
        ),
        (OPENED, MOTHER_KNOWN, CONSENTED_TO_SHARING, STARTED, LEAD),
    ),
    Example(
        says("withhold_entry", TEACHER, DAY, entry=3, reason="Gevaar voor het kind.", **{"from": ["g-m"]}),
        (OPENED, MOTHER_KNOWN, SIGNALLED),
    ),
    Example(
        says("correct_entry", TEACHER, DAY, entry=2, changes={"description": "Wordt snel boos in de klas."}),
        (OPENED, SIGNALLED),
    ),
    Example(
        says("retract_entry", TEACHER, DAY, entry=2, reason="Bij het verkeerde kind ingevoerd."), (OPENED, SIGNALLED)
    ),
    Example(INVOKED, (OPENED,)),
    Example(says("review_safety", DPO, DAY, safety="v-1", verdict="justified", note="Terecht."), (OPENED, INVOKED)),
    Example(says("release_safety", DPO, DAY, safety="v-1", verdict="justified", note="Mag gezien."), (OPENED, INVOKED)),
    Example(says("confirm_entry", TEACHER, DAY, entry=3), (OPENED, MOTHER_KNOWN, AUTHORITY_LOST)),
    Example(
        says("review_irregularity", DPO, DAY, entry=4, verdict="justified", note="Kon niet anders."),
        (OPENED, STARTED, LEAD, IRREGULAR),
    ),
    Example(REVEAL_REQUESTED, (OPENED,)),
    Example(
        says("approve_reveal", DPO, DAY, reveal="rv-1", disclosure="41:1", reason="Nodig voor de klacht."),
        (OPENED, REVEAL_REQUESTED),
    ),
    Example(ERASURE_REQUESTED, (OPENED, MOTHER_KNOWN)),
    Example(ERASURE_GRANTED, (OPENED, MOTHER_KNOWN, ERASURE_REQUESTED)),
    Example(HELD, (OPENED,)),
    Example(says("lift_legal_hold", RECORDS_OFFICER, DAY, hold="h-1", basis="Klacht is afgehandeld."), (OPENED, HELD)),
    Example(
        says("erase", RECORDS_OFFICER, DAY, request="q-1"),
        (OPENED, MOTHER_KNOWN, ERASURE_REQUESTED, ERASURE_GRANTED),
    ),
)
EXAMPLES = {each.name: each for each in _EXAMPLES}
"""One canonical example of every action, by its name."""
