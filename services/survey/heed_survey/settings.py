"""Settings of the survey service."""

from datetime import timedelta
from typing import ClassVar

from pydantic import Field

from heed_common.messages.settings import MessageSettings


class Settings(MessageSettings):
    service: ClassVar[str] = "survey"

    call_back_after_hours: float = Field(24, ge=0, le=24 * 365)
    """Hours from the completion of a complaint to its call-back."""
    lost_after_days: int = Field(365, ge=1, le=36500)
    """Days without a purchase after which a customer who has bought before counts as lost."""

    @property
    def call_back_delay(self) -> timedelta:
        return timedelta(hours=self.call_back_after_hours)
