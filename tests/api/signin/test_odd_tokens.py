import base64
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.signin.conftest import Bearing
from tests.api.signin.provider import Provider
from tests.api.signin.served import part, refused
from tests.conftest import Clock

TEXT = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=60)
JSONISH = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
HEADERS = st.fixed_dictionaries(
    {"alg": st.sampled_from(["RS256", "EdDSA", "ES256", "HS256"]) | JSONISH},
    optional=dict.fromkeys(("kid", "typ", "crit", "b64", "jwk", "cty", "x5c", "jku", "zip"), JSONISH),
)


@settings(max_examples=60, deadline=timedelta(seconds=2), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(header=HEADERS | JSONISH, body=JSONISH, raw=st.none() | TEXT)
def test_whatever_is_sent_is_refused_alike(bearing: Bearing, header: object, body: object, raw: str | None) -> None:
    """No header and no body, however odd, is answered in another way."""
    assert refused(bearing(raw or f"{part(header)}.{part(body)}.eHh4"))


def test_a_header_of_brackets(bearing: Bearing) -> None:
    """Deep nesting exhausts nobody."""
    deep = base64.urlsafe_b64encode(b"[" * 5_000).decode().rstrip("=")
    assert refused(bearing(f"{deep}.e30.eA"))


def test_a_body_of_brackets(provider: Provider, bearing: Bearing, clock: Clock) -> None:
    """Nor in a claim of a token that the issuer signed."""
    nested: list[Any] = []
    for _ in range(500):
        nested = [nested]
    assert bearing(provider.token(clock(), roles=nested)).json()["seats"] == []
