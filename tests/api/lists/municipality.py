"""Two municipalities as they may go: children, those who help them, and what they do, enter late, correct, take back.

All of it follows from a seed. What the rules refuse is refused, and stands in the log as such. A policy is replaced on
the way. Whoever looks at a list meanwhile gets an answer that can be archived.
"""

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from api.listing import EVERYTHING, Listed
from api.lists import caseload
from api.look import Question
from api.main import App
from consent_policy.grounds import Actor
from consent_policy.policy import load, shipped
from domain.disclosure import Door
from ledger.batch import Batch
from projections.caseload import CASELOAD
from tests.api.given import PURPOSE_OF, do
from tests.api.test_worked_cases import SHIPPED
from tests.examples import AUDITOR, COACH, COUNSELLOR, FORM, JGT, SCREENER, SECOND_COACH, SOCIAL_WORKER, TEACHER, by

BEGINS = datetime(2026, 1, 5, 9, tzinfo=UTC)
REPLACED = datetime(2026, 7, 1, tzinfo=UTC)
"""When another policy comes into force."""

SECOND_JGT = Actor("jgt-2", "jgt_consultant", "jgt-elders")
AMBULATORY = Actor("ab-1", "ambulatory_supervisor", "cello")
SECOND_COUNSELLOR = Actor("ib-2", "internal_counsellor", "school-07CD")
THIRD_COUNSELLOR = Actor("ib-3", "internal_counsellor", "school-34EF")
STRANGER = Actor("yn-9", "youth_nurse", "ggd-elders")
COORDINATORS = {name: Actor(f"co-{name}", "coordinator", name) for name in ("GM0546", "GM1916")}
SCHOOLS = {
    "12AB": ("GM0546", (COUNSELLOR, TEACHER)),
    "07CD": ("GM0546", (SECOND_COUNSELLOR,)),
    "34EF": ("GM1916", (THIRD_COUNSELLOR,)),
}
CARRIERS = {
    "pit": (COACH, SECOND_COACH),
    "preventie_plus": (SOCIAL_WORKER,),
    "jgt": (JGT, SECOND_JGT),
    "ot": (SOCIAL_WORKER, JGT),
    "jos": (AMBULATORY,),
}
BIRTHS = tuple(date(2026 - age, month, 1 + 3 * month) for age in (7, 9, 12, 12, 14, 16, 16, 18) for month in (2, 6, 9))
"""Some turn 12, 16 or 18 on the way."""

WORDS = ("care_team", "care_team", "care_team", "org:school-12AB", "person:ib-1", "role:coordinator", "org:jgt-elders")
CATEGORIES = (("all",), ("all",), ("all",), ("episode", "session"), ("session",), ("identity", "episode", "consent"))


@dataclass(frozen=True)
class Viewer:
    """Who looks, and at which categories; empty: at all."""

    actor: Actor
    categories: tuple[str, ...] = ()

    def question(self, at: datetime | None = None, known_at: datetime | None = None) -> Question:
        """Their question for a caseload, as known at an instant or as corrected at one."""
        door = Door(door="command line", authentication="test", request="1")
        purpose = PURPOSE_OF.get(self.actor.role, "care")
        return Question(CASELOAD, self.actor, purpose, door, at, known_at, categories=self.categories)


CODES_AND_DATES = ("episode", "consent")
STEADY = tuple(Viewer(each, CODES_AND_DATES) for each in COORDINATORS.values())
"""Those whose permission nothing can change: rule coordination asks nothing but the municipality."""

VIEWERS = (
    *STEADY,
    *map(Viewer, COORDINATORS.values()),
    *(Viewer(each) for some in SCHOOLS.values() for each in some[1]),
    *(Viewer(each) for each in dict.fromkeys(each for some in CARRIERS.values() for each in some)),
    Viewer(SCREENER),
    Viewer(AUDITOR),
    Viewer(STRANGER),
)


def stricter(folder: Path) -> Path:
    """A policy by which under 12 the child is asked as well, and from 12 to 15 the guardians alone."""
    text = SHIPPED.read_text("utf-8")
    text = text.replace('id = "2026-11"', 'id = "2026-07-other"', 1)
    text = text.replace("in_force_from = 2015-01-01T00:00:00+01:00", f"in_force_from = {REPLACED.isoformat()}", 1)
    young, older = 'competent = "either"\ncare = ["guardians"]', 'competent = "yes"\ncare = ["youth", "guardians"]'
    assert (text.count(young), text.count(older)) == (2, 1)
    text = text.replace(young, 'competent = "either"\ncare = ["youth", "guardians"]', 1)
    file = folder / "2026-07-other.toml"
    file.write_text(text.replace(older, 'competent = "yes"\ncare = ["guardians"]'), "utf-8")
    return file


