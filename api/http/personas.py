"""Made-up persons of the demonstration, who sign in by a word. Only where nobody else can, and only on loopback."""

from ipaddress import ip_address

from starlette.requests import Request

from api.http.caller import Seat, Signed
from api.http.problems import Problem
from consent_policy.grounds import Actor

PERSONAS = {
    "demo-coordinator": Actor("co-1", "coordinator", "GM0546"),
    "demo-coach": Actor("pit-2", "pit_coach", "pit-leiden"),
    "demo-mother": Actor("demo-mother", "guardian", "family"),
    "demo-auditor": Actor("au-1", "auditor", "GM0546"),
    "demo-dpo": Actor("fg-1", "dpo", "GM0546"),
}
"""By the token that each signs in with. The mother is an account, linked in the dossiers of the demonstration."""

FORWARDED = frozenset(
    {"forwarded", "via", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "true-client-ip", "cf-connecting-ip"}
)
FORWARDED_BY = ("x-forwarded-", "x-original-", "x-envoy-")
"""Headers of somebody who passes on what others ask: then who is near is not who asks."""


def persona(request: Request) -> Signed:
    """Who sent this token. Raises `Problem` for every other one, and for who is not on this machine."""
    sent = request.headers.getlist("authorization")
    kind, _, token = sent[0].partition(" ") if len(sent) == 1 else ("", "", "")
    known = PERSONAS.get(token.strip()) if kind.lower() == "bearer" else None
    if known is None or not _is_here(request):
        raise Problem(401, "unauthenticated", headers={"WWW-Authenticate": "Bearer"})
    return Signed(known.id, (Seat(known.role, known.organisation),), "demonstration")


def _is_here(request: Request) -> bool:
    if request.client is None or any(map(_is_of_proxy, request.headers)):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _is_of_proxy(header: str) -> bool:
    return header in FORWARDED or header.startswith(FORWARDED_BY)
