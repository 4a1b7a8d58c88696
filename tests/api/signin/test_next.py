from urllib.parse import urlsplit

import httpx
import pytest

from tests.api.signin.served import Browser, Served, code_of


@pytest.mark.parametrize(
    "after",
    [
        "https://evil.example",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\r\nSet-Cookie: a=b",
        "/a\x00",
        "javascript:alert(1)",
        "evil.example",
        "",
        "?a",
        "/a//b",
        "/a b",
        "/é",
        "/\u2028",
        " /a",
        "/" + "a" * 1000,
    ],
)
def test_a_page_elsewhere(browser: Browser, after: str) -> None:
    """After signing in nobody is led to another site (open redirect, RFC 9700 §4.11)."""
    answer = browser.get("/sign-in", params={"next": after})
    assert code_of(answer) == (422, "invalid")
    assert answer.json()["detail"] == "next: a path of this service"
    assert browser.cookies == {}


@pytest.mark.parametrize("after", ["/", "/caseload?as_of=2026-01-01", "/%2F%2Fevil.example", "/a:b@c", "/~x"])
def test_a_page_of_ours(browser: Browser, served: Served, after: str) -> None:
    """A path of ours stays one in the eyes of a browser."""
    led = httpx.URL(served.address).join(browser.signs_in(after).headers["location"])
    assert led.host == urlsplit(served.address).hostname
    assert led.raw_path.decode() == after
