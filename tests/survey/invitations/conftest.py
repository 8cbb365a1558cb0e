"""A sender of the survey service, with a real mail server."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from pydantic import SecretStr

from heed_common.clock import FakeClock
from heed_common.database import Database
from heed_common.messages.job import Sender
from heed_common.metrics import Metrics
from heed_survey.invitations.delivery.service import late_parts
from heed_survey.invitations.delivery.texts import TEMPLATES
from tests.common.messages.conftest import Queue, smtp
from tests.common.messages.factories import address_of
from tests.common.messages.mail_server import MailServer, ReceivedMail, running

SECRET = SecretStr("a token that the services show each other")
URL = "https://heed.example"


class Mailing(Queue):
    """The queue of the survey service, its sender, and the mail server."""

    def __init__(self, database: Database, clock: FakeClock, server: MailServer) -> None:
        super().__init__(database, clock)
        self.metrics = Metrics("survey")
        self.server = server

    async def send(self, *, public_url: str | None = URL) -> None:
        """Send everything that is due."""
        await self.run(self._sender(public_url))

    async def send_once(self) -> None:
        """Try each message once, an hour after the last attempt."""
        self.clock.advance(timedelta(hours=2))
        before = {row.id: row.attempts for row in await self.rows()}

        async def were_tried() -> bool:
            return all(row.state != "queued" or row.attempts > before[row.id] for row in await self.rows())

        await self.run(self._sender(URL), until=were_tried)

    def _sender(self, public_url: str | None) -> Sender:
        late = late_parts(self.database, self.clock, public_url=public_url, secret=SECRET)
        return self.sender(smtp(self.server, self.clock), catalogue=TEMPLATES, late_parts=late)

    def mails_to(self, customer_id: object) -> list[ReceivedMail]:
        return [mail for mail in self.server.received if mail.recipient == address_of(customer_id)]

    def tokens(self) -> list[str]:
        """The tokens of all mails that were received."""
        return [token_of(mail) for mail in self.server.received]


def token_of(mail: ReceivedMail) -> str:
    content = str(mail.mail.get_content())
    return content.partition(f"{URL}/s/")[2].split()[0]


@pytest_asyncio.fixture
async def server() -> AsyncIterator[MailServer]:
    async with running(MailServer()) as server:
        yield server


@pytest.fixture
def mailing(survey_database: Database, clock: FakeClock, server: MailServer) -> Mailing:
    return Mailing(survey_database, clock, server)