def with_another_policy(app: App, folder: Path) -> App:
    """The application with a policy that replaces the shipped one on the way."""
    other = load(stricter(folder))
    return replace(app, policies=shipped() | {other.id: other})


@dataclass
class Pupil:
    """A child as far as one must know it to draw what may happen next. `authors`: who made each entry, and by what."""

    reference: str
    school: str
    opener: Actor
    opened: datetime
    authors: dict[int, tuple[str, Actor]] = field(default_factory=dict)
    helped: dict[str, tuple[str, Actor]] = field(default_factory=dict)
    """Open episodes: the programme, and who leads."""
    closed: dict[str, str] = field(default_factory=dict)
    signals: dict[str, str] = field(default_factory=dict)
    consents: dict[str, str] = field(default_factory=dict)
    seats: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    """Episode, professional and team role of everybody who was assigned."""
    referrals: list[str] = field(default_factory=list)
    absences: list[str] = field(default_factory=list)
    names: int = 0

    def new(self, letter: str) -> str:
        self.names += 1
        return f"{letter}-{self.names}"

    @property
    def coordinator(self) -> Actor:
        return COORDINATORS[SCHOOLS[self.school][0]]


@dataclass(frozen=True)
class Archived:
    """What somebody was shown of a list, when."""

    viewer: Viewer
    at: datetime
    listed: Listed

    @property
    def as_known(self) -> Question:
        """The question for what was known then, as of then."""
        return self.viewer.question(self.at, self.at)


Drawn = tuple[Actor, dict[str, Any]] | None
"""Who does what; None: there is nothing to do it to."""


