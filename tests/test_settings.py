"""Settings: what they mean and what is said of wrong ones."""

import re
from pathlib import Path

import pytest

from spawnsafe.check import Severity
from spawnsafe.model import Target, supported_targets
from spawnsafe.pyproject import switch_off
from spawnsafe.settings import SenderRow, Settings, SettingsError, load_settings, parse_settings
from spawnsafe.source import Text, apply_edits

NAMES = (
    "code-lens",
    "exclude",
    "ignore",
    "inlay-hints",
    "per-file-ignores",
    "select",
    "senders",
    "severity",
    "src",
    "targets",
)


def write(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "pyproject.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    return tmp_path


@pytest.mark.parametrize("document", ["README.md", "docs/configuration.md"])
def test_documents_show_all_settings_as_they_are_read(document: str, folder: Path) -> None:
    text = (Path(__file__).parents[1] / document).read_text(encoding="utf-8")
    shown = re.search(r"^```toml\n(\[tool\.spawnsafe\]\n.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert shown
    write(folder, shown[1])
    assert load_settings(folder).ignore == {"unguarded-start"}
    assert sorted(re.findall(r"^([a-z-]+) = ", shown[1], re.MULTILINE)) == [*NAMES]


def test_defaults(folder: Path) -> None:
    settings = load_settings(folder)
    assert settings == Settings(folder)
    assert settings.targets == supported_targets()


def test_everything_at_once(folder: Path) -> None:
    write(
        folder,
        """
        [tool.spawnsafe]
        select = ["pickling", "unguarded-start"]
        ignore = ["late-target"]
        targets = ["linux-3.14", "windows-3.12"]
        exclude = ["gen/"]
        src = ["lib"]
        per-file-ignores = {"tests/**" = ["start"]}
        severity = {lambda-target = "information", local-target = "off"}
        senders = [
            {function = "jobs.run_all", callable = "func", pickles = ["items", 2], pickler = "cloudpickle"},
            {function = "app.jobs.run", callable = 0},
        ]
        """,
    )
    assert load_settings(folder / "pkg") == Settings(
        folder=folder,
        select=frozenset({"pickling", "unguarded-start"}),
        ignore=frozenset({"late-target"}),
        targets=(Target.parse("linux-3.14"), Target.parse("windows-3.12")),
        exclude=("gen/",),
        src=(Path("lib"),),
        per_file_ignores={"tests/**": frozenset({"start"})},
        severity={"lambda-target": Severity.INFORMATION, "local-target": None},
        senders=(
            SenderRow("jobs.run_all", "func", ("items", 2), "cloudpickle"),
            SenderRow("app.jobs.run", 0),
        ),
    )


def test_the_nearest_table_wins(folder: Path) -> None:
    write(folder, '[tool.spawnsafe]\nignore = ["start"]\n')
    write(folder / "member", '[project]\nname = "member"\n')
    write(folder / "other", "[tool.spawnsafe]\n")
    assert load_settings(folder / "member" / "pkg").ignore == {"start"}
    assert load_settings(folder / "member").folder == folder
    assert load_settings(folder / "other").ignore == set()
    assert load_settings(folder / "other").folder == folder / "other"


def test_the_search_ends_at_the_repository(folder: Path) -> None:
    write(folder, '[tool.spawnsafe]\nignore = ["start"]\n')
    (folder / "inner" / ".git").mkdir(parents=True)
    assert load_settings(folder / "inner").ignore == set()


@pytest.mark.parametrize(
    ("requires", "pythons"),
    [
        (">=3.13", {"3.13", "3.14", "3.15"}),
        (">=3.12.4,<3.14", {"3.12", "3.13"}),
        ("~=3.14.0", {"3.14"}),
        (">3.11,!=3.12.*", {"3.11", "3.13", "3.14", "3.15"}),
        ("<3.9", {"3.11", "3.12", "3.13", "3.14", "3.15"}),
    ],
)
def test_targets_follow_from_requires_python(folder: Path, requires: str, pythons: set[str]) -> None:
    write(folder, f'[project]\nrequires-python = "{requires}"\n')
    targets = load_settings(folder).targets
    assert {str(target).partition("-")[2] for target in targets} == pythons
    assert {str(target).partition("-")[0] for target in targets} == {"linux", "macos", "windows"}


def test_the_nearest_requires_python_counts(folder: Path) -> None:
    write(folder, '[project]\nrequires-python = ">=3.12"\n[tool.spawnsafe]\n')
    write(folder / "member", '[project]\nrequires-python = "==3.14.*"\n')
    assert {target.python for target in load_settings(folder / "member").targets} == {(3, 14)}


@pytest.mark.parametrize(
    "files",
    [
        {"setup.cfg": "[metadata]\nname = x\n\n[options]\npython_requires = >=3.14\n"},
        {"setup.cfg": "[options]\npython_requires=\n    >=3.14,\n    <4\n"},
        {"setup.py": 'from setuptools import setup\n\nsetup(name="x", python_requires=">=3.14", zip_safe=False)\n'},
        {"setup.py": "setup(\n    name='x',\n    # python_requires='>=3.11',\n    python_requires='>=3.14'\n)\n"},
        {"setup.cfg": "[options]\npython_requires = >=3.14\n", "setup.py": 'setup(python_requires=">=3.12")\n'},
        {"pyproject.toml": "[build-system]\n", "setup.cfg": "[options]\npython_requires = >=3.14\n"},
        {
            "pyproject.toml": '[project]\nrequires-python = ">=3.14"\n',
            "setup.cfg": "[options]\npython_requires = >=3.12\n",
        },
    ],
)
def test_setuptools_files_say_which_pythons(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "pkg").mkdir()
    assert {target.python for target in load_settings(folder / "pkg").targets} == {(3, 14), (3, 15)}


@pytest.mark.parametrize(
    "files",
    [
        {"setup.py": 'setup(python_requires=">={}".format(LOWEST))\n'},
        {"setup.py": 'setup(python_requires=">=3." + LOWEST)\n'},
        {"setup.py": "setup(python_requires=REQUIRES)\n"},
        {"setup.py": 'setup(name="x")  # python_requires=">=3.14",\n'},
        {"setup.cfg": "[metadata]\nname = x\n"},
    ],
)
def test_without_a_literal_every_supported_python_counts(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    assert load_settings(folder).targets == supported_targets()


def test_the_nearest_folder_counts_whatever_its_file(folder: Path) -> None:
    write(folder, '[project]\nrequires-python = ">=3.12"\n[tool.spawnsafe]\n')
    (folder / "member").mkdir()
    (folder / "member" / "setup.cfg").write_text("[options]\npython_requires = ==3.14.*\n", encoding="utf-8")
    settings = load_settings(folder / "member")
    assert {target.python for target in settings.targets} == {(3, 14)}
    assert settings.folder == folder


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[options]\npython_requires = three\n", "options.python_requires: 'three' is no version"),
        ("python_requires = >=3.12\n", "File contains no section headers."),
    ],
)
def test_a_broken_setup_cfg_is_named(folder: Path, text: str, message: str) -> None:
    (folder / "setup.cfg").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as raised:
        load_settings(folder)
    assert str(raised.value) == f"{folder / 'setup.cfg'}: {message}"


def test_an_editor_overrides_what_it_sets(folder: Path) -> None:
    write(folder, '[tool.spawnsafe]\nignore = ["start"]\nexclude = ["gen/"]\ntargets = ["linux-3.14"]\n')
    base = load_settings(folder)
    settings = parse_settings({"select": ["pickling"], "ignore": []}, base, "spawnsafe.")
    assert (settings.select, settings.ignore) == ({"pickling"}, set())
    assert parse_settings({"exclude": [], "targets": []}, base, "spawnsafe.") == base


def test_per_file_ignores_are_patterns_below_the_folder(folder: Path) -> None:
    table = {"tests/": ["pickling"], "*_demo.py": ["start"], "/top.py": ["lambda-target"]}
    settings = parse_settings({"per-file-ignores": table, "ignore": ["late-target"]}, Settings(folder), "")

    def ignored(name: str) -> set[str]:
        return set(settings.policy(folder / name).ignore) - {"late-target"}

    assert ignored("pkg/tests/sub/a.py") == {"pickling"}
    assert ignored("tests/a_demo.py") == {"pickling", "start"}
    assert ignored("top.py") == {"lambda-target"}
    assert ignored("pkg/top.py") == set()
    assert settings.policy(folder.parent / "a_demo.py").ignore == {"late-target"}


def test_excludes(folder: Path) -> None:
    settings = parse_settings({"exclude": ["gen/", "/lib/*.py", "!/lib/keep.py"]}, Settings(folder), "")
    assert settings.excludes(folder / "gen", is_folder=True)
    assert not settings.excludes(folder / "gen")
    assert settings.excludes(folder / "pkg" / "gen" / "x.py")
    assert settings.excludes(folder / "lib" / "x.py")
    assert not settings.excludes(folder / "lib" / "keep.py")
    assert not settings.excludes(folder.parent / "gen" / "x.py")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"ignroe": []}, "s.ignroe: unknown setting 'ignroe'; did you mean 'ignore'?"),
        (
            {"per_file_ignores": {}},
            "s.per_file_ignores: unknown setting 'per_file_ignores'; did you mean 'per-file-ignores'?",
        ),
        (
            {"zzz": 1},
            f"s.zzz: unknown setting 'zzz'; there are {', '.join(NAMES)}",
        ),
        ({"select": "pickling"}, "s.select: expected a list of strings, not 'pickling'"),
        ({"select": ["pickling", 3]}, "s.select[1]: expected a string, not 3"),
        ({"select": ["pickeling"]}, "s.select: unknown rule or family 'pickeling'; did you mean 'pickling'?"),
        (
            {"ignore": ["lamda-target"]},
            "s.ignore: unknown rule or family 'lamda-target'; did you mean 'lambda-target'?",
        ),
        (
            {"targets": ["linux"]},
            "s.targets: 'linux' is not a target; write a platform and a Python, such as linux-3.14",
        ),
        ({"targets": ["linux-3.41"]}, "s.targets: 'linux-3.41' is not a target; did you mean 'linux-3.14'?"),
        ({"targets": [3.14]}, "s.targets[0]: expected a string, not 3.14"),
        ({"exclude": ["!"]}, "s.exclude: '!' is no pattern as .gitignore has them"),
        ({"src": True}, "s.src: expected a list of strings, not True"),
        (
            {"per-file-ignores": ["a"]},
            "s.per-file-ignores: expected a table of patterns and rules, not ['a']",
        ),
        (
            {"per-file-ignores": {"a": ["strat"]}},
            "s.per-file-ignores.'a': unknown rule or family 'strat'; did you mean 'start'?",
        ),
        (
            {"severity": {"lambda-targt": "off"}},
            "s.severity: unknown rule 'lambda-targt'; did you mean 'lambda-target'?",
        ),
        (
            {"severity": {"lambda-target": "warn"}},
            "s.severity.lambda-target: unknown severity 'warn'; did you mean 'warning'?",
        ),
        ({"severity": {"lambda-target": 1}}, "s.severity.lambda-target: expected a string, not 1"),
        ({"senders": {}}, "s.senders: expected a list of tables, not {}"),
        ({"inlay-hints": "no"}, "s.inlay-hints: expected true, false or a list, not 'no'"),
        ({"inlay-hints": ["chunk"]}, "s.inlay-hints: unknown hint 'chunk'; did you mean 'chunksize'?"),
        ({"code-lens": 1}, "s.code-lens: expected true or false, not 1"),
        ({"senders": [{"callable": 0}]}, "s.senders[0]: 'function' is missing"),
        ({"senders": [{"function": "a.b"}]}, "s.senders[0]: 'callable' is missing"),
        (
            {"senders": [{"function": "run", "callable": 0}]},
            "s.senders[0].function: expected a dotted name such as 'jobs.run_all', not 'run'",
        ),
        (
            {"senders": [{"function": "a.b", "callable": -1}]},
            "s.senders[0].callable: expected a parameter's name or its position from 0, not -1",
        ),
        (
            {"senders": [{"function": "a.b", "callable": 0, "pickels": []}]},
            "s.senders[0].pickels: unknown field 'pickels'; did you mean 'pickles'?",
        ),
        (
            {"senders": [{"function": "a.b", "callable": 0, "pickler": "cloudpikle"}]},
            "s.senders[0].pickler: unknown pickler 'cloudpikle'; did you mean 'cloudpickle'?",
        ),
    ],
)
def test_what_is_wrong_is_told_in_one_line(table: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError) as raised:
        parse_settings(table, Settings(Path("/")), "s.")
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool", "Expected ']'"),
        ("[tool]\nspawnsafe = 1\n", "tool.spawnsafe: expected a table, not 1"),
        ('[project]\nrequires-python = "three"\n', "project.requires-python: 'three' is no version"),
        ("[project]\nrequires-python = 3\n", "project.requires-python: 3 is no version"),
    ],
)
def test_a_broken_pyproject_is_named(folder: Path, text: str, message: str) -> None:
    path = write(folder, text)
    with pytest.raises(SettingsError) as raised:
        load_settings(folder)
    assert str(raised.value).startswith(f"{path}: {message}")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("spawnsafe.toml", "# ours\n", '# ours\nignore = ["late-target"]\n'),
        ("spawnsafe.toml", 'ignore = ["start"]  # why\n', 'ignore = ["start", "late-target"]  # why\n'),
        ("pyproject.toml", "", '[tool.spawnsafe]\nignore = ["late-target"]\n'),
    ],
)
def test_a_rule_is_switched_off_in_the_file_that_holds(folder: Path, name: str, before: str, after: str) -> None:
    (folder / name).write_text(before, encoding="utf-8")
    fix = switch_off(folder / "a.py", "late-target")
    assert fix is not None
    [edit] = fix.edits
    assert edit.path == folder / name
    assert apply_edits(Text(before), [edit.edit]) == after
