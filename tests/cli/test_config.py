"""Settings in files, as the command line shows them."""

import json
import tomllib
from pathlib import Path

import pytest
from command_line import LAMBDA, Run
from jsonschema import Draft7Validator

import spawnsafe
from spawnsafe.settings import SETTINGS, Settings, load_settings, parse_settings, settings_table

SCHEMA = Path(spawnsafe.__file__).parent / "settings.schema.json"
EVERYTHING = """\
select = ["pickling", "unguarded-start"]
ignore = ["late-target"]
targets = ["linux-3.14", "windows-3.12"]
exclude = ["gen/"]
src = ["lib"]
per-file-ignores = { "tests/**" = ["start"] }
severity = { lambda-target = "information", local-target = "off" }
senders = [{ function = "jobs.run_all", callable = "func", pickles = ["items", 2], pickler = "cloudpickle" }]
inlay-hints = ["chunksize"]
code-lens = false
"""


def test_a_file_of_our_own(folder: Path, run: Run) -> None:
    (folder / "pyproject.toml").write_text('[tool.spawnsafe]\nignore = ["start"]\n')
    (folder / "spawnsafe.toml").write_text('ignore = ["pickling"]\n')
    (folder / "a.py").write_text(LAMBDA)
    assert run("check").status == 0
    (folder / "pkg").mkdir()
    (folder / "pkg" / "a.py").write_text(LAMBDA)
    (folder / "pkg" / "pyproject.toml").write_text("[tool.spawnsafe]\n")
    assert [entry["path"] for entry in run("check", "--output-format", "json").json] == ["pkg/a.py"]


def test_the_nearest_file_wins(folder: Path) -> None:
    (folder / "spawnsafe.toml").write_text('ignore = ["start"]\n')
    (folder / "pkg").mkdir()
    (folder / "pkg" / "pyproject.toml").write_text('[project]\nname = "x"\n')
    assert load_settings(folder / "pkg").folder == folder
    (folder / "pkg" / "spawnsafe.toml").write_text("")
    assert load_settings(folder / "pkg") == Settings(folder / "pkg")


def test_a_wrong_name_in_it(folder: Path, run: Run) -> None:
    (folder / "spawnsafe.toml").write_text('ignroe = ["lambda-target"]\n')
    result = run("check")
    told = f"spawnsafe: {folder / 'spawnsafe.toml'}: ignroe: unknown setting 'ignroe'; did you mean 'ignore'?\n"
    assert (result.status, result.error) == (2, told)
    (folder / "spawnsafe.toml").write_text("[tool.spawnsafe]\n")
    assert "tool: unknown setting 'tool'" in run("config").error


def test_config_shows_what_holds_and_where_it_stands(folder: Path, run: Run) -> None:
    (folder / "pyproject.toml").write_text(
        '[project]\nrequires-python = ">=3.14"\n[tool.spawnsafe]\nignore = ["start"]\n'
    )
    (folder / "a.py").write_text(LAMBDA)
    result = run("config", "a.py")
    assert result.status == 0
    assert result.lines[0] == f"# Patterns and src are relative to {folder}"
    assert "select = []  # default" in result.lines
    assert f'ignore = ["start"]  # {folder / "pyproject.toml"}' in result.lines
    [targets] = [line for line in result.lines if line.startswith("targets = ")]
    assert targets.endswith(f"# {folder / 'pyproject.toml'}: project.requires-python")
    assert '"linux-3.14"' in targets
    assert "3.13" not in targets


def test_config_prints_what_can_be_read_again(folder: Path, run: Run) -> None:
    (folder / "spawnsafe.toml").write_text(EVERYTHING)
    shown = tomllib.loads(run("config").text)
    assert shown == tomllib.loads(EVERYTHING)
    settings = load_settings(folder)
    assert parse_settings(settings_table(settings), Settings(folder), "") == settings


def test_config_of_nothing(run: Run) -> None:
    assert run("config", "nope").error == "spawnsafe: nope does not exist\n"


def test_the_schema_that_is_shipped_is_in_step(run: Run) -> None:
    printed = run("config", "--schema").text
    assert SCHEMA.read_text(encoding="utf-8") == printed, (
        "run spawnsafe config --schema > server/spawnsafe/settings.schema.json"
    )
    assert list(json.loads(printed)["properties"]) == list(SETTINGS)


@pytest.mark.parametrize(
    "wrong",
    ['ignroe = ["start"]', 'ignore = ["Start!"]', "targets = 1", 'severity = { lambda-target = "fatal" }', "src = [1]"],
)
def test_the_schema_admits_what_is_right(wrong: str) -> None:
    validator = Draft7Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    validator.validate(tomllib.loads(EVERYTHING))
    assert not validator.is_valid(tomllib.loads(wrong))


def test_why_prints_the_hover(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(LAMBDA)
    result = run("why", "a.py:5:24")
    assert result.status == 0
    assert result.lines[0] == "This lambda cannot be sent to a worker"
    assert "spawn (macOS and Windows): fails: pickle refuses it in the parent" in result.lines
    assert result.lines[-1] == "More: spawnsafe explain lambda-target"
    assert "**" not in result.text


def test_why_of_a_line_tells_everything_on_it(folder: Path, run: Run) -> None:
    text = "from multiprocessing import Pool\n\n\ndef main():\n    Pool(2).map(lambda n: n, [1])\n\n\nmain()\n"
    (folder / "a.py").write_text(text)
    told = run("why", "a.py:5").text.split("\n---\n\n")
    assert len(told) > 1
    assert told[-1].startswith("This lambda cannot be sent to a worker")
    assert run("why", "a.py:8").lines[0].startswith("main() starts workers while this module is imported")


@pytest.mark.parametrize(
    ("place", "status", "told"),
    [
        ("a.py:1", 1, "Nothing is known of workers at a.py:1\n"),
        ("a.py:99", 2, "spawnsafe: a.py has no line 99\n"),
        ("a.py", 2, "spawnsafe: 'a.py' is no place; write FILE:LINE or FILE:LINE:COLUMN (see spawnsafe why --help)\n"),
        ("nope.py:1", 2, "spawnsafe: nope.py: No such file or directory\n"),
    ],
)
def test_why_without_an_answer(folder: Path, run: Run, place: str, status: int, told: str) -> None:
    (folder / "a.py").write_text("import os\n" + LAMBDA)
    result = run("why", place)
    assert (result.status, result.text, result.error) == (status, "", told)
