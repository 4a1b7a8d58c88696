"""A store key in Vault: what it wraps, what it refuses, and what is said when it does not answer."""

import ssl
import traceback
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from ledger.errors import LedgerError, StoreAddress, StoreUnavailable, WrongKey
from ledger.keyfile import KeyFile
from ledger.keyplace import VaultAccess, VaultKey, key_place
from ledger.store import Store
from ledger.vault import LENGTH, VaultTransit, version
from tests.ledger.notes import FACTS, new_child, note, opened
from tests.ledger.place import Place, PostgresPlace
from tests.ledger.test_many_processes import assert_whole
from tests.ledger.test_secrecy import everything_said
from tests.vault import TOKEN, TransitKey, VaultServer

SECRET = b"a key of thirty-two bytes, plain"


@pytest.fixture
def vault() -> Iterator[VaultServer]:
    with VaultServer() as vault:
        yield vault


def access(token: str = TOKEN, seconds: float = 5) -> VaultAccess:
    return VaultAccess(lambda: token, seconds=seconds)


def transit(vault: VaultServer, key: str = "zorgspoor", seconds: float = 5) -> VaultTransit:
    place = key_place(vault.address(key))
    assert isinstance(place, VaultKey)
    return VaultTransit(place, access(seconds=seconds))


def make(vault: VaultServer, place: Place, key: str = "zorgspoor") -> Store:
    return Store.create(place.url, facts=FACTS, opened=opened, key_file=vault.address(key), vault=access())


@pytest.fixture
def place(place: Place) -> Place:
    """An address that does not say where the store key is."""
    place.url = place.url.partition("&key=")[0]
    return place


def test_what_is_wrapped_unwraps_in_its_own_context_only(vault: VaultServer) -> None:
    """Another child's, or the store's, is refused by Vault itself."""
    key = transit(vault)
    [wrapped] = key.wrap([(SECRET, b"stream/1")])
    assert key.unwrap([(wrapped, b"stream/1")]) == [SECRET]
    assert (len(wrapped), version(wrapped)) == (LENGTH, 1)
    for context in (b"stream/2", b"store/data"):
        with pytest.raises(WrongKey):
            key.unwrap([(wrapped, context)])


def test_a_store_is_made_and_opened_with_a_key_in_vault(vault: VaultServer, place: Place) -> None:
    """On each engine; there is no key file, and nobody opens it with one."""
    with make(vault, place) as store:
        child = new_child(store)
    assert not place.key.exists()
    with Store.open(place.url, facts=FACTS, key_file=vault.address(), vault=access()) as again:
        assert again.stream(child)[0].fact
    with pytest.raises(WrongKey):
        Store.open(place.url, facts=FACTS, store_key=KeyFile.create(place.key))


def test_the_address_of_a_database_says_where_in_vault_its_key_is(
    vault: VaultServer, postgres_place: PostgresPlace
) -> None:
    """As it says where a key file is."""
    url = f"{postgres_place.url.partition('&key=')[0]}&key={vault.address()}"
    with Store.create(url, facts=FACTS, opened=opened, vault=access()) as store:
        new_child(store)
    Store.open(url, facts=FACTS, vault=access()).close()
    with pytest.raises(StoreAddress, match="no token"):
        Store.open(url, facts=FACTS)


def test_a_key_that_does_not_keep_contexts_apart_is_refused(vault: VaultServer, place: Place) -> None:
    """Vault would ignore the context; the hint says how to make one that does. Nothing is made."""
    vault.keys["flat"] = TransitKey(derived=False)
    for name in ("flat", "nothing"):
        with pytest.raises(WrongKey) as refused:
            make(vault, place, name)
        assert f"transit/keys/{name} derived=true" in refused.value.hint
    make(vault, place).close()