@dataclass
class Story:
    """What happens, action by action. `recorded`: how often each action was recorded."""

    app: App
    seed: int
    children: int = 18
    now: datetime = BEGINS
    pupils: list[Pupil] = field(default_factory=list)
    archived: list[Archived] = field(default_factory=list)
    recorded: Counter[str] = field(default_factory=Counter)
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311  # no secret

    def goes_on(self, actions: int, together: int = 4) -> None:
        """So many actions are tried; some go to the log together, as lines of an import do."""
        batch = Batch(self.app.store)
        within = self.app.within(batch)
        for number in range(actions):
            self._one(within)
            if number % together == together - 1:
                self.app.flush(batch)
                batch = Batch(self.app.store)
                within = self.app.within(batch)
        self.app.flush(batch)

    def archives(self, viewer: Viewer | None = None) -> None:
        """Somebody looks at their list, and the answer is kept."""
        viewer = viewer or self.chance.choice(VIEWERS)
        self.archived.append(Archived(viewer, self.app.now(), caseload(self.app, viewer.question(), EVERYTHING)))

    def _one(self, app: App) -> None:
        self.now += timedelta(minutes=self.chance.randint(10, 900))
        if len(self.pupils) < self.children and self.chance.random() < (1 if len(self.pupils) < 6 else 0.12):
            self._opens(app)
            return
        pupil = self.chance.choice(self.pupils)
        ((name, _, draw),) = self.chance.choices(DRAWN, [weight for _, weight, _ in DRAWN])
        drawn = draw(self, pupil)
        if drawn is not None:
            who, fields = drawn
            self._acts(app, pupil, {"action": name, "by": by(who), "at": self._when(pupil).isoformat()} | fields)

    def _when(self, pupil: Pupil) -> datetime:
        """Mostly just now; sometimes long ago: registered late."""
        late = self.chance.choice((0, 0, 0, 5, 60 * 24, 60 * 24 * 20))
        return max(pupil.opened + timedelta(minutes=1), self.now - timedelta(minutes=self.chance.uniform(0, late)))

    def _opens(self, app: App) -> None:
        school = self.chance.choice(tuple(SCHOOLS))
        opener = self.chance.choice((*SCHOOLS[school][1], JGT, SOCIAL_WORKER, COACH))
        opened = self.now - timedelta(days=self.chance.choice((0, 0, 3, 30)))
        pupil = Pupil(f"t-{len(self.pupils)}", school, opener, opened)
        self.pupils.append(pupil)
        child = {"given_name": f"Kind{len(self.pupils)}", "family_name": "Voorbeeld"}
        child["birth_date"] = self.chance.choice(BIRTHS).isoformat()
        about = {"municipality": SCHOOLS[school][0], "school": school, "regime": "jeugdwet", "child": child}
        self._acts(app, pupil, {"action": "open_trajectory", "by": by(opener), "at": opened.isoformat()} | about)
        for guardian, has_authority in (("g-m", True), ("g-f", self.chance.random() < 0.4)):
            told = {"guardian": guardian, "name": "Ouder", "has_authority": has_authority}
            self._acts(app, pupil, {"action": "add_guardian", "by": by(opener), "at": opened.isoformat()} | told)
        for person in ("g-m", "g-f", "youth"):
            if self.chance.random() < 0.95:
                scope = {"purposes": ["care"], "categories": ["all"], "recipients": ["care_team"]}
                told = {"consent": f"c-{person}", "person": person, "scope": scope, "evidence": FORM}
                self._acts(app, pupil, {"action": "give_consent", "by": by(opener), "at": opened.isoformat()} | told)

    def _acts(self, app: App, pupil: Pupil, said: Mapping[str, Any]) -> None:
        answer = do(app, {**said, "trajectory": pupil.reference}, self.now)
        self.recorded[answer.code or (said["action"] if answer.status == "recorded" else answer.status)] += 1
        if answer.status == "recorded":
            (entry,) = answer.entries
            actor = Actor(said["by"]["id"], said["by"]["role"], said["by"]["organisation"])
            pupil.authors[entry] = said["action"], actor
            _became(pupil, said, actor)

    def _person(self) -> str:
        return self.chance.choice(("g-m", "g-m", "g-m", "g-f", "youth"))

    def _scope(self, pupil: Pupil) -> dict[str, Any]:
        scope: dict[str, Any] = {"purposes": ["care"], "categories": [*self.chance.choice(CATEGORIES)]}
        scope["recipients"] = sorted({self.chance.choice(WORDS), self.chance.choice(WORDS)})
        if self.chance.random() < 0.4:
            programmes = [programme for programme, _ in pupil.helped.values()]
            scope["programme"] = self.chance.choice((*programmes, "pit"))
        if self.chance.random() < 0.2:
            scope["until"] = (self.now + timedelta(days=self.chance.randint(5, 90))).isoformat()
        return scope

    def _gives(self, pupil: Pupil) -> Drawn:
        consent, person = pupil.new("c"), self._person()
        if pupil.consents and self.chance.random() < 0.2:
            consent, person = self.chance.choice(tuple(pupil.consents.items()))
        said = {"consent": consent, "person": person, "scope": self._scope(pupil), "evidence": FORM}
        return pupil.opener, said

    def _revokes(self, pupil: Pupil) -> Drawn:
        if not pupil.consents:
            return None
        return pupil.opener, {"consent": self.chance.choice(tuple(pupil.consents)), "evidence": FORM}

    def _explains(self, pupil: Pupil) -> Drawn:
        return pupil.opener, {"programme": "pit", "to": ["g-m", "g-f", "youth"]}

    def _moves(self, pupil: Pupil) -> Drawn:
        """To another school of the same municipality, or elsewhere: the dossier stays with the municipality."""
        return pupil.opener, {"school": self.chance.choice(tuple(SCHOOLS))}

    def _authority(self, pupil: Pupil) -> Drawn:
        said = {"guardian": self.chance.choice(("g-m", "g-f")), "has_authority": self.chance.random() < 0.6}
        return pupil.opener, said | {"reason": "Beschikking.", "evidence": {"kind": "court_decision"}}

    def _signals(self, pupil: Pupil) -> Drawn:
        who = self.chance.choice((*SCHOOLS[pupil.school][1], pupil.opener, JGT, SOCIAL_WORKER))
        said = {"signal": pupil.new("s"), "programme": self.chance.choice(tuple(CARRIERS)), "concerns": ["anger"]}
        informed = self.chance.choice(([], ["g-m", "g-f", "youth"]))
        return who, said | {"setting": "school", "description": "Boos.", "informed": informed}

    def _picks_up(self, pupil: Pupil) -> Drawn:
        if not pupil.signals:
            return None
        signal = self.chance.choice(tuple(pupil.signals))
        return self.chance.choice(CARRIERS[pupil.signals[signal]]), {"signal": signal}

    def _settles(self, pupil: Pupil) -> Drawn:
        drawn = self._picks_up(pupil)
        return drawn and (drawn[0], drawn[1] | {"outcome": "resolved_by_advice"})

    def _starts(self, pupil: Pupil) -> Drawn:
        programme = self.chance.choice(tuple(CARRIERS))
        said: dict[str, Any] = {"episode": pupil.new("e"), "programme": programme}
        signals = [signal for signal, addressed in pupil.signals.items() if addressed == programme]
        again = [episode for episode, of in pupil.closed.items() if of == programme]
        if signals and self.chance.random() < 0.7:
            said["signal"] = self.chance.choice(signals)
        if again and self.chance.random() < 0.7:
            said["reenters"] = self.chance.choice(again)
        return self.chance.choice(CARRIERS[programme]), said

    def _leads(self, pupil: Pupil) -> Drawn:
        """Who started takes it on."""
        here = self._episode(pupil)
        if here is None:
            return None
        episode, programme, lead = here
        role = "case_manager" if programme == "ot" else "lead"
        return pupil.coordinator, {"episode": episode, "professional": by(lead), "team_role": role}

    def _episode(self, pupil: Pupil) -> tuple[str, str, Actor] | None:
        if not pupil.helped:
            return None
        episode = self.chance.choice(tuple(pupil.helped))
        return (episode, *pupil.helped[episode])

    def _assigns(self, pupil: Pupil) -> Drawn:
        here = self._episode(pupil)
        if here is None:
            return None
        episode, programme, _ = here
        lead = "case_manager" if programme == "ot" else "lead"
        roles = (lead, lead, "duo", "screener", "member")
        role = self.chance.choice(roles)
        whom = {"screener": (SCREENER,), "member": (STRANGER, *SCHOOLS[pupil.school][1])}.get(role, CARRIERS[programme])
        said = {"episode": episode, "professional": by(self.chance.choice(whom)), "team_role": role}
        return pupil.coordinator, said

    def _releases(self, pupil: Pupil) -> Drawn:
        if not pupil.seats:
            return None
        episode, professional, role = self.chance.choice(pupil.seats)
        return pupil.coordinator, {"episode": episode, "professional": professional, "team_role": role}

    def _transfers(self, pupil: Pupil) -> Drawn:
        here = self._episode(pupil)
        if here is None or here[1] != "ot":
            return None
        said = {"episode": here[0], "to": self.chance.choice(("ot", "jgt"))}
        return pupil.coordinator, said | {"professional": by(self.chance.choice(CARRIERS["ot"]))}

    def _cares(self, pupil: Pupil) -> Drawn:
        here = self._episode(pupil)
        if here is None:
            return None
        said: dict[str, Any] = {"episode": here[0], "form": "child_talk", "minutes": self.chance.randint(10, 60)}
        if self.chance.random() < 0.2:
            said["irregular"] = "Kind stond overstuur voor de deur."
        return here[2], said

    def _reviews(self, pupil: Pupil) -> Drawn:
        here = self._episode(pupil)
        said = {"effective": True, "fitting": True, "family_verdict": "Goed.", "decision": "continue"}
        return here and (here[2], said | {"episode": here[0]})

    def _refers(self, pupil: Pupil) -> Drawn:
        """On a court's decision, which asks nobody's consent."""
        here = self._episode(pupil)
        if here is None:
            return None
        to = {"organisation": "jeugd-ggz", "kind": "specialist"}
        said = {"episode": here[0], "referral": pupil.new("r"), "to": to, "route": "court", "handover": "warm"}
        basis = {"kind": "court", "reference": "C/09/1"}
        said |= {"legal_basis": basis, "evidence": {"kind": "court_decision"}}
        return here[2], said | {"urgency": "normal", "reason": "Hulp.", "categories": ["plan"]}

    def _withdraws(self, pupil: Pupil) -> Drawn:
        return (pupil.coordinator, {"referral": self.chance.choice(pupil.referrals)}) if pupil.referrals else None

    def _closes(self, pupil: Pupil) -> Drawn:
        here = self._episode(pupil)
        outcomes = ("sufficient", "sufficient", "no_help_needed", "moved")
        return here and (pupil.coordinator, {"episode": here[0], "outcome": self.chance.choice(outcomes)})

    def _follows_up(self, pupil: Pupil) -> Drawn:
        if not pupil.closed:
            return None
        finding = self.chance.choice(("well", "concern", "not_reached"))
        return pupil.coordinator, {"episode": self.chance.choice(tuple(pupil.closed)), "finding": finding}

    def _absent(self, pupil: Pupil) -> Drawn:
        said = {"absence": pupil.new("a"), "since": self.now.date().isoformat(), "kind": "sick", "extent": "full"}
        return SCHOOLS[pupil.school][1][0], said

    def _returned(self, pupil: Pupil) -> Drawn:
        if not pupil.absences:
            return None
        said = {"absence": self.chance.choice(pupil.absences), "on": self.now.date().isoformat(), "extent": "full"}
        return SCHOOLS[pupil.school][1][0], said

    def _corrects(self, pupil: Pupil) -> Drawn:
        entry, (name, author) = self.chance.choice(tuple(pupil.authors.items()))
        if self.chance.random() < 0.3:
            entry, (name, author) = 1, pupil.authors[1]
        earlier = max(pupil.opened, self.now - timedelta(days=self.chance.randint(0, 40)))
        changes: dict[str, dict[str, Any]] = {
            "open_trajectory": {"child": {"given_name": f"Anders{self.chance.randint(1, 99)}"}},
            "change_school": {"school": self.chance.choice(tuple(SCHOOLS))},
            "give_consent": {"scope": self._scope(pupil)},
            "refuse_consent": {"scope": self._scope(pupil)},
            "close_episode": {"outcome": self.chance.choice(("moved", "sufficient"))},
            "change_authority": {"has_authority": True},
        }
        moved = {"at": earlier.isoformat()}
        return author, {"entry": entry, "changes": moved if self.chance.random() < 0.4 else changes.get(name, moved)}

    def _retracts(self, pupil: Pupil) -> Drawn:
        entry, (_, author) = self.chance.choice(tuple(pupil.authors.items()))
        return author, {"entry": entry, "reason": "Bij het verkeerde kind ingevoerd."}


