"""The document that describes the door says what it does, and the door does what the document says."""

import json
import re
import socket
from collections.abc import Iterable
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import CheckFunction
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi import checks

from api.http.answers import OF_BODIES, PROBLEMS
from api.main import App
from api.parse import KINDS
from consent_policy.grounds import Actor
from tests.api.http.given import Asked, door, token
from tests.api.http.test_door import link
from tests.conftest import ROOT
from tests.examples import AUDITOR, CHILD, COACH, COORDINATOR, DPO, MOTHER, RECORDS_OFFICER

PERSONS = (COACH, COORDINATOR, AUDITOR, DPO, RECORDS_OFFICER, MOTHER)
ACCOUNT = "digid-7"
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)

REFUSALS = ["400", "401", "403", "404", "405", "409", "413", "415", "422", "431"]
CONFIG = SchemathesisConfig.from_dict({"checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}}})
"""What does not fit may be too long for a head as well, which schemathesis does not expect by itself."""

Document = dict[str, Any]


def who(person: Actor) -> str:
    """The token of a person; the mother comes by her account."""
    return token(person, account=ACCOUNT if person is MOTHER else None)


def off_for(operation: APIOperation[Any, Any, Any, Any]) -> list[CheckFunction]:
    """The checks that cannot hold for an operation."""
    off: list[CheckFunction] = []
    parameters = {each.name for each in operation.iter_parameters()}
    if operation.path.startswith("/actions"):
        # `by` is who signed in; evidence is required unless the family speaks; a BSN passes the elevens test; a
        # programme is one of the store. JSON Schema says none of these.
        off.append(checks.positive_data_acceptance)
    elif operation.path == "/search" or parameters & {"as_of", "known_at", "from", "to", "at", "cursor"}:
        # A BSN passes the elevens test; instants lie between 1900 and 9999, and not before the store; a cursor is one
        # that was given out. JSON Schema says none of these.
        off.append(checks.positive_data_acceptance)
    if operation.path == "/actions":
        # Each of a list is answered by itself: a bad one does not refuse the rest.
        off.append(checks.negative_data_rejection)
    return off


def about_the_child(case: Case[Any]) -> None:
    """So that there is something to see: nobody would ever guess its name."""
    if "trajectory" in case.path_parameters:
        case.path_parameters["trajectory"] = CHILD
    if isinstance(case.body, dict) and "trajectory" in case.body:
        case.body["trajectory"] = CHILD


def holds(app: App, person: Actor, examples: int, paths: str) -> None:
    """Whatever this person asks of these paths, fitting or not, the answer is one that the document tells."""
    link(app, ACCOUNT)
    document = schemathesis.openapi.from_asgi("/openapi.json", door(app), config=CONFIG)
    operations = [each.ok() for each in document.get_all_operations() if isinstance(each, Ok)]
    asked = [each for each in operations if re.match(paths, each.path)]
    assert asked
    for operation in asked:
        for mode in MODES:
            _holds(operation, mode, who(person), examples)


def _holds(operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode, token: str, examples: int) -> None:
    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=tuple(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def run(case: Case[Any]) -> None:
        if mode is GenerationMode.POSITIVE:
            about_the_child(case)
        case.call_and_validate(headers={"Authorization": token}, excluded_checks=off_for(operation))

    run()


@pytest.mark.parametrize("person", PERSONS, ids=lambda each: each.role)
def test_questions_are_answered_as_the_document_says(pit: App, person: Actor) -> None:
    """No 500, no status, content type, header or shape that is not told, whoever asks."""
    holds(pit, person, 2, "/(?!actions)")


def test_actions_are_answered_as_the_document_says(pit: App) -> None:
    """Each action, fitting its schema or not."""
    holds(pit, COACH, 1, "/actions")


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("person", PERSONS, ids=lambda each: each.role)
def test_much_is_answered_as_the_document_says(pit: App, person: Actor) -> None:
    """As above, many times."""
    holds(pit, person, 16, "/")


@pytest.fixture
def document(app: App) -> Document:
    """As anybody reads it."""
    with Asked(door(app)) as ask:
        found: Document = ask("GET", "/openapi.json", "").json()
    return found


def operations_of(document: Document) -> Iterable[tuple[str, str, Document]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield method, path, operation


def test_every_action_has_its_route(document: Document) -> None:
    """With the schema of its model, all of whose fields it names; `by` alone may be left out."""
    schemas = document["components"]["schemas"]
    for name, kind in KINDS.items():
        sent = document["paths"][f"/actions/{name}"]["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert sent == {"$ref": f"#/components/schemas/{kind.__name__}"}
        told, model = schemas[kind.__name__], kind.model_json_schema()
        assert (told["properties"].keys(), told["additionalProperties"]) == (model["properties"].keys(), False)
        assert set(told["required"]) == set(model["required"]) - {"by"}


def test_every_route_documents_its_problems(document: Document) -> None:
    """As problem+json with a name for the log; those that take a body, what can be wrong with it."""
    for method, path, operation in operations_of(document):
        expected = PROBLEMS.keys() | (OF_BODIES.keys() if method == "post" else set())
        assert expected <= {int(each) for each in operation["responses"]}, path
        for status, response in operation["responses"].items():
            kind = "application/json" if int(status) < 300 else "application/problem+json"
            assert list(response["content"]) == [kind], (path, status)
            assert response["headers"]["Zorgspoor-Request"]["required"], (path, status)


def test_every_reference_leads_somewhere(document: Document) -> None:
    """A program can be made from the document."""
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert named <= document["components"]["schemas"].keys()


def test_every_operation_asks_who_is_there(document: Document) -> None:
    """By a token, which the document says as well."""
    assert document["security"] == [{"token": []}]
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert not [path for _, path, operation in operations_of(document) if "security" in operation]


def test_the_document_names_nothing_of_this_machine(document: Document) -> None:
    """No folder, no address of a host."""
    told = json.dumps(document)
    assert "servers" not in document
    folders = (ROOT, Path.home(), Path(gettempdir()))
    assert not [each for each in (*folders, f"//{socket.gethostname()}") if f"{each}/" in told]
