"""How people and programs sign in here: one TOML file of the installation."""

import os
import tomllib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from stat import S_IMODE
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import PydanticCustomError

from api.signin.addresses import is_local, is_safe, origin_of
from consent_policy.vocabulary import Role
from domain.field import Organisation

CALLBACK = "/sign-in/callback"

Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
"""How tokens may be signed (RFC 7518, RFC 9864): never `none`, and never with a secret that verifies as it signs."""

LONGEST_SECRET = 1000


def _address(value: str) -> str:
    if not is_safe(value):
        raise _wrong("an https address, or http on loopback, without a name, password or fragment")
    return value


def _without_query(value: str) -> str:
    if "?" in value:
        raise _wrong("without a query (OpenID Connect Discovery §3)")
    return value


def _origin(value: str) -> str:
    if urlsplit(value).path not in ("", "/") or "?" in value:
        raise _wrong("without a path: cookies and the callback are of the whole host")
    return origin_of(value)


def _secret(said: object, info: ValidationInfo) -> SecretStr:
    """What the file holds, which nobody but its owner may read. A relative path starts where the settings are."""
    if not isinstance(said, str):
        raise _wrong("the path of a file")
    try:
        with ((info.context or {}).get("folder", Path()) / said).open("rb") as file:
            mode, secret = os.fstat(file.fileno()).st_mode, file.read(LONGEST_SECRET + 1).decode("ascii").strip()
    except (OSError, ValueError):
        raise _wrong("a file of ASCII that can be read") from None
    if S_IMODE(mode) & 0o077:
        raise _wrong("a file that only its owner can read (chmod 600)")
    if not 0 < len(secret) <= LONGEST_SECRET:
        raise _wrong(f"a file of 1 to {LONGEST_SECRET} bytes")
    return SecretStr(secret)


def _wrong(rule: str) -> PydanticCustomError:
    return PydanticCustomError("sign_in", "{rule}", {"rule": rule})


Address = Annotated[str, AfterValidator(_address)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Claims(_Data):
    """What the claims are called that we read; `a.b` is also b inside a, where no claim is called so as a whole."""

    person: Word = "sub"
    roles: Word = "roles"
    organisation: Word = "organisation"


class Means(_Data):
    """Which role a value of the roles claim is, and in which organisation; None: that of the claim."""

    role: Role
    organisation: Organisation | None = None

    @model_validator(mode="before")
    @classmethod
    def a_word_is_a_role(cls, said: object) -> object:
        return said if isinstance(said, dict) else {"role": said}


class SignInSettings(_Data):
    """Who signs people in, and as what we know them.

    `audience`: whom access tokens of programs are meant for. `roles`: our role for a value of the roles claim, in the
    organisation of its claim or in one of its own.
    `leeway_seconds`: that clocks may differ. `session_minutes` counts from signing in, `idle_minutes` from the last
    request (OWASP ASVS 5.0, 7.3).
    """

    issuer: Annotated[Address, AfterValidator(_without_query)]
    audience: Word
    client_id: Word
    client_secret: Annotated[SecretStr, BeforeValidator(_secret)] | None = Field(None, alias="client_secret_file")
    public_url: Annotated[Address, AfterValidator(_origin)]
    scopes: Annotated[tuple[Word, ...], Field(min_length=1)] = ("openid",)
    algorithms: Annotated[tuple[Algorithm, ...], Field(min_length=1)] = ("RS256", "ES256", "EdDSA", "Ed25519")
    leeway_seconds: Annotated[int, Field(strict=True, ge=0, le=120)] = 30
    session_minutes: Annotated[int, Field(strict=True, ge=1, le=1440)] = 480
    idle_minutes: Annotated[int, Field(strict=True, ge=1, le=1440)] = 30
    claims: Claims = Claims()
    roles: Annotated[Mapping[Annotated[str, StringConstraints(min_length=1)], Means], Field(min_length=1)]

    @model_validator(mode="after")
    def an_id_token_is_no_access_token(self) -> Self:
        if self.audience == self.client_id:
            raise _wrong("audience: another than client_id, or an ID token would pass for an access token")
        if "openid" not in self.scopes:
            raise _wrong("scopes: with openid (OpenID Connect Core §3.1.2.1)")
        return self

    @property
    def encrypted(self) -> bool:
        """Whether people reach us by https."""
        return not is_local(self.public_url)

    @cached_property
    def redirect_uri(self) -> str:
        return self.public_url + CALLBACK


class SignInFileError(ValueError):
    """The settings of signing in are wrong: which file, which key and which rule; never a value."""


def read(file: Path) -> SignInSettings:
    """The settings in this file, with the secret that they name. Raises `SignInFileError`."""
    try:
        said = tomllib.loads(file.read_text("utf-8"))
        return SignInSettings.model_validate(said, context={"folder": file.parent})
    except ValidationError as error:
        reasons = [f"{'.'.join(map(str, each['loc'])) or 'file'}: {each['msg']}" for each in error.errors()]
        raise SignInFileError(f"{file.name}: {'; '.join(reasons)}") from None
    except OSError:
        raise SignInFileError(f"{file.name}: file: one that can be read") from None
    except ValueError as error:
        place = str(error).rpartition("(at ")[2].rstrip(")") if isinstance(error, tomllib.TOMLDecodeError) else "text"
        raise SignInFileError(f"{file.name}: file: TOML in UTF-8 ({place})") from None
