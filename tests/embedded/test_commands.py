"""What the command line hands on to those who know it."""

import pytest

from heed import commands


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.parametrize(("asked", "told"), [(["--help"], "{create,rotate,revoke}"), (["create", "--help"], "--scope")])
def test_the_help_about_keys_is_that_of_the_keys(asked, told, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("HEED_DATA_DIR", str(tmp_path))
    with pytest.raises(SystemExit) as ended:
        commands.main(["token", *asked])
    assert ended.value.code == 0
    assert told in capsys.readouterr().out


def test_a_data_folder_that_cannot_be_made_is_named(monkeypatch, tmp_path, capsys):
    (tmp_path / "file").touch()
    monkeypatch.setenv("HEED_DATA_DIR", str(tmp_path / "file" / "data"))
    assert commands.main(["migrate"]) == 1
    assert "HEED_DATA_DIR" in capsys.readouterr().err
