"""The command as a program: its other commands, its errors, and what it imports."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import LAMBDA, Run

from spawnsafe import __version__
from spawnsafe.cli import check
from spawnsafe.pages import page_paths


def program(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "spawnsafe", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def test_version(run: Run) -> None:
    assert run("--version").text == f"spawnsafe {__version__}\n"


def test_help_lists_the_commands(run: Run) -> None:
    result = run("--help")
    assert result.status == 0
    commands = ["check", "run", "why", "explain", "rules", "config", "server"]
    assert re.findall(r"^  (\w+) ", result.text, re.MULTILINE) == commands


def test_explain_prints_the_page(run: Run) -> None:
    result = run("explain", "lambda-target")
    assert result.status == 0
    assert result.text == page_paths()["lambda-target"].read_text(encoding="utf-8")


@pytest.mark.parametrize("title", ["chunksize", "context-managers", "large-data", "start-methods"])
def test_explain_prints_a_page_of_advice(run: Run, title: str) -> None:
    result = run("explain", title)
    assert result.status == 0
    assert result.lines[0] == f"# {title}"


def test_explain_an_unknown_rule(run: Run) -> None:
    result = run("explain", "lamda-target")
    assert (result.status, result.text) == (2, "")
    assert result.error.startswith("spawnsafe: unknown rule 'lamda-target'; did you mean 'lambda-target'?")


@pytest.mark.parametrize(
    ("error", "rules"),
    [
        ("AttributeError: Can't pickle local object 'total.<locals>.scale'", ["local-target"]),
        ("Can't get local object 'total.<locals>.<lambda>'", ["lambda-target"]),
        ("PicklingError: Can't pickle local object <function total.<locals>.scale at 0x7f>", ["local-target"]),
        ("module '__mp_main__' has no attribute 'work'", ["guarded-target"]),
        ("Can't get attribute 'single' on module '__main__'", ["late-target"]),
        ("RuntimeError:\n\n        An attempt has been made to start a new process before", ["unguarded-start"]),
        ("BrokenProcessPool: A process in the process pool was terminated abruptly", ["unguarded-start"]),
        ("BrokenProcessPool: A process\nTypeError: cannot pickle 'generator' object", ["generator-target"]),
        ("EOFError\n\nTypeError: __init__() missing 1 required positional argument: 'x'", ["unpicklable-exception"]),
    ],
)
def test_an_error_is_explained_by_rules_the_likeliest_first(run: Run, error: str, rules: list[str]) -> None:
    for result in (run("explain", "--error", error), run("explain", stdin=error.encode())):
        assert result.status == 0
        assert re.findall(r"^\S[^\n]*\n  ([\w-]+): ", result.text, re.MULTILINE) == rules
        assert result.lines[-1] == f"`spawnsafe explain {rules[0]}` tells more."


def test_an_error_that_nothing_explains(run: Run) -> None:
    result = run("explain", "--error", "ZeroDivisionError: division by zero")
    assert (result.status, result.text, result.error) == (1, "", "No rule is known that explains this.\n")


def test_rules_are_listed_with_what_they_report(run: Run) -> None:
    rows = [re.split(r"  +", line) for line in run("rules").lines]
    assert ["lambda-target", "pickling", "mistake", "A lambda is sent to a worker process."] in rows


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "--select", "lamda-target"),
        ("check", "--ignore", "lambda-target,picklin"),
        ("check", "--target", "linux"),
        ("check", "--start-method", "threads"),
        ("check", "--colour"),
        ("server", "--tcp", "2087"),
        ("explain", "lambda-target", "--error", "EOFError"),
        ("chekc",),
    ],
)
def test_wrong_use_is_one_line_and_status_2(run: Run, arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert (result.status, result.text) == (2, "")
    assert re.fullmatch(r"spawnsafe: .+\n", result.error)


def test_wrong_settings_are_one_line_and_status_2(folder: Path, run: Run) -> None:
    (folder / "pyproject.toml").write_text('[tool.spawnsafe]\nignroe = ["lambda-target"]\n')
    (folder / "a.py").write_text(LAMBDA)
    for arguments in (["check"], ["check", "a.py"], ["check", "--fix"], ["check", "-"]):
        result = run(*arguments)
        assert (result.status, result.text) == (2, "")
        assert result.error == (
            f"spawnsafe: {folder / 'pyproject.toml'}: tool.spawnsafe.ignroe:"
            " unknown setting 'ignroe'; did you mean 'ignore'?\n"
        )
    assert run("check", "--isolated").status == 1


def test_each_file_has_the_settings_nearest_to_it(folder: Path, run: Run) -> None:
    for name, table in (
        ("one", 'ignore = ["pickling"]'),
        ("two", 'severity = {lambda-target = "information"}'),
    ):
        (folder / name).mkdir()
        (folder / name / "pyproject.toml").write_text(f"[tool.spawnsafe]\n{table}\n")
        (folder / name / "a.py").write_text(LAMBDA)
    result = run("check", "--output-format", "json")
    assert [(entry["path"], entry["severity"]) for entry in result.json] == [("two/a.py", "information")]
    assert result.status == 0
    assert run("check", "--select", "lambda-target", "one").status == 1
    assert run("check").lines[-1] == "1 piece of advice in 1 file; 1 can be fixed with --fix"


def test_an_internal_error_is_one_line_and_the_rest_is_checked(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(module: object, policy: object) -> list[object]:
        if module.path.name == "a.py":  # type: ignore[attr-defined]
            raise RuntimeError("two\nlines")
        return real(module, policy)  # type: ignore[arg-type]

    real = check.check
    monkeypatch.setattr(check, "check", fail)
    (folder / "a.py").write_text(LAMBDA)
    (folder / "b.py").write_text(LAMBDA)
    result = run("check", "--output-format", "concise")
    assert result.status == 2
    assert re.fullmatch(r"spawnsafe: internal error in a\.py: RuntimeError: two lines \(set .*\)\n", result.error)
    assert result.lines[0].startswith("b.py:5:24: ")
    monkeypatch.setenv("SPAWNSAFE_TRACEBACK", "1")
    with pytest.raises(RuntimeError):
        run("check")


def test_ctrl_c_is_status_130(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(check, "check", interrupt)
    (folder / "a.py").write_text(LAMBDA)
    result = run("check")
    assert (result.status, result.error.strip()) == (130, "")


def test_the_program_is_the_command(folder: Path) -> None:
    (folder / "a.py").write_text(LAMBDA)
    result = program("check", folder=folder)
    assert result.returncode == 1
    assert result.stdout.endswith("1 error in 1 file; 1 can be fixed with --fix\n")
    assert "\x1b" not in result.stdout


def test_any_console_encoding_will_do(folder: Path) -> None:
    (folder / "a.py").write_text(LAMBDA.replace("print(", "print('漢', "), encoding="utf-8")
    result = program("check", folder=folder, PYTHONIOENCODING="cp1252", PYTHONUTF8="0")
    assert result.returncode == 1
    assert "print('\\u6f22'" in result.stdout


@pytest.mark.skipif(os.name == "nt", reason="needs a shell with head")
def test_a_reader_that_goes_away_is_no_error(folder: Path) -> None:
    for number in range(300):
        (folder / f"a{number}.py").write_text(LAMBDA)
    command = f"'{sys.executable}' -m spawnsafe check | head -n 1"
    result = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S602
    assert result.stdout.startswith("a0.py:5:24: ")
    assert result.stderr == ""


def imported(folder: Path, *arguments: str) -> set[str]:
    code = (
        "import sys\nfrom spawnsafe.__main__ import main\n"
        f"main({list(arguments)!r})\nprint(*sys.modules, file=sys.stderr)"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    return set(result.stderr.split())


def test_check_never_imports_the_language_server(folder: Path) -> None:
    (folder / "a.py").write_text(LAMBDA)
    modules = imported(folder, "check", "--diff", ".") | imported(folder, "check")
    assert "spawnsafe.check" in modules
    assert not modules & {"pygls", "lsprotocol", "rich", "jedi"}


def test_little_is_imported_for_little(folder: Path) -> None:
    (folder / "a.py").write_text("import helper\n")
    (folder / "helper.py").write_text("import os\n")
    heavy = {"spawnsafe.model.project", "spawnsafe.syntax", "spawnsafe.edits", "spawnsafe.rules.pickling", "tempfile"}
    assert not imported(folder, "check", ".") & heavy
    (folder / "a.py").write_text(LAMBDA)
    assert "libcst" in imported(folder, "check", ".")  # and nothing of it the second time
    assert not imported(folder, "check", ".") & {"spawnsafe.model.project", "spawnsafe.edits", "libcst"}
    for command in (["--version"], ["explain", "lambda-target"], ["explain", "nothing"]):
        assert not imported(folder, *command) & {"libcst", "pygls", "rich", "jedi", "spawnsafe.settings"}


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
@pytest.mark.parametrize(("environment", "is_coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colours_on_a_terminal(folder: Path, environment: dict[str, str], *, is_coloured: bool) -> None:
    (folder / "a.py").write_text(LAMBDA)
    for command in (["check"], ["check", "--diff"]):
        output = on_terminal(folder, *command, **environment)
        assert (b"\x1b[31m" in output) == is_coloured
    page = on_terminal(folder, "explain", "lambda-target", **environment)
    assert "lambda-target" in page.decode()
    assert b"```" not in page


def on_terminal(folder: Path, *arguments: str, **environment: str) -> bytes:
    """Run the command on a pseudo-terminal and return what it prints."""
    import pty  # noqa: PLC0415 - not on Windows

    reader, writer = pty.openpty()
    command = [sys.executable, "-m", "spawnsafe", *arguments]
    variables = {**os.environ, "TERM": "xterm-256color", **environment}
    with subprocess.Popen(command, cwd=folder, stdout=writer, env=variables):
        os.close(writer)
        output = b""
        try:
            while piece := os.read(reader, 65536):
                output += piece
        except OSError:  # Linux says so when the other end is closed
            pass
    os.close(reader)
    return output
