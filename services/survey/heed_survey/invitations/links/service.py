"""Use cases of links: create, open, burn."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.identifiers import new_id
from heed_survey.invitations.links import repository, rules
from heed_survey.invitations.links.errors import LinkExpired, LinkNotFound, LinkUsed
from heed_survey.invitations.links.rules import AnonymousSigner, Link, LinkKind, LinkTarget, SignedToken
from heed_survey.invitations.links.tables import SurveyLink

TARGET_COLUMNS = tuple(LinkTarget.__dataclass_fields__)


class IssuedLink(NamedTuple):
    """A new link with its token, which cannot be shown a second time."""

    token: str
    link: Link


async def create_link(
    session: AsyncSession, *, kind: LinkKind, target: LinkTarget, expires_at: datetime | None, now: datetime
) -> IssuedLink:
    """Create a personal or open link with a random token."""
    token = rules.new_token()
    await store_token(session, token=token, kind=kind, target=target, expires_at=expires_at, now=now)
    return IssuedLink(token, await open_link(session, token=token, now=now))


async def store_token(
    session: AsyncSession,
    *,
    token: str,
    target: LinkTarget,
    expires_at: datetime | None,
    now: datetime,
    kind: LinkKind = LinkKind.PERSONAL,
) -> None:
    """Store the hash of the token. A token that is stored already stays as it is."""
    values = asdict(target) | {"id": new_id(), "token_hash": rules.token_hash(token), "kind": kind}
    await repository.insert_link(session, values | {"created_at": now, "expires_at": expires_at})


async def publish_key(
    session: AsyncSession, *, signer: AnonymousSigner, survey_id: UUID, wave: str | None, expires_at: datetime
) -> None:
    """Accept the anonymous links that the signer draws. A later call can only extend their validity."""
    values = {"id": signer.key_id, "public_key": signer.public_key, "survey_id": survey_id, "wave": wave}
    await repository.upsert_key(session, values | {"expires_at": expires_at})


async def open_link(session: AsyncSession, *, token: str, now: datetime) -> Link:
    """Return what the link belongs to. Raises `LinkNotFound`, `LinkExpired`, `LinkUsed`."""
    if (signed := rules.parse_signed(token)) is not None:
        return await _open_anonymous(session, signed, now=now)
    row = await repository.find_link(session, rules.token_hash(token)) if rules.is_plain(token) else None
    if row is None:
        raise LinkNotFound
    if row.used_at is not None:
        raise LinkUsed
    if row.expires_at is not None and row.expires_at <= now:
        raise LinkExpired
    return _to_link(row)


async def burn(session: AsyncSession, *, link: Link, now: datetime) -> None:
    """Use the link up, in the transaction of its response. Raises `LinkUsed` for all but the first caller.

    Open links are not used up. All links of an invitation are used up together.
    """
    if link.kind is LinkKind.OPEN:
        return
    if link.key_id is not None:
        if not await repository.insert_burnt(session, token_hash=link.token_hash, key_id=link.key_id):
            raise LinkUsed
        return
    rows = await repository.lock_links(session, id_=link.id, invitation_id=link.target.invitation_id)
    if not rows or any(row.used_at is not None for row in rows):
        raise LinkUsed
    for row in rows:
        row.used_at = now


async def use_up(session: AsyncSession, *, invitation_id: UUID, at: datetime) -> None:
    """Use up the links of an invitation whose response a restore has recovered."""
    for row in await repository.lock_links(session, id_=None, invitation_id=invitation_id):
        row.used_at = row.used_at or at


async def list_open_links(session: AsyncSession, *, survey_id: UUID) -> list[Link]:
    """Return the open links of the survey, the oldest first."""
    rows = await repository.list_links(session, survey_id=survey_id, kind=LinkKind.OPEN)
    return [_to_link(row) for row in rows]


async def end_open_link(session: AsyncSession, *, survey_id: UUID, link_id: UUID, now: datetime) -> None:
    """Let an open link expire now. Raises `LinkNotFound`."""
    if not await repository.expire_link(session, survey_id=survey_id, id_=link_id, now=now):
        raise LinkNotFound


async def count_burnt(session: AsyncSession, *, survey_id: UUID, wave: str | None = None) -> int:
    """Return how many anonymous links were used, in the wave or in all waves."""
    return await repository.count_burnt(session, survey_id=survey_id, wave=wave)


async def delete_links_of(session: AsyncSession, *, invitation_ids: Sequence[UUID]) -> None:
    """Delete the links of invitations."""
    await repository.delete_links_of(session, invitation_ids)


async def _open_anonymous(session: AsyncSession, token: SignedToken, *, now: datetime) -> Link:
    key = await repository.find_key(session, token.key_id)
    if key is None or not rules.is_signed_by(token, key.public_key):
        raise LinkNotFound
    if await repository.is_burnt(session, token.hash):
        raise LinkUsed
    if key.expires_at <= now:
        raise LinkExpired
    return Link(
        id=None,
        kind=LinkKind.ANONYMOUS,
        target=LinkTarget(survey_id=key.survey_id, wave=key.wave),
        token_hash=token.hash,
        key_id=key.id,
        expires_at=key.expires_at,
    )


def _to_link(row: SurveyLink) -> Link:
    target = LinkTarget(**{name: getattr(row, name) for name in TARGET_COLUMNS})
    return Link(id=row.id, kind=LinkKind(row.kind), target=target, token_hash=row.token_hash, expires_at=row.expires_at)
