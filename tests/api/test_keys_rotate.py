"""`zorgspoor keys rotate`: what it prints, how it ends, and that it is recorded."""

import json
from pathlib import Path

import pytest

from api.main import App, Settings, build
from domain.opened import StoreKeyRotated
from ledger.errors import StoreUnavailable
from ledger.keyplace import VaultAccess
from tests.api.given import log_of
from tests.conftest import CommandLine, Program
from tests.examples import CHILD
from tests.ledger.rotations import secrets_in
from tests.vault import TOKEN, VaultServer


def rotations(app: App) -> list[StoreKeyRotated]:
    return [each.fact for each in app.log() if isinstance(each.fact, StoreKeyRotated)]


def test_the_store_gets_a_new_key_and_the_log_says_so(pit: App, cli: CommandLine, url: str, folder: Path) -> None:
    """Who, when and how many; every fact opens afterwards, and looks are replayed to the same."""
    before, [old] = log_of(pit), secrets_in(folder / "zorgspoor.key")
    said = cli("keys", "rotate", "--store", url, "--json")
    assert (said.code, said.err) == (0, "")
    assert json.loads(said.out) == {"keys": 1, "resumed": False}
    again = build(Settings(url))
    assert log_of(again)[: len(before)] == before
    [rotated] = rotations(again)
    assert (rotated.keys, rotated.resumed, rotated.by.role) == (1, False, "records_officer")
    assert rotated.by.id.startswith("os:")
    assert secrets_in(folder / "zorgspoor.key") != [old]
    assert cli("replay", "--all", "--store", url).code == 0


def test_people_are_told_to_copy_the_key_file(app: App, cli: CommandLine, url: str) -> None:
    """It is the only copy of what opens everything."""
    said = cli("keys", "rotate", "--store", url)
    assert said.code == 0
    assert "copy the key file" in said.out
    assert log_of(app)


def test_what_was_interrupted_is_finished_and_said(
    pit: App, cli: CommandLine, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 3 where the log could not take the fact; then both keys are kept, and the next run finishes."""

    def full(*_: object, **__: object) -> None:
        raise StoreUnavailable("The disk of the store is full.", "Make room.")

    with monkeypatch.context() as failing:
        failing.setattr("ledger.sqlite.SQLiteLog.append", full)
        assert cli("keys", "rotate", "--store", url, "--json").code == 3
    assert log_of(pit)
    assert json.loads(cli("keys", "rotate", "--store", url, "--json").out) == {"keys": 1, "resumed": True}
    [rotated] = rotations(build(Settings(url)))
    assert rotated.resumed


def test_two_at_once_are_told_apart_from_a_defect(
    app: App, cli: CommandLine, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second ends with 3 and says to wait."""
    with app.store.keys._table.alone():
        said = cli("keys", "rotate", "--store", url)
    assert (said.code, said.out) == (3, "")
    assert "Wait until it is done" in said.err


def test_a_key_file_that_does_not_belong_is_bad_use(app: App, cli: CommandLine, url: str, folder: Path) -> None:
    """Exit 2, and the file is left as it is."""
    key, kept = folder / "zorgspoor.key", (folder / "zorgspoor.key").read_bytes()
    assert cli("keys", "rotate", "--store", url).code == 0
    key.write_bytes(kept)
    said = cli("keys", "rotate", "--store", url)
    assert (said.code, said.out) == (2, "")
    assert "newest copy" in said.err
    assert key.read_bytes() == kept
    assert log_of(app)


def test_no_secret_is_printed_or_kept_in_the_clear(pit: App, program: Program, url: str, folder: Path) -> None:
    """Neither key, nor a child's, nor what a dossier says; whether it works or not."""
    [old], child = secrets_in(folder / "zorgspoor.key"), pit.stream_of(CHILD)
    secrets = [old, pit.store.keys.get(child)._secret, pit.store.keys._opened()[2]]
    said = [program("keys", "rotate", "--store", url), program("keys", "rotate", "--store", f"{url}x")]
    secrets += secrets_in(folder / "zorgspoor.key")
    printed = "".join(each.out + each.err for each in said)
    files = b"".join(file.read_bytes() for file in folder.iterdir() if file.suffix != ".key")
    for secret in secrets:
        assert secret.hex() not in printed
        assert secret not in files
    assert [each.code for each in said] == [0, 2]


def test_a_store_with_its_key_in_vault_is_made_used_and_rotated(
    cli: CommandLine, url: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the environment: where the key is, and a file with the token; neither stands in the store or is printed."""
    token = tmp_path / "token"
    token.write_text(f"{TOKEN}\n")
    with VaultServer() as vault:
        monkeypatch.setenv("ZORGSPOOR_STORE_KEY", vault.address())
        assert cli("init", "--store", url).code == 2
        monkeypatch.setenv("ZORGSPOOR_VAULT_TOKEN_FILE", str(token))
        assert cli("init", "--store", url).code == 0
        said = cli("keys", "rotate", "--store", url, "--json")
        assert (said.code, json.loads(said.out)) == (0, {"keys": 0, "resumed": False})
        assert len(vault.keys["zorgspoor"].versions) == 2
        token.write_text("hvs.expired")
        expired = cli("disclosures", "--store", url)
        token.unlink()
        gone = cli("disclosures", "--store", url)
        monkeypatch.delenv("ZORGSPOOR_VAULT_TOKEN_FILE")
        monkeypatch.setenv("VAULT_TOKEN", TOKEN)
        assert cli("disclosures", "--store", url).code == 0
    assert (expired.code, gone.code) == (3, 3)
    assert "token" in expired.err
    assert "hvs" not in expired.err + gone.err
    assert not (folder / "zorgspoor.key").exists()
    assert TOKEN.encode() not in b"".join(file.read_bytes() for file in folder.iterdir())


def test_settings_do_not_show_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """They may end up in a log."""
    monkeypatch.setenv("VAULT_TOKEN", TOKEN)
    settings = Settings.from_environment("sqlite:///x.db")
    assert isinstance(settings.vault, VaultAccess)
    assert settings.vault.token() == TOKEN
    assert TOKEN not in repr(settings)
