"""A new store key, and the fact that there is one. The fact says how many keys it wraps, and nothing of any of them."""

from api.main import SOFTWARE, App
from consent_policy.grounds import Actor
from domain.envelope import Unrecorded
from domain.opened import StoreKeyRotated
from ledger.rotation import Rotated, Told


def rotate(app: App, by: Actor, told: Told) -> Rotated:
    """The fact is recorded before the old key goes, so a rotation that cannot be recorded is not finished."""

    def record(rotated: Rotated) -> None:
        stream = app.store.opened.stream
        fact = StoreKeyRotated(
            occurred_at=app.now(),
            by=by,
            store=str(stream),
            keys=rotated.keys,
            resumed=rotated.resumed,
            software=SOFTWARE,
        )
        app.save([Unrecorded(stream, app.store.version(stream) + 1, fact)])

    return app.store.keys.rotate(record, told)
