"""What earlier software showed is built anew by this one, to the byte: every look of every sample is the same."""

import shutil
from collections import Counter
from pathlib import Path

import pytest

from api.main import Settings, build
from api.replay import replay_all

SAMPLES = sorted(path for path in Path(__file__).parent.iterdir() if (path / "zorgspoor.db").exists())
LOOKS = {"2026-11": 284}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_every_look_of_a_sample_is_the_same(sample: Path, folder: Path) -> None:
    shutil.copytree(sample, folder, dirs_exist_ok=True)
    (folder / "zorgspoor.key").chmod(0o600)
    app = build(Settings(f"sqlite:///{folder / 'zorgspoor.db'}"))
    found = Counter((each.result, each.why) for each in replay_all(app))
    app.store.close()
    assert found == {("same", ()): LOOKS[sample.name]}


def test_there_is_a_sample_for_each_number() -> None:
    assert {each.name for each in SAMPLES} == set(LOOKS)
