"""A policy file: what is shipped, which one is in force, and what a wrong one answers."""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from consent_policy.decide import decide
from consent_policy.needs import NEEDS
from consent_policy.policy import (
    FOLDER,
    NeedName,
    PolicyInvalid,
    PolicyMissing,
    WhoName,
    get,
    in_force,
    load,
    shipped,
)
from consent_policy.who import WHO
from tests.consent_policy.given import HELP, NOON, POLICY, F, M, at, given, look, permits, policy_with


def test_the_shipped_policy_has_the_rules_of_consent_md_in_order() -> None:
    """The order decides, so it is written out."""
    names = """
        own-signal asking closing screening care-team school named coordination coordination-identity referral research
        youth guardian general-information protection-order break-glass veilig-thuis audit reveal legal evaluation
    """
    assert [rule.name for rule in POLICY.rules] == names.split()


def test_a_policy_is_known_by_the_hash_of_its_bytes() -> None:
    """An auditor can compute it with any tool."""
    assert POLICY.sha256 == hashlib.sha256((FOLDER / "2026-11.toml").read_bytes()).hexdigest()
    assert decide(given(*HELP), look(), at(NOON), POLICY).policy_sha256 == POLICY.sha256


def test_every_condition_that_a_policy_can_name_is_written_and_the_other_way_round() -> None:
    """A policy file cannot name what no code answers."""
    assert set(WHO) == set(get_args(WhoName))
    assert set(NEEDS) == set(get_args(NeedName))


def test_every_condition_is_used_by_some_shipped_policy() -> None:
    """What no policy names is nobody's rule."""
    rules = [rule for policy in shipped().values() for rule in policy.rules]
    assert {name for rule in rules for name in rule.who} == set(WHO)
    assert {name for rule in rules for name in rule.needs} == set(NEEDS)


@pytest.mark.parametrize("condition", [*WHO.values(), *NEEDS.values()])
def test_every_condition_says_what_it_means(condition: Callable[..., object]) -> None:
    """The one sentence in which an auditor reads it."""
    assert condition.__doc__


@pytest.mark.parametrize(
    ("said", "instead", "key", "reason"),
    [
        ('who = ["invoker"]', 'who = ["everybody"]', "rules.15.who.0", "Input should be"),
        ('needs = ["approval"]', 'needs = ["a_coin"]', "rules.18.needs.0", "Input should be"),
        ('purpose = "research"', 'purpose = "curiosity"', "rules.10.purpose", "Input should be"),
        ('roles = ["researcher"]', 'roles = ["neighbour"]', "rules.10.roles.0", "Input should be"),
        ('categories = ["identity"]', 'categories = ["secrets"]', "rules.8.categories", "Input should be"),
        ('law = "disclosure"', 'law = "gravity"', "rules.5.law", "Input should be"),
        ('note = "no text, random id"', "colour = 3", "rules.10.colour", "Extra inputs"),
        ('who = ["author_of_signal"]', "who = []", "rules.0.who", "at least 1 item"),
        ('disclosure_12_15 = "both"', 'disclosure_12_15 = "nobody"', "parameters.disclosure_12_15", "Input should be"),
        (
            "in_force_from = 2015-01-01T00:00:00+01:00",
            "in_force_from = 2015-01-01T00:00:00",
            "in_force_from",
            "timezone",
        ),
        ('ages = ["under 12"]', 'ages = ["12-15"]', "", "whose_consent: exactly one row"),
        ('regimes = ["jeugdwet", "wgbo"]', 'regimes = ["jeugdwet"]', "", "whose_consent: exactly one row"),
        ("education = 16", "", "", "youth_from_age: one age for every regime"),
        ('name = "closing"', 'name = "asking"', "", "two rules of one name: ['asking']"),
        ('id = "2026-11"', 'id = "2026-11', "", "Illegal character"),
    ],
)
def test_a_wrong_file_is_refused_with_file_key_and_reason(
    tmp_path: Path, said: str, instead: str, key: str, reason: str
) -> None:
    """Unknown conditions, roles, categories, purposes and keys; holes in the table; no TOML at all."""
    with pytest.raises(PolicyInvalid, match=re.escape(reason)) as refused:
        policy_with(tmp_path, said, instead, name="wrong")
    assert refused.value.file == "wrong.toml"
    assert refused.value.key.startswith(key)
    assert str(refused.value).startswith("wrong.toml: ")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """Bytes that are not UTF-8."""
    (tmp_path / "wrong.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(PolicyInvalid, match=r"wrong\.toml"):
        load(tmp_path / "wrong.toml")


def test_a_missing_policy_is_an_error_and_never_a_fall_back(tmp_path: Path) -> None:
    """No such file, no such id, none in force yet."""
    with pytest.raises(PolicyMissing):
        load(tmp_path / "2030-01.toml")
    with pytest.raises(PolicyMissing):
        get(shipped(), "2030-01")
    with pytest.raises(PolicyMissing):
        in_force(shipped(), at("2014-12-31T23:59:59"))
    with pytest.raises(PolicyMissing):
        in_force({}, at(NOON))


def test_a_policy_is_chosen_by_when_the_decision_is_taken(tmp_path: Path) -> None:
    """Case 20: replaced in September, a decision of August is replayed with August's policy and hash."""
    later = policy_with(
        tmp_path,
        'id = "2026-11"',
        'id = "2027-09"',
        name="2027-09",
    ).model_copy(update={"in_force_from": at("2027-09-01")})
    policies = {**shipped(), later.id: later}
    august = in_force(policies, at("2027-08-31T23:59:59"))
    assert (august.id, in_force(policies, at("2027-09-01")).id) == ("2026-11", "2027-09")
    grounds = given(*HELP, permits(M), permits(F))
    replayed = decide(grounds, look(), at("2025-03-03T12:00"), get(policies, august.id))
    assert (replayed.policy, replayed.policy_sha256) == ("2026-11", POLICY.sha256)
    assert later.sha256 != POLICY.sha256


def test_histories_since_the_jeugdwet_find_a_policy() -> None:
    """Simulated stores whose clock stands in the past decide too."""
    assert in_force(shipped(), at("2015-01-01")).id == "2026-11"
