"""One page per consent policy: its tables, its rules in their order, and what each condition means."""

from consent_policy.needs import NEEDS
from consent_policy.policy import Policy, Row, Rule
from consent_policy.who import WHO
from docs.table import MADE, NOTHING, first_paragraph, listed, table


def policy(known: Policy) -> str:
    parts = [
        f"{MADE}# Consent policy {known.id}\n",
        f"In force from {known.in_force_from.isoformat()}. SHA-256 of its file: `{known.sha256}`.\n",
        f"## Whose consent is required\n\nParameter `disclosure_12_15`: `{known.parameters.disclosure_12_15}`.\n",
        table(
            ("regime", "age", "competent", "care", "disclosure", "guardians' own access", "source"),
            (_required(row) for row in known.whose_consent),
        ),
        "From which age the youth reads the own file: "
        + ", ".join(f"{regime} {age}" for regime, age in known.youth_from_age.items())
        + ".\n",
        "## What a member of the team sees\n",
        table(("roles", "categories", "interviews"), _on_team(known)),
        "## The rules, in order\n\nThe first that permits decides; none permits: the first that applies says why.\n",
        *(_rule(number, rule) for number, rule in enumerate(known.rules, 1)),
        "## Conditions on who looks\n",
        table(("condition", "meaning"), ((f"`{name}`", first_paragraph(each)) for name, each in WHO.items())),
        "## Needs\n",
        table(("need", "meaning"), ((f"`{name}`", first_paragraph(each)) for name, each in NEEDS.items())),
    ]
    return "\n".join(parts)


def _required(row: Row) -> tuple[str, ...]:
    disclosure = f"`{row.disclosure}`" if isinstance(row.disclosure, str) else ", ".join(row.disclosure)
    access = row.guardians_own_access.replace("_", " ")
    care = ", ".join(row.care) + (" (or an exception)" if row.exception else "")
    return ", ".join(row.regimes), ", ".join(row.ages), row.competent, care, disclosure, access, row.source


def _on_team(known: Policy) -> list[tuple[str, str, str]]:
    return [
        (
            each.roles if isinstance(each.roles, str) else listed(each.roles),
            listed(each.categories),
            f"with {', '.join(each.interviews_with)}" if each.interviews_with else "all that the category gives",
        )
        for each in known.team_categories
    ]


def _rule(number: int, rule: Rule) -> str:
    everybody = "any" if rule.roles is None else listed(rule.roles)
    told = {
        "purpose": f"`{rule.purpose}`",
        "law column": rule.law or NOTHING,
        "roles": everybody + (f" but {listed(rule.roles_except)}" if rule.roles_except else ""),
        "who": " or ".join(f"`{each}`" for each in rule.who),
        "while": (rule.while_ or "").replace("_", " "),
        "needs": listed(rule.needs),
        "categories": rule.categories.replace("_", " ")
        if isinstance(rule.categories, str)
        else listed(rule.categories),
        "text": "" if rule.text else "none: codes, references and dates only",
        "passes on": "also for another recipient" if rule.passes_on else "",
        "note": rule.note,
        "source": rule.source,
    }
    return f"### {number}. {rule.name}\n\n" + "".join(f"- {name}: {value}\n" for name, value in told.items() if value)
