"""The how-to about serving: its settings are settings."""

import re
from pathlib import Path

from api.signin.settings import read
from docs.generate import DOCS

PAGE = (DOCS / "how-to" / "serve.md").read_text("utf-8")


def test_the_settings_of_signing_in_are_read(tmp_path: Path) -> None:
    """As they stand there, with our own secret in the place of the one that they name."""
    (settings,) = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)
    secret = tmp_path / "client-secret"
    secret.write_text("geheim")
    secret.chmod(0o600)
    file = tmp_path / "sign-in.toml"
    file.write_text(settings.replace("/etc/zorgspoor/client-secret", str(secret)))
    assert read(file).roles["ouder"].role == "guardian"
