"""`python -m heed_customer api | worker | migrate | openapi | new-key | rotate-keys`."""

from heed_common import cli
from heed_customer.app import create_app
from heed_customer.commands import COMMANDS
from heed_customer.settings import Settings
from heed_customer.worker import create_worker

raise SystemExit(
    cli.run(
        Settings,
        create_app=create_app,
        create_worker=create_worker,
        migrations="heed_customer",
        extra_commands=COMMANDS,
    )
)
