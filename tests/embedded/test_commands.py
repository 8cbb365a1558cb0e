"""Commands that parse their own arguments, and errors of settings."""

import pytest

from heed import commands


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.parametrize(
    ("arguments", "expected"), [(["--help"], "{create,rotate,revoke}"), (["create", "--help"], "--scope")]
)
def test_the_help_of_the_token_command_is_that_of_its_subcommands(arguments, expected, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("HEED_DATA_DIR", str(tmp_path))
    with pytest.raises(SystemExit) as ended:
        commands.main(["token", *arguments])
    assert ended.value.code == 0
    assert expected in capsys.readouterr().out


def test_a_data_folder_that_cannot_be_created_is_reported(monkeypatch, tmp_path, capsys):
    (tmp_path / "file").touch()
    monkeypatch.setenv("HEED_DATA_DIR", str(tmp_path / "file" / "data"))
    assert commands.main(["migrate"]) == 1
    assert "HEED_DATA_DIR" in capsys.readouterr().err
