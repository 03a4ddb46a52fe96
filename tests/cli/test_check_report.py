"""What `check` prints, and its exit status."""

from pathlib import Path

from command_line import HEALTHY, LAMBDA, PROCESS, Run

KEYS = [
    "rule",
    "severity",
    "path",
    "range",
    "problem",
    "help",
    "start_methods",
    "troubles",
    "targets",
    "notes",
    "fixes",
    "url",
]


def test_full_shows_the_line_underlined(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(LAMBDA)
    result = run("check", "a.py")
    assert result.status == 1
    assert result.error == ""
    assert result.text == (
        "a.py:5:24: error[lambda-target] A lambda has no importable name, so `pool.map` fails to pickle it"
        " under every start method.\n"
        "  |\n"
        "5 |         print(pool.map(lambda n: n * n, range(4)))\n"
        "  |                        ^^^^^^^^^^^^^^^\n"
        "  = help: Move it to a function at module level.\n"
        "\n"
        "1 error in 1 file; 1 can be fixed with --fix\n"
    )


def test_what_bites_on_some_targets_is_a_warning_that_says_where(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(PROCESS)
    result = run("check", "a.py")
    assert result.status == 1
    assert result.lines[0].startswith("a.py:4:30: warning[lambda-target] ")
    assert "  = note: That is the case on macOS, Windows and, from Python 3.14, Linux." in result.lines
    assert result.lines[-1] == "1 warning in 1 file; 1 can be fixed with --fix"


def test_concise_is_one_line_for_each_finding(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(LAMBDA)
    (folder / "b.py").write_text(PROCESS)
    lines = run("check", "--output-format", "concise").lines
    assert [line.partition(" A lambda")[0] for line in lines] == [
        "a.py:5:24: error[lambda-target]",
        "b.py:4:30: warning[lambda-target]",
        "1 error and 1 warning in 2 files; 2 can be fixed with --fix",
    ]


def test_nothing_found_is_status_0(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(HEALTHY)
    (folder / "b.py").write_text("print()\n")
    result = run("check")
    assert (result.status, result.text) == (0, "No problems found in 2 files\n")


def test_no_files_at_all(run: Run) -> None:
    result = run("check")
    assert (result.status, result.text) == (0, "No Python files checked\n")


def test_json_has_the_promised_keys_and_places(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(PROCESS)
    result = run("check", "a.py", "--output-format", "json", "--target", "linux-3.14", "--target", "linux-3.12")
    assert result.status == 1
    [entry] = result.json
    assert list(entry) == KEYS
    assert (entry["rule"], entry["severity"], entry["path"]) == ("lambda-target", "warning", "a.py")
    assert entry["range"] == {"start": {"line": 4, "column": 30}, "end": {"line": 4, "column": 52}}
    assert entry["start_methods"] == ["spawn", "forkserver"]
    assert entry["troubles"] == {"spawn": "fails", "forkserver": "fails"}
    assert entry["targets"] == ["linux-3.14"]
    assert entry["url"].startswith("file://")
    assert entry["url"].endswith("lambda_target.md")
    assert [list(note) for note in entry["notes"]] == [["path", "range", "message"]]
    [fix, *_] = entry["fixes"]
    assert list(fix) == ["title", "safe", "edits"]
    assert fix["safe"] is True
    assert {edit["path"] for edit in fix["edits"]} == {"a.py"}
    assert all(list(edit) == ["path", "range", "text"] for edit in fix["edits"])


def test_json_without_findings_is_an_empty_list(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(HEALTHY)
    result = run("check", "--output-format", "json")
    assert (result.status, result.json) == (0, [])


def test_columns_count_code_points_and_marks_stand_below_wide_characters(folder: Path, run: Run) -> None:
    line = '        print("漢字😀", pool.map(lambda n: n * n, range(4)))'
    text = LAMBDA.replace("        print(pool.map(lambda n: n * n, range(4)))", line)
    (folder / "a.py").write_text(text, encoding="utf-8")
    lines = run("check", "a.py").lines
    assert lines[0].startswith("a.py:5:31: ")
    assert lines[2] == f"5 | {line}"
    assert lines[3] == "  | " + " " * 33 + "^" * 15


def test_tabs_are_shown_as_blanks(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(LAMBDA.replace("        ", "\t\t").replace("    with", "\twith"))
    lines = run("check", "a.py").lines
    assert lines[0].startswith("a.py:5:18: ")
    assert lines[2] == "5 |         print(pool.map(lambda n: n * n, range(4)))"
    assert lines[3] == "  |                        ^^^^^^^^^^^^^^^"


def test_of_several_lines_the_first_is_shown(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(LAMBDA.replace("n * n,", "(\n            n\n        ),"))
    lines = run("check", "a.py").lines
    assert lines[2:4] == [
        "5 |         print(pool.map(lambda n: (",
        "  |                        ^^^^^^^^^^^ to line 7",
    ]


def test_of_a_long_line_only_what_matters_is_shown(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(LAMBDA.replace("print(", f'print("{"x" * 5000}", ').replace(")))", ")))" + "#" * 500))
    lines = run("check", "a.py").lines
    assert lines[0].startswith("a.py:5:5028: ")
    assert len(lines[2]) < 200
    start = lines[3].index("^")
    assert lines[2][start : start + 15] == "lambda n: n * n"


def test_control_characters_do_not_reach_the_terminal(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(LAMBDA.replace("print(", 'print("\x1b[31m", '))
    result = run("check", "a.py")
    assert b"\x1b" not in result.output
    assert "␛[31m" in result.text


def test_a_file_that_does_not_parse_is_named_once_and_the_rest_is_checked(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(LAMBDA + "\nbroken = = 1\n\nother = = 2\n")
    (folder / "b.py").write_text(LAMBDA)
    result = run("check", "--output-format", "json")
    assert result.status == 1
    assert [(entry["path"], entry["rule"]) for entry in result.json if entry["rule"] == "syntax-error"] == [
        ("a.py", "syntax-error"),
    ]
    assert ("b.py", "lambda-target") in [(entry["path"], entry["rule"]) for entry in result.json]
    [broken] = [entry for entry in result.json if entry["rule"] == "syntax-error"]
    assert list(broken) == KEYS
    assert broken["severity"] == "error"
    assert broken["range"]["start"]["line"] == 7
    assert [broken[key] for key in ("start_methods", "targets", "notes", "fixes", "url")] == [
        [],
        [],
        [],
        [],
        None,
    ]
    assert "error[syntax-error] This part does not parse" in run("check", "a.py", "--output-format", "concise").text


def test_a_broken_file_without_processes_is_nobodys_business(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text("def broken(:\n")
    assert run("check").status == 0


def test_paths_are_written_as_they_were_given(folder: Path, run: Run) -> None:
    (folder / "pkg").mkdir()
    (folder / "pkg" / "a.py").write_text(LAMBDA)

    def paths(*arguments: str) -> list[str]:
        return [entry["path"] for entry in run("check", "--output-format", "json", *arguments).json]

    assert paths() == ["pkg/a.py"]
    assert paths("pkg") == ["pkg/a.py"]
    assert paths("./pkg/") == ["./pkg/a.py"]
    assert paths(str(folder)) == [f"{folder}/pkg/a.py"]
    assert paths("pkg/a.py", "pkg") == ["pkg/a.py"]


def test_select_and_ignore(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(LAMBDA)
    for wanted in (
        ["--select", "pickling"],
        ["--select", "local-target,lambda-target"],
        ["--ignore", "start"],
    ):
        assert run("check", *wanted).status == 1
    for unwanted in (["--select", "start"], ["--ignore", "local-target", "--ignore", "lambda-target"]):
        assert run("check", *unwanted).status == 0


def test_start_method_and_target_decide_how_grave_it_is(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(PROCESS)

    def severities(*options: str) -> list[str]:
        return [entry["severity"] for entry in run("check", "--output-format", "json", *options).json]

    assert severities() == ["warning"]
    assert severities("--target", "linux-3.12") == []
    assert severities("--target", "linux-3.14,macos-3.13") == ["error"]
    assert severities("--start-method", "spawn") == ["error"]
    assert severities("--start-method", "spawn", "--start-method", "fork") == ["warning"]
    assert severities("--start-method", "fork", "--target", "linux-3.14") == []


def test_a_method_that_the_program_chooses_bites_under_every_platform_default(folder: Path, run: Run) -> None:
    text = PROCESS.replace("import Process", "import get_context").replace("Process(", 'get_context("spawn").Process(')
    (folder / "a.py").write_text(text)
    [entry] = run("check", "--output-format", "json").json
    assert entry["severity"] == "error"
    assert entry["start_methods"] == ["fork", "spawn", "forkserver"]
    assert "which this program chooses" in entry["problem"]
