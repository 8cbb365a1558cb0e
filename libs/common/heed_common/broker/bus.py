"""Selection of the broker by the settings: `embedded`, `kafka://…` or `kafka+ssl://…`."""

from heed_common.broker.kafka.bus import KafkaBus
from heed_common.broker.kafka.connection import KafkaConnection
from heed_common.broker.postgres.bus import PostgresBus
from heed_common.broker.protocols import Bus
from heed_common.database import Database
from heed_common.settings import ServiceSettings, SettingsError

EMBEDDED = "embedded"


def open_bus(settings: ServiceSettings, *, log_url: str | None = None) -> Bus:
    """Return the broker, which the caller closes. The embedded log needs the address of its database."""
    if settings.bus == EMBEDDED:
        if log_url is None:
            raise SettingsError("HEED_BUS: embedded needs a log database; name a broker, such as kafka://host:9092")
        return PostgresBus(Database(log_url, pool_timeout=settings.database_pool_timeout, application_name="heed-log"))
    scheme, _, bootstrap = settings.bus.partition("://")
    password = settings.kafka_password
    return KafkaBus(
        KafkaConnection(
            bootstrap,
            tls=scheme == "kafka+ssl",
            username=settings.kafka_username,
            password=None if password is None else password.get_secret_value(),
            mechanism=settings.kafka_mechanism,
        )
    )
