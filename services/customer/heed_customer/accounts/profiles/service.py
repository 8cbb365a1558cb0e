"""Use cases of profiles: read, replaced, and the history of their changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.auth.scopes import Caller, authorize
from heed_common.contracts.customer import CustomerKind
from heed_common.encryption import FieldCipher
from heed_common.identifiers import new_id
from heed_common.problems import invalid
from heed_common.revisions import check_if_match, require_if_match
from heed_customer.accounts.profiles import repository, rules
from heed_customer.accounts.profiles.errors import BirthDateInFuture, ProfileGroupNotApplicable, ProfileGroupUnknown
from heed_customer.accounts.profiles.groups import catalogue
from heed_customer.accounts.profiles.groups.catalogue import MODELS, READ_ONLY, ProfileGroup
from heed_customer.accounts.profiles.rules import ProfileDiff
from heed_customer.accounts.profiles.tables import Profile, ProfileChange
from heed_customer.accounts.sensitive_fields import service as sensitive
from heed_customer.accounts.sensitive_fields.service import SensitiveFields
from heed_customer.reach.consents import service as consents
from heed_customer.records.customers import service as customers
from heed_customer.records.customers.service import Family

READ_SCOPE, WRITE_SCOPE = "profiles:sensitive:read", "profiles:sensitive:write"
NO_REVISION = 0


@dataclass(frozen=True, slots=True)
class ProfileView:
    """A group of a customer, as a caller is shown it."""

    customer_id: UUID
    group: ProfileGroup
    fields: Mapping[str, Any]
    revision: int

    def to_document(self) -> dict[str, Any]:
        return dict(self.fields)


@dataclass(frozen=True, slots=True)
class Access:
    """The caller and the keys: who reads or writes, and how sensitive fields are stored."""

    caller: Caller
    cipher: FieldCipher


def parse_group(name: str) -> ProfileGroup:
    """Return the group. Raises `ProfileGroupUnknown`."""
    try:
        return ProfileGroup(name)
    except ValueError:
        raise ProfileGroupUnknown from None


async def get_profile(
    session: AsyncSession, *, customer_id: UUID, group: ProfileGroup, access: Access, now: datetime
) -> ProfileView:
    """Return the group of the customer, of a merged one that of the survivor; empty if nothing is recorded.

    Sensitive fields are shown, and the read recorded, if the caller has the scope and the customer consents.
    """
    customer = await customers.get_customer(session, customer_id=customer_id)
    _check_applicable(group, customer.kind)
    profile = await repository.get_profile(session, customer.id, group)
    return await _view(session, customer.id, group, profile, access=access, now=now)


async def put_profile(
    session: AsyncSession,
    *,
    customer_id: UUID,
    group: ProfileGroup,
    document: Mapping[str, Any],
    access: Access,
    if_match: int | None,
    now: datetime,
) -> ProfileView:
    """Replace the group of the customer; only an actual change makes a new revision.

    Sensitive fields that the caller is not shown are not deleted by leaving them out. Raises `Invalid`,
    `CustomerNotFound`, `CustomerIsMerged`, `ProfileGroupNotApplicable`, `BirthDateInFuture`, `ScopeMissing`,
    `SensitiveConsentMissing`, and the errors of If-Match.
    """
    new = _parse(group, document)
    customer = await customers.lock_unmerged(session, customer_id=customer_id)
    _check_applicable(group, customer.kind)
    _check_birth_date(new, now=now)
    profile = await repository.lock_profile(session, customer_id, group)
    if profile is None:
        check_if_match(if_match, NO_REVISION)
    else:
        require_if_match(if_match, profile.revision)
    diff = await _diff(session, customer_id, group, profile, new, access=access, now=now)
    if diff.sensitive:
        authorize(access.caller, [WRITE_SCOPE])
    if diff.names:
        # Before the sensitive fields: with a new date of birth the consent may need a guardian.
        profile = await _save(session, customer_id, group, profile, diff, by=access.caller.id, now=now)
    await sensitive.save(
        session, customer_id=customer_id, group=group, values=diff.sensitive, cipher=access.cipher, now=now
    )
    return await _view(session, customer_id, group, profile, access=access, now=now)


async def list_changes(
    session: AsyncSession, *, family: Family, group: ProfileGroup, after: UUID | None, limit: int
) -> Sequence[ProfileChange]:
    """Return the changes of a group of a customer and its duplicates, the newest first."""
    return await repository.list_changes(session, family.ids, group, after=after, limit=limit)


async def birth_date_of(session: AsyncSession, customer_id: UUID) -> date | None:
    """Return the date of birth in the profile of this customer, if it is recorded."""
    text = await repository.get_field(session, customer_id, ProfileGroup.BASICS, "birth_date")
    return None if text is None else date.fromisoformat(text)


def _parse(group: ProfileGroup, document: Mapping[str, Any]) -> dict[str, Any]:
    try:
        parsed = MODELS[group].model_validate(document)
    except ValidationError as error:
        raise invalid(error) from None
    return parsed.model_dump(mode="json", exclude_none=True, exclude=set(READ_ONLY))


def _check_applicable(group: ProfileGroup, kind: str) -> None:
    if group not in catalogue.groups_of(CustomerKind(kind)):
        raise ProfileGroupNotApplicable


def _check_birth_date(new: Mapping[str, Any], *, now: datetime) -> None:
    text = new.get("birth_date")
    if text is not None and date.fromisoformat(text) > now.date():
        raise BirthDateInFuture(pointer="/birth_date")


async def _diff(
    session: AsyncSession,
    customer_id: UUID,
    group: ProfileGroup,
    profile: Profile | None,
    new: Mapping[str, Any],
    *,
    access: Access,
    now: datetime,
) -> ProfileDiff:
    stored = await sensitive.load(session, customer_id=customer_id, group=group, cipher=access.cipher)
    shown = await _may_see(session, customer_id, stored, access=access, now=now)
    deletable = stored.values.keys() if shown and access.caller.may(WRITE_SCOPE) else frozenset[str]()
    return rules.diff(
        profile.fields if profile is not None else {},
        stored.values,
        new,
        sensitive=catalogue.sensitive_fields(group),
        deletable=deletable,
    )


async def _may_see(
    session: AsyncSession, customer_id: UUID, stored: SensitiveFields, *, access: Access, now: datetime
) -> bool:
    if not stored.names or not access.caller.may(READ_SCOPE):
        return False
    return await sensitive.is_permitted(session, customer_id=customer_id, now=now)


async def _save(
    session: AsyncSession,
    customer_id: UUID,
    group: ProfileGroup,
    profile: Profile | None,
    diff: ProfileDiff,
    *,
    by: str,
    now: datetime,
) -> Profile:
    if profile is None:
        profile = Profile(customer_id=customer_id, profile_group=group, fields={}, revision=NO_REVISION)
    remaining = {name: value for name, value in profile.fields.items() if name not in diff.before}
    profile.fields = remaining | dict(diff.after)
    profile.schema_version = MODELS[group].schema_version
    profile.revision += 1
    profile.changed_at, profile.changed_by = now, by
    await repository.add_profile(session, profile)
    change = ProfileChange(
        id=new_id(),
        customer_id=customer_id,
        profile_group=group,
        revision=profile.revision,
        changed_at=now,
        changed_by=by,
        fields=diff.names,
        before=dict(diff.before),
        after=dict(diff.after),
    )
    await repository.add_change(session, change)
    if group is ProfileGroup.BASICS and "birth_date" in diff.names:
        birth_date = await birth_date_of(session, customer_id)
        await consents.set_birth_date(session, customer_id=customer_id, birth_date=birth_date, now=now)
    return profile


async def _view(
    session: AsyncSession,
    customer_id: UUID,
    group: ProfileGroup,
    profile: Profile | None,
    *,
    access: Access,
    now: datetime,
) -> ProfileView:
    """Return what the caller is shown, and record the sensitive fields that are in it."""
    stored = await sensitive.load(session, customer_id=customer_id, group=group, cipher=access.cipher)
    shown = await _may_see(session, customer_id, stored, access=access, now=now)
    visible = dict(stored.values) if shown else {}
    await sensitive.record_reads(
        session, customer_id=customer_id, group=group, fields=visible.keys(), by=access.caller.id, now=now
    )
    fields: dict[str, Any] = (dict(profile.fields) if profile is not None else {}) | visible
    if withheld := sorted(stored.names - visible.keys()):
        fields["withheld"] = withheld
    if stored.verified:
        fields["verified"] = sorted(stored.verified)
    return ProfileView(customer_id, group, fields, profile.revision if profile is not None else NO_REVISION)
