from pathlib import Path

import pytest

from api.signin.addresses import origin_of
from api.signin.settings import Means, SignInFileError, SignInSettings, read

WHOLE = """
issuer = "https://issuer.example/realms/leiden"
audience = "zorgspoor-api"
client_id = "zorgspoor"
client_secret_file = "secret"
public_url = "https://zorgspoor.example"
scopes = ["openid", "profile"]
algorithms = ["PS256"]
leeway_seconds = 0
session_minutes = 60
idle_minutes = 5

[claims]
person = "employee"
roles = "realm_access.roles"
organisation = "org"

[roles]
coach = "pit_coach"
"regie" = "coordinator"
"""
LEAST = """
issuer = "http://127.0.0.1:8080"
audience = "api"
client_id = "client"
public_url = "http://localhost:8000"
roles = { parent = "guardian" }
"""


SECRET = "a-made-up-secret\n"


def file_of(folder: Path, text: str, secret: str = SECRET, mode: int = 0o600) -> Path:
    """The settings in a file, with a secret beside it."""
    (folder / "secret").write_text(secret, "utf-8")
    (folder / "secret").chmod(mode)
    file = folder / "sign-in.toml"
    file.write_text(text, "utf-8")
    return file


def changed(table: str, line: str) -> str:
    """The whole settings with another line in this table; only a key: without its line."""
    name, _, value = line.partition(" ")
    lines, place = list[str](), ""
    for each in WHOLE.splitlines():
        place = each.strip("[]") if each.startswith("[") else place
        lines += [] if (place, each.partition(" ")[0]) == (table, name) else [each]
    if value:
        lines.insert(lines.index(f"[{table}]") + 1 if table else 0, line)
    return "\n".join(lines)


def reason(file: Path) -> str:
    """Why these settings are refused."""
    with pytest.raises(SignInFileError) as refused:
        read(file)
    assert refused.value.__cause__ is None
    return str(refused.value)


def test_whole_settings(tmp_path: Path) -> None:
    """All that can be said is read; the secret from its own file."""
    settings = read(file_of(tmp_path, WHOLE))
    assert settings.client_secret is not None
    assert settings.client_secret.get_secret_value() == "a-made-up-secret"
    assert (settings.algorithms, settings.scopes) == (("PS256",), ("openid", "profile"))
    assert settings.roles == {"coach": Means(role="pit_coach"), "regie": Means(role="coordinator")}
    assert settings.claims.roles == "realm_access.roles"
    assert settings.redirect_uri == "https://zorgspoor.example/sign-in/callback"


def test_least_settings(tmp_path: Path) -> None:
    """What is not said is as safe as it can be."""
    settings = read(file_of(tmp_path, LEAST))
    assert settings.client_secret is None
    assert set(settings.algorithms) == {"RS256", "ES256", "EdDSA", "Ed25519"}
    assert (settings.leeway_seconds, settings.session_minutes, settings.idle_minutes) == (30, 480, 30)
    assert (settings.claims.person, settings.claims.roles, settings.claims.organisation) == (
        "sub",
        "roles",
        "organisation",
    )
    assert not settings.encrypted


def test_settings_stay_as_they_are(tmp_path: Path) -> None:
    """Nobody changes them under way."""
    settings: SignInSettings = read(file_of(tmp_path, LEAST))
    with pytest.raises(ValueError, match="frozen"):
        settings.issuer = "https://other.example"  # type: ignore[misc]  # what is tested


ADDRESS = "an https address, or http on loopback, without a name, password or fragment"


