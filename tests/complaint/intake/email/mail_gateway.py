"""A mail gateway for tests: the application with its secret, and the headers that sign a body."""

from pydantic import SecretStr

from heed_common.metrics import Metrics
from heed_common.resources import Resources
from heed_complaint.app import create_app
from heed_complaint.intake.email.rules import sign
from heed_complaint.settings import Settings
from tests.app_cache import laid_out

MAIL = "/v1/intake/mail"
SECRET = "a secret that only the mail gateway has"  # noqa: S105 it opens nothing but tests


def make_mail_app(database, clock, **settings):
    """Return the complaint service with the mail intake on."""
    given = {"intake_mail_secret": SecretStr(SECRET)} | settings
    return laid_out(
        create_app(
            Settings(database_url="postgresql://nobody@127.0.0.1:1/nothing", **given),
            Resources(database, clock, Metrics("complaint")),
        )
    )


def signed(body, *, at):
    """Return the headers of a delivery at this moment."""
    timestamp = str(int(at.timestamp()))
    signature = sign(SECRET, timestamp=timestamp, body=body).hex()
    return {"Heed-Timestamp": timestamp, "Heed-Signature": f"v1={signature}"}
