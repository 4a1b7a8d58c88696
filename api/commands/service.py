"""The service that programs and pages come to."""

import ssl
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from limits import parse

from api import demo as demonstration
from api.commands.application import BadUse, problems, told
from api.commands.options import Store
from api.http import logs
from api.http.rates import ASKED
from api.http.serving import serve as serve_until_stopped
from api.http.signing import SigningIn
from api.main import Settings, build
from api.signin.settings import SignInFileError, SignInSettings
from api.signin.settings import read as read_sign_in
from api.trusting import IssuerMissing, trust

HERE = frozenset({"localhost", "127.0.0.1", "::1"})
"""Addresses that nobody but this machine can reach."""

BANNER = (
    "DEMONSTRATION: no issuer is configured, so everybody on this machine can sign in as one of the made-up persons. "
    "Never with real children."
)


def serve(
    store: Store = None,
    host: Annotated[str, typer.Option("--host", help="the address to listen at")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65_535)] = 8000,
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="processes that answer")] = 1,
    rate: Annotated[str, typer.Option("--rate", help="requests of one person, such as 600/minute; or none")] = ASKED,
    certificate: Annotated[Path | None, typer.Option("--certificate", help="a file with the chain (TLS)")] = None,
    key: Annotated[Path | None, typer.Option("--key", help="a file with its private key")] = None,
) -> None:
    """Serve the HTTP door until it is stopped."""
    with told():
        settings = Settings.from_environment(store)
        signing_in = SigningIn(_sign_in(settings))
        if signing_in.settings is None and host not in HERE:
            raise BadUse("--host: without an issuer (ZORGSPOOR_SIGN_IN) only loopback is served.")
        limit, pair = _limit(rate), _pair(certificate, key)
        _look_first(settings, signing_in)
        logs.begin()
        if signing_in.settings is None:
            problems.print(BANNER, style="bold")
        code = serve_until_stopped(
            settings, signing_in, host=host, port=port, workers=workers, asked_most=limit, certificate=pair
        )
    raise typer.Exit(code)


def demo(
    folder: Annotated[Path, typer.Option("--folder", help="where the store is, or is made")] = Path("demo"),
    port: Annotated[int, typer.Option("--port", min=1, max=65_535)] = 8000,
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="processes that answer")] = 1,
) -> None:
    """Make a store of five made-up practices if it is not there, say what to try, and serve it on this machine."""
    with told():
        if not demonstration.CASES.is_dir():
            raise BadUse("demo: run it from a clone of the repository; the cases that it shows are in its tests.")
        store = demonstration.made(folder)
        for words in demonstration.walk_through(f"http://127.0.0.1:{port}"):
            typer.echo(words)
        typer.echo(f"\nServing {store} until you press Ctrl-C.")
    serve(store, "127.0.0.1", port, workers, ASKED, None, None)


def _sign_in(settings: Settings) -> SignInSettings | None:
    if settings.sign_in is None:
        return None
    try:
        return read_sign_in(settings.sign_in)
    except SignInFileError as error:
        raise BadUse(str(error)) from None


def _limit(rate: str) -> str | None:
    """As it was written; None: no limit. What no worker could read is told here."""
    if rate == "none":
        return None
    try:
        fits = parse(rate).amount > 0
    except ValueError:
        fits = False
    if not fits:
        raise BadUse("--rate: such as 600/minute, or none.")
    return rate


def _pair(certificate: Path | None, key: Path | None) -> tuple[Path, Path] | None:
    """Both or neither, as every worker will read them."""
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise BadUse("--certificate and --key: both or neither.")
    for option, file in (("--certificate", certificate), ("--key", key)):
        if not file.is_file():
            raise BadUse(f"{option}: there is no such file.")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
    except OSError:
        raise BadUse("--certificate and --key: not a chain with its own private key, without a password.") from None
    return certificate, key


def _look_first(settings: Settings, signing_in: SigningIn) -> None:
    """What is wrong with the store is told here, and the read models are there before anybody asks."""
    app = build(settings)
    with closing(app.store):
        try:
            trust(app, signing_in.settings.issuer if signing_in.settings else None)
        except IssuerMissing:
            raise BadUse("ZORGSPOOR_SIGN_IN: this store is served with an issuer, and never without.") from None
        app.reads.projector.catch_up()