@pytest.mark.parametrize(
    ("key", "line", "rule"),
    [
        ("issuer", 'issuer = "http://issuer.example"', ADDRESS),
        ("issuer", 'issuer = "https://hidden:hidden@issuer.example"', ADDRESS),
        ("issuer", 'issuer = "https://issuer.example/#hidden"', ADDRESS),
        ("issuer", 'issuer = "https://issuer.example:hidden"', ADDRESS),
        ("issuer", 'issuer = "https://[hidden"', ADDRESS),
        ("issuer", 'issuer = "ftp://127.0.0.1"', ADDRESS),
        ("issuer", 'issuer = "https://issuer.example/?hidden"', "without a query (OpenID Connect Discovery §3)"),
        ("issuer", 'issuer = "https://issuer.example\\\\hidden"', ADDRESS),
        ("issuer", 'issuer = "https://hiddén.example"', ADDRESS),
        ("issuer", "issuer = 5", "Input should be a valid string"),
        ("issuer", "", "Field required"),
        ("audience", 'audience = ""', "String should have at least 1 character"),
        ("audience", 'audience = "hid den"', "String should match pattern"),
        ("audience", "", "Field required"),
        ("audience", 'audience = "zorgspoor"', "another than client_id"),
        ("client_id", f'client_id = "{"x" * 201}"', "String should have at most 200 characters"),
        ("client_id", "", "Field required"),
        ("client_secret_file", 'client_secret_file = "hidden"', "a file of ASCII that can be read"),
        ("client_secret_file", "client_secret_file = 5", "the path of a file"),
        ("client_secret", 'client_secret = "hidden"', "Extra inputs are not permitted"),
        ("public_url", 'public_url = "http://hidden.example"', ADDRESS),
        ("public_url", 'public_url = "https://zorgspoor.example/hidden"', "without a path"),
        ("public_url", 'public_url = "https://zorgspoor.example?hidden"', "without a path"),
        ("public_url", "", "Field required"),
        ("scopes", 'scopes = ["hidden"]', "with openid (OpenID Connect Core §3.1.2.1)"),
        ("scopes", "scopes = []", "at least 1 item"),
        ("algorithms", 'algorithms = ["none"]', "Input should be 'RS256'"),
        ("algorithms", 'algorithms = ["RS256", "HS256"]', "Input should be 'RS256'"),
        ("algorithms", "algorithms = []", "at least 1 item"),
        ("leeway_seconds", "leeway_seconds = 121", "less than or equal to 120"),
        ("leeway_seconds", "leeway_seconds = -1", "greater than or equal to 0"),
        ("leeway_seconds", 'leeway_seconds = "30"', "valid integer"),
        ("session_minutes", "session_minutes = 0", "greater than or equal to 1"),
        ("session_minutes", "session_minutes = 1441", "less than or equal to 1440"),
        ("idle_minutes", "idle_minutes = 0", "greater than or equal to 1"),
        ("idle_minutes", "idle_minutes = 1441", "less than or equal to 1440"),
        ("claims.person", 'person = ""', "String should have at least 1 character"),
        ("claims.roles", "roles = []", "Input should be a valid string"),
        ("claims.organisation", 'organisation = "hid den"', "String should match pattern"),
        ("claims.name", 'name = "hidden"', "Extra inputs are not permitted"),
        ("roles.coach.role", 'coach = "hidden"', "Input should be 'teacher'"),
        ("roles.coach.role", "coach = 5", "Input should be 'teacher'"),
    ],
    ids=str,
)
def test_a_key_that_is_wrong(tmp_path: Path, key: str, line: str, rule: str) -> None:
    """A wrong file is refused by its name, the key and the rule, and the value stands nowhere."""
    told = reason(file_of(tmp_path, changed(key.partition(".")[0] if "." in key else "", line or key)))
    assert told.startswith("sign-in.toml: ")
    assert f"{key}: " in told or f"{key}.{line.count(',')}: " in told
    assert rule in told
    assert "hidden" not in told


@pytest.mark.parametrize(
    ("secret", "mode", "rule"),
    [
        ("x", 0o640, "a file that only its owner can read (chmod 600)"),
        ("x", 0o604, "a file that only its owner can read (chmod 600)"),
        ("", 0o600, "a file of 1 to 1000 bytes"),
        (" \n", 0o600, "a file of 1 to 1000 bytes"),
        ("x" * 1001, 0o600, "a file of 1 to 1000 bytes"),
        ("é", 0o600, "a file of ASCII that can be read"),
    ],
)
def test_a_secret_that_is_none(tmp_path: Path, secret: str, mode: int, rule: str) -> None:
    """A secret that others can read, or that is none, is refused before anything is served."""
    assert reason(file_of(tmp_path, WHOLE, secret, mode)) == f"sign-in.toml: client_secret_file: {rule}"


def test_no_roles_at_all(tmp_path: Path) -> None:
    """Settings by which nobody has a role are a mistake."""
    assert "roles: " in reason(file_of(tmp_path, LEAST.replace('parent = "guardian"', "")))


def test_what_is_no_toml(tmp_path: Path) -> None:
    """A file that cannot be read says where, and not what stands there."""
    assert reason(file_of(tmp_path, 'issuer = "a"\nhidden hidden')) == (
        "sign-in.toml: file: TOML in UTF-8 (line 2, column 8)"
    )
    (tmp_path / "sign-in.toml").write_bytes(b"\xff")
    assert reason(tmp_path / "sign-in.toml") == "sign-in.toml: file: TOML in UTF-8 (text)"


def test_no_file(tmp_path: Path) -> None:
    """A file that is not there is named."""
    assert reason(tmp_path / "none.toml") == "none.toml: file: one that can be read"


def test_origins() -> None:
    """An origin is written as browsers write it."""
    assert origin_of("https://Zorgspoor.example:443/a") == "https://zorgspoor.example"
    assert origin_of("http://127.0.0.1:8000") == "http://127.0.0.1:8000"
    assert origin_of("http://[::1]:80/") == "http://[::1]"
