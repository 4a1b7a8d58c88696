"""A new store key: everything opens by it, and nothing by the one before."""

import os
import threading
from pathlib import Path
from uuid import uuid4

import pytest

from ledger.errors import KeyDestroyed, KeyFileOutdated, RotationRuns, StoreUnavailable, WrongKey
from ledger.keyfile import KeyFile
from ledger.seal import KEY_BYTES
from ledger.store import Store
from tests.ledger.notes import new_child, note, reopen
from tests.ledger.place import Place, PostgresPlace, SQLitePlace
from tests.ledger.rotations import opened_by, rotate, secrets_in
from tests.ledger.test_many_processes import assert_whole, writer


def test_the_new_key_opens_everything_and_the_old_one_nothing(store: Store, place: Place) -> None:
    """Of the store and of every child, also after a restart; what was digested or made opaque stays the same."""
    children = [new_child(store) for _ in range(20)]
    opaque, digest = store.keys.opaque_id("trajectory", "111222333"), store.keys.digest(children[0], b"x")
    old = secrets_in(place.key)
    assert opened_by(old, store, place) == 23
    rotated = rotate(store)
    new = secrets_in(place.key)
    assert (rotated.keys, rotated.resumed, len(new)) == (20, False, 1)
    assert (opened_by(old, store, place), opened_by(new, store, place)) == (0, 23)
    with reopen(place.url) as again:
        assert_whole(again)
        assert again.keys.opaque_id("trajectory", "111222333") == opaque
        assert again.keys.digest(children[0], b"x") == digest


def test_a_rotation_can_follow_another(store: Store, place: Place) -> None:
    """None of the former keys opens anything."""
    new_child(store)
    former = list[bytes]()
    for _ in range(3):
        former += secrets_in(place.key)
        rotate(store)
        new_child(store)
    assert opened_by(former, store, place) == 0
    assert len(set(former)) == 3
    with reopen(place.url) as again:
        assert_whole(again)


def test_an_erased_child_stays_erased(store: Store, place: Place) -> None:
    """Whether erased before or while the store gets its new key; nor can a key be minted for it."""
    before, meanwhile, unborn, alive = new_child(store), new_child(store), uuid4(), new_child(store)
    store.keys.destroy(before)
    store.keys.destroy(unborn)
    replace = store.keys._table.replace

    def erase_and_replace(rewrapped: object) -> None:
        with reopen(place.url) as other:
            other.keys.destroy(meanwhile)
        replace(rewrapped)  # type: ignore[arg-type]

    store.keys._table.replace = erase_and_replace  # type: ignore[method-assign]
    assert rotate(store).keys == 1
    with reopen(place.url) as again:
        for gone in (before, meanwhile, unborn):
            assert not any(place.wrapped_keys()[gone])
            with pytest.raises(KeyDestroyed):
                again.keys.mint(gone)
        assert [bool(again.stream(child)[0].fact) for child in (before, meanwhile, alive)] == [False, False, True]


def test_the_key_file_stays_private_and_nothing_is_left_beside_it(store: Store, place: Place) -> None:
    """Whatever the umask, and in the folder where it was."""
    beside = {file.name for file in place.key.parent.iterdir()}
    umask = os.umask(0)
    try:
        rotate(store)
    finally:
        os.umask(umask)
    assert place.key.stat().st_mode & 0o777 == 0o600
    assert {file.name for file in place.key.parent.iterdir()} == beside


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file to somebody else")
def test_the_key_file_stays_with_its_owner(store: Store, place: Place) -> None:
    """An administrator rotates, and the service must still be able to read it."""
    os.chown(place.key, 65534, 65534)
    rotate(store)
    assert (place.key.stat().st_uid, place.key.stat().st_gid) == (65534, 65534)


def test_a_wrong_key_file_does_no_harm_to_a_service_that_runs(store: Store, place: Place) -> None:
    """Something does not open, so the file is read again; what was in memory stays, as it opens the rest."""
    child, right = new_child(store), place.key.read_bytes()
    with reopen(place.url) as service:
        place.key.unlink()
        KeyFile.create(place.key)
        with pytest.raises(WrongKey):
            service.keys._store_key.unwrap([(bytes(61), b"nothing")])
        assert service.stream(child)[0].fact
        place.key.write_bytes(right)
        new_child(service)


