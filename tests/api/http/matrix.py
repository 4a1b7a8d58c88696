"""Everybody who could look, why, and at what, in every state of consent: the whole matrix."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, get_args

from api.main import App
from consent_policy.grounds import Actor
from consent_policy.vocabulary import Category, Purpose, Role
from domain.actor import FAMILY
from tests.api.given import done
from tests.examples import (
    AUDITOR,
    CHILD,
    COACH,
    COORDINATOR,
    COUNSELLOR,
    DPO,
    FATHER,
    MOTHER,
    NOW,
    PERSONS,
    RECORDS_OFFICER,
    REGISTRY,
    SCREENER,
    SECOND_COACH,
    TEACHER,
    YOUTH,
    by,
)

STRANGERS = tuple(Actor(f"x-{role}", role, "family" if role in FAMILY else "elsewhere") for role in get_args(Role))
"""Somebody in every role who has to do with no child."""

VIEWERS = (*PERSONS, *STRANGERS)
PURPOSES = (*get_args(Purpose), "gossip")
CATEGORIES = (*get_args(Category), "diary")
"""All there are, and one that there is not."""

MAY_KNOW = frozenset(
    {COACH, SECOND_COACH, TEACHER, COUNSELLOR, SCREENER, MOTHER, FATHER, YOUTH, COORDINATOR}
    | {AUDITOR, DPO, RECORDS_OFFICER, REGISTRY}
    | {each for each in STRANGERS if each.role in ("auditor", "dpo", "records_officer", "registry", "pit_coach")}
)
"""Who may know of the child of the pit case, whatever the consent: school, team, family, municipality, overseers, and
who carries its programme, of which no organisations are named."""

Said = dict[str, Any]


def account_of(viewer: Actor) -> str | None:
    """The sign-in of somebody of a family; only that of a stranger is linked to nobody."""
    return f"digid-{viewer.id}" if viewer.role in FAMILY else None


def said(action: str, actor: Actor, **fields: Any) -> Said:
    return {"action": action, "at": "2026-04-30T10:00:00+02:00", "trajectory": CHILD, "by": by(actor)} | fields


def linked(app: App) -> None:
    """The accounts of the family, each confirmed."""
    for person in (MOTHER, FATHER, YOUTH):
        (answer,) = done(app, said("link_account", COUNSELLOR, person=person.id, subject=account_of(person)))
        done(app, said("confirm_entry", COACH, entry=answer.entries[0]))


def gives(person: Actor, consent: str, *purposes: str, to: Sequence[str], **scope: Any) -> Said:
    agreed = {"purposes": list(purposes), "categories": ["all"], "recipients": list(to)} | scope
    return said("give_consent", person, consent=consent, person=person.id, scope=agreed)


def complete(_: App) -> None:
    """As the pit case ends: consent to care stands."""


def partial(app: App) -> None:
    """Father withdrew."""
    done(app, said("revoke_consent", FATHER, person="g-f", all=True))


def none(app: App) -> None:
    """Both withdrew everything."""
    partial(app)
    done(app, said("revoke_consent", MOTHER, person="g-m", all=True))


def refused(app: App) -> None:
    """Mother refuses sessions, and nothing else."""
    scope = {"purposes": ["care"], "categories": ["session"], "recipients": ["care_team"], "programme": "pit"}
    done(app, said("refuse_consent", MOTHER, consent="c-no", person="g-m", scope=scope))


def widest(app: App) -> None:
    """Both permit research, the coordinator, an organisation and a person beside the team."""
    named = ["role:coordinator", "org:elsewhere", "person:x-youth_nurse", "org:school-12AB"]
    for person in (MOTHER, FATHER):
        done(
            app,
            gives(person, f"c-r-{person.id}", "research", to=["role:researcher"], programme="pit"),
            gives(person, f"c-w-{person.id}", "care", to=named, programme="pit"),
        )


def restricted(app: App) -> None:
    """Everything is kept from mother."""
    keeps = {
        "guardian": "g-m",
        "categories": ["all"],
        "basis": "Contactverbod.",
        "evidence": {"kind": "court_decision"},
    }
    done(app, said("restrict_guardian", COACH, **keeps))


def override(app: App) -> None:
    """The second coach broke the glass a minute ago, after both withdrew."""
    none(app)
    at = (NOW - timedelta(minutes=1)).isoformat()
    why = {"safety": "v-1", "basis": "break_glass", "minutes": 30, "reason": "Acute zorgen over de veiligheid thuis."}
    done(app, said("invoke_safety", SECOND_COACH, **why) | {"at": at})


def erased(app: App) -> None:
    """Erased at the request of both parents."""
    for person in (MOTHER, FATHER):
        done(app, said("make_request", person, request=f"q-{person.id}", kind="erase", person=person.id))
    done(app, said("decide_request", RECORDS_OFFICER, request="q-g-m", decision="granted", ground="AVG 17."))
    done(app, said("erase", RECORDS_OFFICER, request="q-g-m"))


STATES: dict[str, Callable[[App], None]] = {
    each.__name__: each for each in (complete, partial, none, refused, widest, restricted, override, erased)
}
