"""What is in force here, as data: programmes and policies."""

from api import show
from api.commands.application import told
from api.commands.options import AsJson
from api.main import Settings


def programmes(as_json: AsJson = False) -> None:
    """The programmes in force, with versions and hashes."""
    with told():
        settings = Settings.from_environment()
        show.programmes(settings.loaded_programmes(), as_json=as_json)


def policies(as_json: AsJson = False) -> None:
    """The consent policies, with the instant from which each is in force and its hash."""
    with told():
        show.policies(as_json=as_json)
