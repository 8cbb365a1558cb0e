"""`python -m heed_survey api | worker | migrate | openapi | new-key | rotate-keys`."""

from heed_common import cli
from heed_survey.app import create_app
from heed_survey.commands import COMMANDS, ENCRYPTED
from heed_survey.settings import Settings
from heed_survey.worker import create_worker

raise SystemExit(
    cli.run(
        Settings,
        create_app=create_app,
        create_worker=create_worker,
        migrations="heed_survey",
        extra_commands=COMMANDS,
        encrypted=ENCRYPTED,
    )
)
