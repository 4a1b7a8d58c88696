"""What went wrong, as RFC 9457 problem details in the asker's language: a code and a sentence, never content."""

import json
from collections.abc import Mapping
from types import MappingProxyType

from starlette.responses import Response

from domain.refusal import sentence

MEDIA_TYPE = "application/problem+json"

POSITION = "Zorgspoor-Position"
"""The position of the log that an answer was read at."""

OF_THE_DOOR: Mapping[str, tuple[str, str]] = {
    "unauthenticated": ("Sign in first.", "Meld u eerst aan."),
    "csrf": ("This did not come from a page of ours.", "Dit kwam niet van een pagina van ons."),
    "sign_in_failed": ("Signing in failed. Begin again.", "Aanmelden is mislukt. Begin opnieuw."),
    "no_such_role": ("You do not have this role here.", "U hebt deze rol hier niet."),
    "role_required": ("Say in which role you ask.", "Zeg in welke rol u dit vraagt."),
    "too_many": ("Too many requests. Wait a moment.", "Te veel vragen. Wacht even."),
    "too_slow": ("What was sent took too long.", "Wat gestuurd werd, duurde te lang."),
    "misdirected": ("This service has another name.", "Deze dienst heet anders."),
    "not_found": ("There is nothing here.", "Hier is niets."),
    "method_not_allowed": ("This cannot be done here.", "Dat kan hier niet."),
    "unsupported_media_type": ("Send application/json.", "Stuur application/json."),
    "too_large": ("More than is taken at once.", "Meer dan in één keer wordt aangenomen."),
    "unavailable": ("Not now. Ask again in a moment.", "Nu niet. Vraag het zo nog eens."),
    "defect": ("A defect. Nothing was shown.", "Een fout in het programma. Er is niets getoond."),
    "different": (
        "What can be built anew is not what was shown. Nothing is shown.",
        "Wat opnieuw kan worden opgebouwd is niet wat getoond is. Er wordt niets getoond.",
    ),
    "invalid": ("What was sent does not fit.", "Wat gestuurd is, past niet."),
}
"""Codes that are no refusals of the domain, and what they say: English, Dutch."""


class Problem(Exception):
    """Ends the answering of a request. `detail`: which field and which rule, without what was sent.

    `disclosure`, `position`: where it is recorded that this was asked, if it is.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
        *,
        disclosure: str | None = None,
        position: int | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = headers
        self.disclosure = disclosure
        self.position = position


def answered(problem: Problem, language: str) -> Response:
    """The answer to who asked."""
    english, dutch = OF_THE_DOOR.get(problem.code) or (sentence(problem.code, "en"), sentence(problem.code, "nl"))
    told = {
        "type": "about:blank",
        "title": dutch if language == "nl" else english,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
        "disclosure": problem.disclosure,
    }
    body = json.dumps({name: value for name, value in told.items() if value is not None}, ensure_ascii=False)
    position = {} if problem.position is None else {POSITION: str(problem.position)}
    headers = {"Content-Language": language, **position, **problem.headers}
    return Response(body, problem.status, headers, MEDIA_TYPE)
