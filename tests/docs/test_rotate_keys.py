"""The how-to about keys: its commands work, in their order, as they stand there."""

import re
from pathlib import Path

import pytest

from docs.generate import DOCS
from tests.conftest import CommandLine
from tests.ledger.rotations import secrets_in
from tests.vault import TOKEN, VaultServer

PAGE = (DOCS / "how-to" / "rotate-keys.md").read_text("utf-8")


def commands(section: str) -> list[str]:
    part = PAGE.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return re.findall(r"^    ((?:zorgspoor|export|vault) .*)$", part, flags=re.MULTILINE)


def test_the_commands_for_a_key_file_work(cli: CommandLine, tmp_path: Path) -> None:
    """On a store in the working folder."""
    assert cli("init", "--store", "sqlite:///zorgspoor.db").code == 0
    before = secrets_in(tmp_path / "zorgspoor.key")
    [rotate] = commands("With a key file")
    assert cli(*rotate.split()[1:]).code == 0
    assert secrets_in(tmp_path / "zorgspoor.key") != before


def test_the_commands_for_vault_work(cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With our own Vault in the place of the one that they name."""
    token = tmp_path / "token"
    token.write_text(TOKEN)
    with VaultServer() as vault:
        values = {"ZORGSPOOR_STORE_KEY": vault.address(), "ZORGSPOOR_VAULT_TOKEN_FILE": str(token)}
        for command in commands("With Vault"):
            program, *words = command.split()
            if program == "export":
                name = words[0].partition("=")[0]
                monkeypatch.setenv(name, values.pop(name))
            elif program == "zorgspoor":
                assert cli(*words).code == 0
        assert not values
        assert len(vault.keys["zorgspoor"].versions) == 2
        vault.keys["zorgspoor"].oldest = 2
        assert cli("disclosures", "--store", "sqlite:///vaulted.db").code == 0
    assert not (tmp_path / "vaulted.key").exists()
