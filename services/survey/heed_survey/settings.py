"""What the survey service is told by its environment."""

from typing import ClassVar

from heed_common.settings import ServiceSettings


class Settings(ServiceSettings):
    service: ClassVar[str] = "survey"
