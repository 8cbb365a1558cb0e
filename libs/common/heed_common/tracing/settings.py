"""The standard variables of OpenTelemetry, which decide whether and how traces are exported.

The SDK reads them itself, but only warns of a wrong value and takes another one: here a wrong value ends the start.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from heed_common.settings import SettingsError

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
EXPORTER = "OTEL_TRACES_EXPORTER"
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
PROTOCOL = "http/protobuf"
TIMEOUTS = ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT")
SAMPLER, SAMPLER_ARGUMENT = "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG"
RATIO_SAMPLERS = ("traceidratio", "parentbased_traceidratio")
SAMPLERS = ("always_on", "always_off", "parentbased_always_on", "parentbased_always_off", *RATIO_SAMPLERS)
QUEUE, BATCH, DELAY = "OTEL_BSP_MAX_QUEUE_SIZE", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "OTEL_BSP_SCHEDULE_DELAY"
DEFAULT_QUEUE, DEFAULT_BATCH = 2048, 512


def exports_traces(environ: Mapping[str, str]) -> bool:
    """Return whether traces are exported. Raises `SettingsError`, which names the variable and not its value."""
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true" or environ.get(EXPORTER) == "none":
        return False
    if not any(environ.get(name) for name in ENDPOINTS):
        return False
    problems = [*_endpoint_problems(environ), *_sampler_problems(environ), *_number_problems(environ)]
    if problems:
        raise SettingsError("\n".join(problems))
    return True


def queue_size(environ: Mapping[str, str]) -> int:
    """Return how many spans may wait for their export."""
    return int(environ.get(QUEUE) or DEFAULT_QUEUE)


def batch_size(environ: Mapping[str, str]) -> int:
    """Return how many spans one request to the collector has at most."""
    return min(int(environ.get(BATCH) or DEFAULT_BATCH), queue_size(environ))


def _endpoint_problems(environ: Mapping[str, str]) -> list[str]:
    problems = [
        f"{name}: must be an address such as http://collector:4318"
        for name in ENDPOINTS
        if environ.get(name) and not _is_address(environ[name])
    ]
    if environ.get(EXPORTER, "otlp") not in ("otlp", ""):
        problems.append(f"{EXPORTER}: must be otlp or none")
    problems += [
        f"{name}: must be {PROTOCOL}" for name in PROTOCOLS if environ.get(name, PROTOCOL) not in (PROTOCOL, "")
    ]
    return problems


def _is_address(text: str) -> bool:
    try:
        address = urlsplit(text.strip())
        _ = address.port
    except ValueError:
        return False
    return address.scheme in ("http", "https") and bool(address.hostname)


def _sampler_problems(environ: Mapping[str, str]) -> list[str]:
    sampler = environ.get(SAMPLER, "").lower()
    if sampler and sampler not in SAMPLERS:
        return [f"{SAMPLER}: must be one of {', '.join(SAMPLERS)}"]
    ratio = _number(environ.get(SAMPLER_ARGUMENT, ""))
    if sampler in RATIO_SAMPLERS and (ratio is None or not 0 <= ratio <= 1):
        return [f"{SAMPLER_ARGUMENT}: must be a share from 0 to 1, such as 0.1"]
    return []


def _number_problems(environ: Mapping[str, str]) -> list[str]:
    whole = [name for name in (QUEUE, BATCH) if environ.get(name) and not environ[name].strip().isdigit()]
    whole += [name for name in (QUEUE, BATCH) if environ.get(name, "").strip().isdigit() and int(environ[name]) == 0]
    numbers = [name for name in (DELAY, *TIMEOUTS) if environ.get(name) and not (_number(environ[name]) or 0) > 0]
    return [f"{name}: must be a positive number" for name in (*whole, *numbers)]


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
