"""The commands that end by themselves: migrate, openapi, and the operator's keys."""

import asyncio
import json

import pytest

from heed_common import VERSION, cli, migrations
from heed_common.auth import tokens
from heed_common.broker import topics
from heed_common.broker.memory import MemoryBus
from heed_common.broker.protocols import WrongPartitions
from heed_common.database import Database
from heed_common.http.home_page import PAGE
from heed_common.metrics import Metrics
from heed_common.restarts import Restarts
from tests.common import sample_service


def run(*arguments, extra_commands=cli.NO_EXTRA_COMMANDS):
    return cli.run(
        sample_service.Settings,
        create_app=sample_service.create_app,
        create_worker=sample_service.create_worker,
        migrations="heed_customer",
        extra_commands=extra_commands,
        arguments=arguments,
    )


@pytest.fixture
def urls(databases):
    """A database with the platform's tables for each of the four services."""
    names = {service: asyncio.run(databases.clone("platform")) for service in tokens.SERVICES}
    yield {service: databases.url(name) for service, name in names.items()}
    for name in names.values():
        asyncio.run(databases.drop(name))


@pytest.fixture
def operator(urls, monkeypatch):
    """An environment that names all four."""
    for service, url in urls.items():
        monkeypatch.setenv(f"HEED_{service.upper()}_DATABASE_URL", url)


@pytest.mark.parametrize("command", ["api", "worker", "migrate", "health"])
def test_a_wrong_setting_ends_the_start_with_2_and_its_name(command, monkeypatch, capsys):
    monkeypatch.setenv("HEED_CUSTOMER_DATABASE_URL", "postgresql://db/customer")
    monkeypatch.setenv("HEED_TIME_ZONE", "Mars/Olympus")
    assert run(command) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("HEED_TIME_ZONE: must be an IANA time zone")
    assert "Mars" not in err


def test_the_document_is_printed_without_a_database(monkeypatch, capsys):
    monkeypatch.delenv("HEED_CUSTOMER_DATABASE_URL", raising=False)
    assert run("openapi") == 0
    assert json.loads(capsys.readouterr().out)["info"]["title"] == "Slow"


def test_a_database_goes_back_to_the_revision_of_an_earlier_version_and_forth(databases, monkeypatch, capsys):
    name, newest = asyncio.run(databases.clone("heed_customer")), migrations.head("heed_customer")
    monkeypatch.setenv("HEED_CUSTOMER_DATABASE_URL", databases.url(name))
    before = max(migrations.older_revisions("heed_customer"))

    def after(*arguments):
        status = run("migrate", *arguments)
        return status, asyncio.run(revision(databases.url(name)))

    assert after("--down-to", before) == (0, before)
    assert after() == (0, newest)
    assert after("--down-to", newest) == after("--down-to", "9999") == (cli.REFUSED, newest)
    assert "9999 is no earlier revision" in capsys.readouterr().err
    asyncio.run(databases.drop(name))


async def revision(url):
    database = Database(url)
    try:
        return await migrations.current(database.engine)
    finally:
        await database.close()


async def wait_for_topics(*, partitions):
    """Start before there are topics, then create them. Return whether the start had waited."""
    bus, at_once = MemoryBus(), asyncio.sleep(0)
    start = asyncio.create_task(cli._prepare(Restarts(Metrics("customer")), lambda: at_once, bus, partitions=12))
    await asyncio.sleep(0.05)
    has_waited = not start.done()
    await topics.apply(bus, partitions=partitions)
    await start
    return has_waited


def test_a_worker_waits_for_its_topics_and_refuses_wrong_ones():
    assert asyncio.run(wait_for_topics(partitions=12))
    with pytest.raises(WrongPartitions):
        asyncio.run(wait_for_topics(partitions=6))


def test_the_version_is_that_of_the_product(capsys):
    with pytest.raises(SystemExit) as ended:
        run("--version")
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"heed_customer {VERSION}\n"
    assert f'heed_build_info{{service="customer",version="{VERSION}"}} 1.0' in Metrics("customer").render().decode()
    assert f"Version {VERSION}" in PAGE


def test_a_service_may_have_a_command_of_its_own_and_no_other_has_it(monkeypatch):
    monkeypatch.setenv("HEED_CUSTOMER_DATABASE_URL", "postgresql://db/customer")
    sing = cli.ExtraCommand(
        "sing a song",
        lambda parser: parser.add_argument("--verses", type=int),
        lambda settings, options: options.verses if settings.service == "customer" else 0,
    )
    assert run("sing", "--verses", "7", extra_commands={"sing": sing}) == 7
    with pytest.raises(SystemExit) as ended:
        run("sing")
    assert ended.value.code == 2


def test_the_operators_key_is_written_everywhere_until_it_is_revoked(operator, capsys):
    def command(*arguments):
        return tokens.main(arguments), capsys.readouterr().out

    status, created = command("create", "--name", "till", "--scope", "purchases:write")
    assert status == 0
    id_ = created.split("_")[1]
    status, rotated = command("rotate", id_)
    assert status == 0
    assert rotated.split("_")[1] == id_
    assert rotated != created
    assert command("revoke", id_) == (0, "")
    assert command("rotate", id_) == (2, "")
    assert command("revoke", "nobody") == (2, "")


def test_rotating_the_owners_key_writes_its_file_and_no_other_key_does(operator, tmp_path, capsys):
    file = tmp_path / "admin.token"

    def command(*arguments):
        assert tokens.main(arguments, file=file) == 0
        return capsys.readouterr().out.strip()

    first = command("create", "--admin-file")
    assert file.read_text().strip() == first
    other = command("create", "--name", "till")
    command("rotate", other.split("_")[1])
    assert file.read_text().strip() == first
    rotated = command("rotate", first.split("_")[1])
    assert rotated != first
    assert file.read_text().strip() == rotated
    command("revoke", first.split("_")[1])
    assert file.read_text().strip() == rotated
    assert command("create", "--admin-file") == file.read_text().strip() != rotated


def test_without_a_file_of_the_owners_no_key_can_be_put_there(operator):
    with pytest.raises(SystemExit) as ended:
        tokens.main(["create", "--admin-file"])
    assert ended.value.code == 2


def test_a_scope_that_does_not_exist_is_refused(operator, capsys):
    assert tokens.main(["create", "--scope", "everything"]) == 2
    assert "everything" in capsys.readouterr().err


def test_a_command_without_a_database_url_reports_which_one_is_missing(operator, monkeypatch, capsys):
    monkeypatch.delenv("HEED_SURVEY_DATABASE_URL")
    assert tokens.main(["create"]) == 2
    assert capsys.readouterr().err.startswith("HEED_SURVEY_DATABASE_URL: must be set")


def test_a_revocation_reaches_all_available_databases_and_names_the_others(operator, urls, monkeypatch, capsys):
    assert tokens.main(["create"]) == 0
    id_ = capsys.readouterr().out.split("_")[1]
    monkeypatch.setenv("HEED_CUSTOMER_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/away")
    assert tokens.main(["revoke", id_]) == 2
    assert "customer" in capsys.readouterr().err
    monkeypatch.setenv("HEED_CUSTOMER_DATABASE_URL", urls["survey"])
    assert tokens.main(["rotate", id_]) == 2
