"""The pages that say what stands in the code and in its data, made from both: `python -m docs.generate`."""

import json
import re
import tomllib
from importlib.resources import files
from pathlib import Path

from consent_policy.policy import shipped
from docs.actions_page import actions_and_facts
from docs.http_page import reference
from docs.policy_page import policy
from docs.table import MADE, NOTHING, table
from tests.examples import EXAMPLES

DOCS = Path(__file__).parent
EXAMPLES_FILE = DOCS.parent / "api" / "http" / "examples.json"


def pages() -> dict[str, str]:
    """Every generated page by its path in docs/."""
    made = {
        "glossary.md": glossary(),
        "reference/actions-and-facts.md": actions_and_facts(),
        "reference/http.md": reference(),
        "reference/programmes.md": programmes(),
        **{f"reference/policy-{each.id}.md": policy(each) for each in shipped().values()},
    }
    return {name: f"{text.strip()}\n" for name, text in made.items()}


def examples() -> str:
    """One example of every action, as the OpenAPI document shows it: without what the route and signing in say."""
    told = {
        name: {field: value for field, value in each.said.items() if field not in ("action", "by")}
        for name, each in EXAMPLES.items()
    }
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def glossary() -> str:
    """Every word with its Dutch word and its meaning in both languages."""
    known = tomllib.loads((files("domain") / "glossary.toml").read_text(encoding="utf-8"))
    parts = [f"{MADE}# Glossary\n\nThe words of code and API, their Dutch words, and what they mean.\n"]
    for section, words in known.items():
        rows = ((f"`{name}`", word["dutch"], word["en"], word["nl"]) for name, word in words.items())
        told = table(("word", "Dutch", "meaning", "betekenis"), rows)
        parts.append(f"## {section.replace('_', ' ').capitalize()}\n\n{told}")
    return "\n".join(parts)


def programmes() -> str:
    """What the programmes' files say, beside each other, with their notes."""
    folder = files("domain") / "programmes"
    found = sorted((each for each in folder.iterdir() if each.name.endswith(".toml")), key=lambda each: each.name)
    known = {file.name.removesuffix(".toml"): _said(file.read_text("utf-8")) for file in found}
    keys = dict.fromkeys(key for said in known.values() for key in said)
    rows = ((f"`{key}`", *(said.get(key, NOTHING) for said in known.values())) for key in keys)
    intro = "The files in `domain/programmes/`. Numbers marked *assumed* are ours, not the source's.\n"
    return f"{MADE}# Programmes\n\n{intro}\n{table(('key', *known), rows)}"


def _said(toml: str) -> dict[str, str]:
    """Key, with its section -> value, and in brackets the comment on its line."""
    said, section, values = dict[str, str](), "", tomllib.loads(toml)
    for line in toml.splitlines():
        section = f"{line.strip('[]')}." if line.startswith("[") else section
        found = re.match(r"(\w+) = [^#]*(?:# *(.*))?$", line)
        if found:
            value = values[section[:-1]][found[1]] if section else values[found[1]]
            note = f" *({found[2]})*" if found[2] else ""
            said[section + found[1]] = _value(value) + note
    return said


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def main() -> None:
    for name, text in pages().items():
        (DOCS / name).write_text(text, encoding="utf-8")
    EXAMPLES_FILE.write_text(examples(), encoding="utf-8")


if __name__ == "__main__":
    main()
