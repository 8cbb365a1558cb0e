import pytest

from heed_common.settings import SettingsError
from heed_common.tracing.settings import batch_size, exports_traces, queue_size

ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": ""},
        {"OTEL_SERVICE_NAME": "desk", "OTEL_TRACES_SAMPLER": "nonsense"},
        ENDPOINT | {"OTEL_SDK_DISABLED": "true"},
        ENDPOINT | {"OTEL_TRACES_EXPORTER": "none"},
    ],
)
def test_without_an_endpoint_or_switched_off_nothing_is_exported(environ):
    assert not exports_traces(environ)


@pytest.mark.parametrize(
    "environ",
    [
        ENDPOINT,
        {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://user:secret@collector/v1/traces"},
        ENDPOINT | {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.05"},
        ENDPOINT | {"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf", "OTEL_BSP_SCHEDULE_DELAY": "200"},
    ],
)
def test_an_endpoint_switches_the_export_on(environ):
    assert exports_traces(environ)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://collector:port/v1/traces"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_TRACES_EXPORTER", "jaeger"),
        ("OTEL_TRACES_SAMPLER", "sometimes"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "0"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "many"),
        ("OTEL_BSP_SCHEDULE_DELAY", "-1"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon"),
    ],
)
def test_a_wrong_value_ends_the_start_and_is_not_repeated(variable, value):
    with pytest.raises(SettingsError) as refused:
        exports_traces(ENDPOINT | {variable: value})
    (line,) = str(refused.value).splitlines()
    assert line.startswith(f"{variable}: must be ")
    assert value not in line.removeprefix(variable).split()


@pytest.mark.parametrize("argument", [{}, {"OTEL_TRACES_SAMPLER_ARG": "10%"}, {"OTEL_TRACES_SAMPLER_ARG": "2"}])
def test_a_sampler_by_share_needs_its_share(argument):
    with pytest.raises(SettingsError, match=r"^OTEL_TRACES_SAMPLER_ARG: must be a share"):
        exports_traces(ENDPOINT | {"OTEL_TRACES_SAMPLER": "traceidratio"} | argument)


def test_a_batch_is_never_larger_than_the_queue():
    assert (queue_size({}), batch_size({})) == (2048, 512)
    assert batch_size({"OTEL_BSP_MAX_QUEUE_SIZE": "100"}) == 100