def test_a_key_file_behind_a_link_is_replaced_where_it_is(store: Store, place: Place, tmp_path: Path) -> None:
    """Keys are kept elsewhere and linked to; a file in place of the link would be lost with the next mount."""
    (tmp_path / "safe").mkdir()
    elsewhere = place.key.rename(tmp_path / "safe" / "key")
    place.key.symlink_to(elsewhere)
    old = secrets_in(elsewhere)
    rotate(store)
    assert place.key.is_symlink()
    assert secrets_in(elsewhere) != old


def test_nothing_of_how_keys_were_wrapped_is_left_in_the_files(sqlite_store: Store, tmp_path: Path) -> None:
    """Neither in pages nor in the write-ahead log; nor of a key that is destroyed afterwards."""
    place, children = SQLitePlace(tmp_path), [uuid4() for _ in range(700)]
    sqlite_store.keys.mint_all(children)
    before, named = place.wrapped_keys(), sqlite_store.keys._table.named()
    rotate(sqlite_store)
    files, wrapped = place.content(), place.wrapped_keys()
    assert not [old for old in (*before.values(), *named.values()) if old[1:20] in files]
    for child in children[::7]:
        sqlite_store.keys.destroy(child)
    files = place.content()
    assert [child for child in children if wrapped[child][1:20] not in files] == children[::7]


def test_nothing_of_how_keys_were_wrapped_is_left_in_the_tables(
    postgres_store: Store, postgres_place: PostgresPlace
) -> None:
    """Also where rows were moved within their page; a key that is destroyed afterwards leaves nothing there either."""
    place, children = postgres_place, [uuid4() for _ in range(700)]
    postgres_store.keys.mint_all(children)
    before, named = place.wrapped_keys(), postgres_store.keys._table.named()
    rotate(postgres_store)
    wrapped = place.wrapped_keys()
    for child in children[::7]:
        postgres_store.keys.destroy(child)
    place.cluster.execute("CHECKPOINT")
    paths = [
        place.cluster.execute(f"SELECT pg_relation_filepath('{place.schema}_keys.{table}')")[0][0]
        for table in ("stream_keys", "store_keys")
    ]
    files = b"".join((place.cluster.data / path).read_bytes() for path in paths)
    assert not [old for old in (*before.values(), *named.values()) if old[1:20] in files]
    assert [child for child in children if wrapped[child][1:20] not in files] == children[::7]


def test_of_two_rotations_at_once_one_is_told_to_wait(store: Store, place: Place) -> None:
    """The other goes on undisturbed, and afterwards there is no lock."""
    new_child(store)

    def at_the_same_time(_: object) -> None:
        with reopen(place.url) as other, pytest.raises(RotationRuns) as refused:
            rotate(other)
        assert "Wait" in refused.value.hint

    store.keys.rotate(at_the_same_time)
    assert rotate(store).resumed is False
    assert_whole(store)


def test_a_file_that_somebody_rotates_is_not_replaced_by_another(store: Store, place: Place) -> None:
    """Even if the lock of the database got lost: the file has its own, which goes with it from file to file."""
    check = (store.keys._table.named()["check"], b"store/check")
    with KeyFile(place.key).succeeded(check, []), pytest.raises(RotationRuns):
        rotate(store)
    assert rotate(store).resumed is True


def test_a_rotation_that_cannot_be_recorded_is_not_finished(store: Store, place: Place) -> None:
    """Both keys stay in the file, and the next one finishes it."""
    new_child(store)

    def fail(_: object) -> None:
        raise StoreUnavailable("The disk of the store is full.")

    with pytest.raises(StoreUnavailable):
        store.keys.rotate(fail)
    assert len(secrets_in(place.key)) == 2
    with reopen(place.url) as again:
        new_child(again)
        assert rotate(again).resumed is True
        assert len(secrets_in(place.key)) == 1
        assert_whole(again)


