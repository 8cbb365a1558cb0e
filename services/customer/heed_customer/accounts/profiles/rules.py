"""What a write changes in a group. Pure: no clock, no tables."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ProfileDiff:
    """The change of a group, sensitive fields apart."""

    before: Mapping[str, Any]
    after: Mapping[str, Any]
    sensitive: Mapping[str, Any]
    """Changed sensitive fields with their new values; None where one is deleted."""

    @property
    def names(self) -> list[str]:
        return sorted({*self.before, *self.after, *self.sensitive})


def diff(
    current: Mapping[str, Any],
    current_sensitive: Mapping[str, Any],
    new: Mapping[str, Any],
    *,
    sensitive: Collection[str],
    deletable: Collection[str],
) -> ProfileDiff:
    """Compare the stored group with the new document. An omitted sensitive field is deleted only if it is deletable."""
    plain = {name: value for name, value in new.items() if name not in sensitive}
    changed = {name for name in {*current, *plain} if current.get(name) != plain.get(name)}
    secret = {
        name: value
        for name, value in new.items()
        if name in sensitive and (name not in current_sensitive or current_sensitive[name] != value)
    }
    secret |= dict.fromkeys(name for name in deletable if name not in new)
    return ProfileDiff(
        {name: current[name] for name in sorted(changed) if name in current},
        {name: plain[name] for name in sorted(changed) if name in plain},
        secret,
    )