def test_many_keys_are_one_round_trip(vault: VaultServer, place: Place) -> None:
    """To mint them, and to read a page of the log with them."""
    with make(vault, place) as store:
        children = [uuid4() for _ in range(400)]
        before = len(vault.requests)
        store.save([note(child, 1) for child in children])
        assert len(vault.requests) - before == 1
    with Store.open(place.url, facts=FACTS, key_file=vault.address(), vault=access()) as again:
        before = len(vault.requests)
        assert_whole(again)
        assert len(vault.requests) - before == 1
        again.stream(children[0])
        assert len(vault.requests) - before == 1


def test_more_keys_than_a_request_holds_are_several(vault: VaultServer) -> None:
    """In their order."""
    key = transit(vault)
    bound = [(number.to_bytes(32), b"stream/%d" % number) for number in range(1201)]
    wrapped = key.wrap(bound)
    assert vault.requests == ["POST /v1/transit/encrypt/zorgspoor"] * 3
    assert key.unwrap(list(zip(wrapped, (context for _, context in bound), strict=True))) == [key for key, _ in bound]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("forbidden", "does not let us use"),
        ("sealed", "sealed"),
        ("broken", "fails"),
        ("slow", "in time"),
        ("closed", "cannot be reached"),
        ("redirect", "Another server"),
    ],
)
def test_a_vault_that_does_not_answer_is_said(vault: VaultServer, place: Place, fault: str, said: str) -> None:
    """Reads and new children wait for it, with no word of token, keys or what was sent; then they go on."""
    with make(vault, place) as store:
        child = new_child(store)
    with Store.open(place.url, facts=FACTS, key_file=vault.address(), vault=access(seconds=0.3)) as store:
        vault.fault = fault
        sent = len(vault.bodies)
        for use in (
            lambda: store.stream(child),
            lambda: new_child(store),
            lambda: transit(vault, seconds=0.3).wrap([(SECRET, b"x")]),
        ):
            with pytest.raises(StoreUnavailable, match=said) as refused:
                use()
            assert_nothing_said(refused.value, vault.bodies[sent:])
        vault.fault = None
        assert store.stream(child)[0].fact
        new_child(store)
        assert_whole(store)


def assert_nothing_said(error: LedgerError, bodies: list[bytes]) -> None:
    said = "".join(traceback.format_exception(error)) + error.hint
    assert TOKEN not in everything_said(error) + error.hint
    assert "zorgspoor in Vault" not in said
    for body in bodies:
        assert body.decode()[30:60] not in said or not body
    assert error.__context__ is None


def test_a_vault_that_is_not_there_is_said(place: Place) -> None:
    """With its address, which is no secret."""
    with VaultServer() as gone:
        address = gone.address()
    with pytest.raises(StoreUnavailable, match=r"cannot be reached: key zorgspoor of transit in Vault at http"):
        Store.create(place.url, facts=FACTS, opened=opened, key_file=address, vault=access())


def test_a_key_that_is_gone_is_told_from_a_refusal(vault: VaultServer, place: Place) -> None:
    """Somebody deleted it, restored an older Vault, or raised what it decrypts: waiting does not help."""
    with make(vault, place) as store:
        new_child(store)
        store.keys.rotate(lambda rotated: None)
    kept = vault.keys["zorgspoor"]

    def said() -> str:
        with pytest.raises(WrongKey) as refused:
            Store.open(place.url, facts=FACTS, key_file=vault.address(), vault=access())
        assert refused.value.hint
        return str(refused.value)

    vault.keys["zorgspoor"] = TransitKey(versions=kept.versions[:1])
    assert "older than the keys" in said()
    vault.keys["zorgspoor"] = TransitKey(versions=[*kept.versions, b"x" * 32], oldest=3)
    assert "no longer decrypts" in said()
    vault.keys["zorgspoor"] = TransitKey(versions=[b"x" * 32, b"y" * 32])
    assert "does not open" in said()
    del vault.keys["zorgspoor"]
    assert "There is no key" in said()


