"""Settings: which are set, and which are unknown."""

import os
from difflib import get_close_matches

from heed.doctor.findings import Finding, ok, problem, warning
from heed.services import all_services
from heed.settings import Settings, defaults
from heed_common.settings import ServiceSettings, SettingsError, read_database_url, variables

PREFIX = "HEED_"
OF_OTHERS = frozenset({"HEED_GATEWAY_ADDRESS", "HEED_KAFKA_JAVA", "HEED_REQUIRE_KAFKA", "HEED_TOKEN", "HEED_URL"})
"""Variables of compose, the tests, and the programs that use the product."""
OF_TESTS = ("HEED_TEST_", "HEED_E2E")
ANYWHERE = "postgresql://nobody@/none"


def check_settings() -> list[Finding]:
    """Check the environment; values are not shown, because some are secrets."""
    classes: list[type[ServiceSettings]] = [Settings, *(service.settings for service in all_services())]
    known = {name for kind in classes for name in variables(kind)} | OF_OTHERS
    given = sorted(name for name in os.environ if name.startswith(PREFIX) and not name.startswith(OF_TESTS))
    right = [name for name in given if name in known]
    shown = f"{', '.join(right)}." if right else "None is set; all have their defaults."
    unknown = [_unknown(name, known) for name in given if name not in known]
    return [ok("settings", shown), *unknown, *_refused(classes)]


def _unknown(name: str, known: set[str]) -> Finding:
    near = get_close_matches(name, sorted(known), n=1)
    remedy = f"Did you mean {near[0]}?" if near else "Remove it; docs and deploy/README.md list all settings."
    return warning("settings", f"{name} is set and not used.", remedy)


def _refused(classes: list[type[ServiceSettings]]) -> list[Finding]:
    refused: dict[str, None] = {}
    for kind in classes:
        try:
            kind.load(**{"database_url": read_database_url(kind.service) or ANYWHERE, **defaults()})
        except SettingsError as error:
            refused |= dict.fromkeys(str(error).splitlines())
    return [problem("settings", line, "Correct it: processes that use it do not start.") for line in refused]