def _became(pupil: Pupil, said: Mapping[str, Any], actor: Actor) -> None:
    """What can be drawn from now on; that it may be retracted later only makes some of it be refused."""
    match said["action"]:
        case "give_consent" | "refuse_consent":
            pupil.consents[said["consent"]] = said["person"]
        case "raise_signal":
            pupil.signals[said["signal"]] = said["programme"]
        case "start_episode":
            pupil.helped[said["episode"]] = said["programme"], actor
        case "assign":
            pupil.seats.append((said["episode"], said["professional"], said["team_role"]))
            if said["team_role"] not in ("lead", "case_manager"):
                return
            whom = said["professional"]
            lead = Actor(whom["id"], whom["role"], whom["organisation"])
            pupil.helped[said["episode"]] = pupil.helped[said["episode"]][0], lead
        case "close_episode":
            pupil.closed[said["episode"]] = pupil.helped.pop(said["episode"])[0]
        case "escalate_referral":
            pupil.referrals.append(said["referral"])
        case "report_absence":
            pupil.absences.append(said["absence"])


DRAWN: tuple[tuple[str, int, Callable[[Story, Pupil], Drawn]], ...] = (
    ("give_consent", 12, Story._gives),
    ("refuse_consent", 3, Story._gives),
    ("revoke_consent", 4, Story._revokes),
    ("explain_approach", 3, Story._explains),
    ("change_school", 4, Story._moves),
    ("change_authority", 2, Story._authority),
    ("raise_signal", 7, Story._signals),
    ("pick_up_signal", 4, Story._picks_up),
    ("settle_signal", 4, Story._settles),
    ("start_episode", 14, Story._starts),
    ("assign", 16, Story._leads),
    ("assign", 10, Story._assigns),
    ("release", 4, Story._releases),
    ("transfer_lead", 3, Story._transfers),
    ("hold_session", 12, Story._cares),
    ("review_plan", 2, Story._reviews),
    ("escalate_referral", 3, Story._refers),
    ("withdraw_referral", 2, Story._withdraws),
    ("close_episode", 12, Story._closes),
    ("hold_follow_up", 3, Story._follows_up),
    ("report_absence", 2, Story._absent),
    ("report_return", 1, Story._returned),
    ("correct_entry", 10, Story._corrects),
    ("retract_entry", 5, Story._retracts),
)
"""What may be done, how often it is tried, and how it is drawn."""