def test_a_renewed_token_is_used(vault: VaultServer) -> None:
    """An agent wrote a new one to the file while the service ran."""
    tokens = [TOKEN]
    place = key_place(vault.address())
    assert isinstance(place, VaultKey)
    key = VaultTransit(place, VaultAccess(lambda: tokens[-1]))
    vault.token = "hvs.the-next-token"
    with pytest.raises(StoreUnavailable):
        key.wrap([(SECRET, b"x")])
    tokens.append(vault.token)
    assert key.unwrap([(key.wrap([(SECRET, b"x")])[0], b"x")]) == [SECRET]


def test_a_connection_that_vault_closed_while_idle_is_made_again(vault: VaultServer) -> None:
    """Once; what is wrapped twice does no harm."""
    key = transit(vault)
    key.wrap([(SECRET, b"x")])
    answer, closed = vault.answer, list[bool]()

    def close_once(*request: object) -> object:
        if not closed:
            closed.append(True)
            raise ConnectionAbortedError
        return answer(*request)  # type: ignore[arg-type]

    vault._server.handle_error = lambda *_: None  # type: ignore[method-assign]
    vault.answer = close_once  # type: ignore[method-assign,assignment]
    assert len(key.wrap([(SECRET, b"x")])) == 1
    assert closed


def test_vault_must_prove_who_it_is(tmp_path: Path, self_signed: tuple[Path, Path]) -> None:
    """A certificate that nobody we know signed is refused; named as an authority, it is accepted."""
    certificate, key = self_signed
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    with VaultServer(tls) as vault:
        place = key_place(vault.address())
        assert isinstance(place, VaultKey)
        with pytest.raises(StoreUnavailable, match="prove who it is"):
            VaultTransit(place, access()).wrap([(SECRET, b"x")])
        trusting = VaultAccess(lambda: TOKEN, certificate)
        assert VaultTransit(place, trusting).wrap([(SECRET, b"x")])


@pytest.mark.parametrize(
    "address",
    [
        "vault+http://vault.example.org:8200/transit/key",
        "vault+https://vault.example.org",
        "vault+https://vault.example.org/key",
        "vault+https://anna:geheim@vault.example.org/transit/key",
        "vault+https://vault.example.org/transit/key?token=geheim",
        "vault+https://vault.example.org/transit/../key",
        "vault+ftp://vault.example.org/transit/key",
        "vault+https://vault.example.org:port/transit/key",
    ],
)
def test_half_an_address_of_vault_is_refused(address: str) -> None:
    """Without repeating it; and plain http goes no further than this machine."""
    with pytest.raises(StoreAddress) as refused:
        key_place(address)
    assert "geheim" not in str(refused.value) + refused.value.hint
    assert "vault+https://" in refused.value.hint


def test_an_engine_may_be_mounted_anywhere() -> None:
    """Vault's mounts may have several parts."""
    assert key_place("vault+https://vault.example.org/city/transit/key-1") == VaultKey(
        "https://vault.example.org", "city/transit", "key-1"
    )


def test_a_tombstone_hides_what_it_replaces(vault: VaultServer, place: Place) -> None:
    """A wrapping of Vault is longer than ours, and all of one length, whatever the version."""
    with make(vault, place) as store:
        child, other = new_child(store), new_child(store)
        wrapped = place.wrapped_keys()[child]
        store.keys.destroy(child)
        assert place.wrapped_keys()[child] == bytes(len(wrapped)) == bytes(LENGTH)
        vault.keys["zorgspoor"].versions += [b"x" * 32] * 99_999
        store.keys.rotate(lambda rotated: None)
        assert len(place.wrapped_keys()[other]) == LENGTH
        assert place.wrapped_keys()[child] == bytes(LENGTH)


def test_no_key_and_no_token_stands_in_a_file(vault: VaultServer, place: Place) -> None:
    """Of the store, in the clear."""
    with make(vault, place) as store:
        child = new_child(store)
        secret = store.keys.get(child)._secret
        files = place.content()
        assert secret not in files
        assert TOKEN.encode() not in files