def test_an_older_key_file_is_told_from_a_wrong_one(store: Store, place: Place) -> None:
    """A restore put back the file from before the rotation."""
    before = place.key.read_bytes()
    rotate(store)
    after = place.key.read_bytes()
    place.key.write_bytes(before)
    with pytest.raises(KeyFileOutdated, match="new key since") as outdated:
        reopen(place.url)
    assert "newest copy" in outdated.value.hint
    place.key.unlink()
    KeyFile.create(place.key)
    with pytest.raises(WrongKey, match="does not open") as wrong:
        rotate(store)
    assert not isinstance(wrong.value, KeyFileOutdated)
    place.key.write_bytes(after)
    reopen(place.url).close()


def test_a_service_that_has_the_old_key_goes_on(store: Store, place: Place) -> None:
    """It reads its key file again: for a key that it has not in memory, for a new child, and after two rotations."""
    children = [new_child(store) for _ in range(3)]
    with reopen(place.url) as service:
        assert service.stream(children[0])
        rotate(store)
        assert service.stream(children[1])[0].fact
        rotate(store)
        new_child(service)
        service.save([note(children[2], 2)])
        rotate(store)
        assert service.stream(children[2])[1].fact
    with reopen(place.url) as again:
        assert_whole(again)


def test_a_service_whose_key_file_was_not_replaced_records_nothing_new(
    postgres_store: Store, postgres_place: PostgresPlace, tmp_path: Path
) -> None:
    """It runs on another machine, with a copy of the file: what it would wrap by the old key would be lost."""
    place, copy = postgres_place, tmp_path / "copy"
    child = new_child(postgres_store)
    copy.write_bytes(place.key.read_bytes())
    copy.chmod(0o600)
    with reopen(place.cluster.url(place.schema, copy)) as elsewhere:
        assert elsewhere.stream(child)
        rotate(postgres_store)
        for _ in range(2):
            with pytest.raises(KeyFileOutdated):
                new_child(elsewhere)
        assert elsewhere.stream(child)[0].fact
        copy.write_bytes(place.key.read_bytes())
        new_child(elsewhere)
        assert_whole(elsewhere)


def test_a_key_that_no_key_opens_stops_the_rotation_and_keeps_the_old_one(store: Store, place: Place) -> None:
    """It was altered, or comes from elsewhere; others are not lost for it."""
    new_child(store)
    store.keys._table.add({uuid4(): os.urandom(61)}, store.keys._table.named()["check"])
    with pytest.raises(WrongKey):
        rotate(store)
    assert len(secrets_in(place.key)) == 2
    with reopen(place.url) as again:
        assert_whole(again)


def test_children_that_come_while_the_key_changes_keep_theirs(store: Store, place: Place) -> None:
    """Two programs record new children and one erases, through several rotations; nothing of it is lost."""
    writers = [writer("own_streams", place.url, 60) for _ in range(2)]
    erased = [new_child(store) for _ in range(10)]
    kept = [new_child(store) for _ in range(10)]
    former, eraser = list[bytes](), threading.Thread(target=_erase, args=(place.url, erased))
    eraser.start()
    while any(process.poll() is None for process in writers):
        former += secrets_in(place.key)
        rotate(store)
    eraser.join()
    assert [process.wait() for process in writers] == [0, 0]
    for process in writers:
        process.communicate()
    assert len(set(former)) > 2
    with reopen(place.url) as again:
        facts = again.log(limit=10_000)
        assert len(facts) == 1 + 20 + 2 * 60 * 3
        assert {fact.stream for fact in facts if fact.fact is None} == set(erased)
        assert all(again.stream(child)[0].fact for child in kept)
        assert opened_by(set(former) - set(secrets_in(place.key)), again, place) == 0


def _erase(url: str, children: list[object]) -> None:
    with reopen(url) as other:
        for child in children:
            other.keys.destroy(child)  # type: ignore[arg-type]


def test_no_secret_is_said(store: Store, place: Place) -> None:
    """The key file holds nothing but its keys, and what a rotation tells of itself is a number."""
    rotated = rotate(store)
    assert repr(rotated) == "Rotated(keys=0, resumed=False)"
    assert all(len(secret) == KEY_BYTES for secret in secrets_in(place.key))
