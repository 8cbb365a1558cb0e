"""Requests and responses of open links."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import Field

from heed_common.fields import ExternalId, Moment, RequestModel, ResponseModel, ShortText
from heed_survey.collection.open_links.tables import OpenLink

MAX_LIFETIME = timedelta(days=3650)


class OpenLinkIn(RequestModel):
    service_point_id: ExternalId
    """Code of the service point whose visitors answer over the link."""
    label: ShortText | None = None
    """Where it hangs: "till 2"."""
    expires_in: Annotated[timedelta, Field(gt=timedelta(0), le=MAX_LIFETIME, examples=["P90D"])] | None = None
    """As an ISO 8601 duration; without it the link lasts as long as the survey."""

    def expires_at(self, now: datetime) -> datetime | None:
        return None if self.expires_in is None else now + self.expires_in


class OpenLinkOut(ResponseModel):
    id: UUID
    survey_id: UUID
    service_point_id: str
    label: str | None
    """For people, such as where it hangs; null if none."""
    url: str
    """Printed in the QR code at `qr.svg` and `qr.png` below the link."""
    created_at: Moment
    expires_at: Moment | None
    revoked_at: Moment | None
    """When it was switched off; null while it accepts responses."""

    @classmethod
    def from_domain(cls, link: OpenLink, *, base_url: str) -> "OpenLinkOut":
        return cls(
            id=link.id,
            survey_id=link.survey_id,
            service_point_id=link.service_point_id,
            label=link.label,
            url=form_url(link, base_url=base_url),
            created_at=link.created_at,
            expires_at=link.expires_at,
            revoked_at=link.revoked_at,
        )


def form_url(link: OpenLink, *, base_url: str) -> str:
    return f"{base_url.rstrip('/')}/s/{link.token}"
