"""A provider and our side, both over HTTP on this machine, and a clock that stands still."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from api.main import App, Settings, create
from api.signin.settings import SignInSettings
from api.signin.sign_in import OpenIdConnect, oidc
from tests.api.signin.provider import AUDIENCE, CLIENT, SECRET, Provider, running
from tests.api.signin.served import Browser, Served, door, serving
from tests.conftest import Clock

Settled = Callable[..., SignInSettings]
Bearing = Callable[..., httpx.Response]


@pytest.fixture
def clock() -> Clock:
    """Begins now: the provider stamps its tokens with the time of this machine."""
    return Clock(datetime.now(UTC).replace(microsecond=0))


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An application over an empty store, whose key seals the cookies."""
    app = create(Settings(f"sqlite:///{tmp_path_factory.mktemp('signin') / 'zorgspoor.db'}"))
    yield app
    app.store.close()


@pytest.fixture(scope="session")
def one_provider() -> Iterator[Provider]:
    """The provider that all tests of this process share."""
    with running() as provider:
        yield provider


@pytest.fixture
def provider(one_provider: Provider) -> Provider:
    """As it was made."""
    one_provider.reset()
    return one_provider


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    """The address that our side is served at."""
    with serving() as served:
        yield served


@pytest.fixture
def secret(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of the file with our secret."""
    file = tmp_path_factory.mktemp("secret") / "client-secret"
    file.touch(0o600)
    file.write_text(f"{SECRET}\n", "ascii")
    return str(file)


@pytest.fixture
def settled(provider: Provider, served: Served, secret: str) -> Settled:
    """The settings of our side, with changes."""

    def settled(**changes: Any) -> SignInSettings:
        usual = {
            "issuer": provider.address,
            "audience": AUDIENCE,
            "client_id": CLIENT,
            "client_secret_file": secret,
            "public_url": served.address,
            "roles": {"coach": "pit_coach", "coordinator": "coordinator", "teacher": "teacher", "parent": "guardian"},
        }
        return SignInSettings.model_validate(usual | changes)

    return settled


@pytest.fixture
def sign_in(settled: Settled, served: Served, app: App, clock: Clock) -> OpenIdConnect:
    """Our sign-in, served."""
    sign_in = oidc(settled(), app, clock)
    served.inner = door(sign_in)
    return sign_in


@pytest.fixture
def browser(sign_in: OpenIdConnect, served: Served) -> Iterator[Browser]:
    """Somebody at our side who did not sign in yet."""
    del sign_in
    browser = Browser(served.address)
    yield browser
    browser.client.close()


@pytest.fixture
def other_browser(sign_in: OpenIdConnect, served: Served) -> Iterator[Browser]:
    """Somebody else."""
    del sign_in
    browser = Browser(served.address)
    yield browser
    browser.client.close()


@pytest.fixture
def bearing(browser: Browser) -> Bearing:
    """Our answer to a program with this token."""

    def bearing(token: str, **more: Any) -> httpx.Response:
        return browser.get("/who", headers={"Authorization": f"Bearer {token}"}, **more)

    return bearing
