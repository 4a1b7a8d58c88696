"""Whom a store trusts to say who somebody is: recorded when it is served so, and not forgotten by an omission."""

from api.main import OPERATOR, SOFTWARE, App
from domain.envelope import Unrecorded
from domain.opened import IssuerTrusted


class IssuerMissing(Exception):
    """This store is served with an issuer; without one everybody on this machine could sign in as a made-up person."""


def trust(app: App, issuer: str | None) -> None:
    """Record that the issuer is another than before, if it is. `issuer` None: nobody. Raises `IssuerMissing`."""
    trusted = [each.fact for each in app.log(IssuerTrusted.TOPIC) if isinstance(each.fact, IssuerTrusted)]
    if issuer is None and trusted:
        raise IssuerMissing
    if issuer is not None and (not trusted or trusted[-1].issuer != issuer):
        fact = IssuerTrusted(occurred_at=app.now(), by=OPERATOR, issuer=issuer, software=SOFTWARE)
        stream = app.store.opened.stream
        app.save([Unrecorded(stream, app.store.version(stream) + 1, fact)])
