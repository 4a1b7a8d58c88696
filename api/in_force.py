"""What is in force here, as data: programmes and consent policies, with their hashes."""

from collections.abc import Mapping
from typing import Any

from consent_policy.policy import Policy
from domain.programme import Programmes


def programmes(loaded: Programmes) -> list[dict[str, Any]]:
    return [each.model_dump(mode="json") | {"sha256": loaded.sha256[each.id, each.version]} for each in loaded]


def policies(known: Mapping[str, Policy]) -> list[dict[str, Any]]:
    """In the order in which they came into force."""
    return [
        {"policy": each.id, "in_force_from": each.in_force_from.isoformat(), "sha256": each.sha256}
        for each in sorted(known.values(), key=lambda policy: policy.in_force_from)
    ]
