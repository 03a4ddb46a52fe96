"""Notebooks are checked like files; places are told by cell, and repairs go into the cells."""

import json
import subprocess
from pathlib import Path

import pytest
from command_line import Run

SETUP = "%matplotlib inline\nfrom multiprocessing import get_context\n!pip install nothing"
LAMBDA = "with get_context('fork').Pool(2) as pool:\n    print(pool.map(lambda n: n * n, range(4)))"
CELLS = (("markdown", "# Pool\nWhy?"), ("code", SETUP), ("code", "%%bash\necho 'it\n"), ("code", LAMBDA))


def notebook(*cells: tuple[str, str], language: str = "python") -> str:
    rows = [
        {
            "cell_type": kind,
            "id": str(number),
            "metadata": {},
            "source": text.splitlines(keepends=True),
            **({"outputs": [{"text": ["é"]}], "execution_count": number} if kind == "code" else {}),
        }
        for number, (kind, text) in enumerate(cells)
    ]
    document = {"cells": rows, "metadata": {"language_info": {"name": language}}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


@pytest.fixture(autouse=True)
def settings(folder: Path) -> None:
    """That fork is chosen is not what these tests are about."""
    (folder / "spawnsafe.toml").write_text('ignore = ["forced-fork"]\n')


def write(folder: Path, text: str, name: str = "a.ipynb") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return path


def test_places_are_told_by_cell(folder: Path, run: Run) -> None:
    write(folder, notebook(*CELLS))
    result = run("check")
    assert result.status == 1
    assert result.lines[0].startswith("a.ipynb:cell 4:2:20: error[lambda-target] ")
    assert result.lines[2:4] == [
        "2 |     print(pool.map(lambda n: n * n, range(4)))",
        "  |                    ^^^^^^^^^^^^^^^",
    ]


def test_json_has_the_cell_and_places_in_it(folder: Path, run: Run) -> None:
    write(folder, notebook(*CELLS))
    [entry] = run("check", "--output-format", "json").json
    assert (entry["path"], entry["cell"]) == ("a.ipynb", 3)
    assert entry["range"] == {"start": {"line": 2, "column": 20}, "end": {"line": 2, "column": 35}}
    [edit] = entry["fixes"][0]["edits"]
    assert edit["cell"] == 3
    assert edit["text"].startswith("def work(n):\n    return n * n\n\n\nwith get")
    (folder / "b.py").write_text(f"from multiprocessing import get_context\n\n{LAMBDA}")
    assert all("cell" not in each for each in run("check", "b.py", "--output-format", "json").json)


def test_other_formats_point_into_the_file(folder: Path, run: Run) -> None:
    text = notebook(*CELLS)
    write(folder, text)
    line = 1 + next(number for number, line in enumerate(text.split("\n")) if "lambda" in line)
    github = run("check", "--output-format", "github").text
    assert github.startswith(f"::error file=a.ipynb,line={line},endLine={line},title=")
    [issue] = run("check", "--output-format", "gitlab").json
    assert issue["location"] == {"path": "a.ipynb", "lines": {"begin": line, "end": line}}
    [result] = run("check", "--output-format", "sarif").json["runs"][0]["results"]
    [location] = result["locations"]
    assert location["physicalLocation"]["region"] == {"startLine": line, "endLine": line}
    assert location["logicalLocations"] == [{"fullyQualifiedName": "a.ipynb:cell 4:2:20"}]
    assert "fixes" not in result


def test_notes_are_told_by_cell(folder: Path, run: Run) -> None:
    local = "from multiprocessing import Pool\ndef main():\n    def work(n): return n\n    return work"
    write(folder, notebook(("code", local), ("code", "with Pool(1) as pool:\n    print(pool.map(main(), [1]))")))
    assert "  = note: a.ipynb:cell 1:3:9: `work` is defined here." in run("check").lines


def test_diff_is_by_cell(folder: Path, run: Run) -> None:
    path = write(folder, notebook(*CELLS))
    before = path.read_bytes()
    result = run("check", "--diff")
    assert result.lines[:3] == ["--- a.ipynb:cell 4", "+++ a.ipynb:cell 4", "@@ -1,2 +1,6 @@"]
    assert path.read_bytes() == before


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_fix_changes_cells_and_nothing_else(folder: Path, run: Run, end: str) -> None:
    text = notebook(*CELLS).replace("\n", end)
    path = write(folder, text)
    assert "Fixed 1 problem in 1 file" in run("check", "--fix").text
    fixed = "def work(n):\n    return n * n\n\n\n" + LAMBDA.replace("lambda n: n * n", "work")
    assert path.read_bytes().decode() == notebook(*CELLS[:3], ("code", fixed)).replace("\n", end)


def test_no_fix_makes_workers_look_for_what_a_cell_defines(folder: Path, run: Run) -> None:
    path = write(folder, notebook(("code", "from multiprocessing import Pool\nPool(1).map(lambda n: n, [1])")))
    before = path.read_bytes()
    assert run("check", "--fix").status == 1
    assert path.read_bytes() == before


def test_ignores_are_written_into_cells(folder: Path, run: Run) -> None:
    path = write(folder, notebook(*CELLS))
    assert run("check", "--add-ignores").status == 0
    source = json.loads(path.read_text())["cells"][3]["source"]
    assert source[1].endswith("range(4)))  # spawnsafe: ignore[lambda-target]")
    assert run("check").text == "No problems found in 1 file\n"


def test_standard_input_is_a_notebook_by_its_name(folder: Path, run: Run) -> None:
    stdin = notebook(*CELLS).encode()
    assert run("check", "-", "--stdin-filename", "x.ipynb", stdin=stdin).lines[0].startswith("x.ipynb:cell 4:2:20: ")
    fixed = run("check", "-", "--fix", "--stdin-filename", "x.ipynb", stdin=stdin).output
    assert json.loads(fixed)["cells"][3]["source"][0] == "def work(n):\n"
    assert list(folder.glob("*.ipynb")) == []


def test_notebooks_in_other_languages_are_left_alone(folder: Path, run: Run) -> None:
    write(folder, notebook(*CELLS, language="julia"))
    assert run("check").text == "No problems found in 1 file\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [('{"cells": [', "line 1 is no JSON"), ("[1]", "this JSON is no notebook")],
)
def test_what_is_no_notebook_is_told_in_one_line(folder: Path, run: Run, text: str, reason: str) -> None:
    write(folder, text)
    result = run("check")
    assert (result.status, result.error) == (2, f"spawnsafe: a.ipynb: {reason}, so the file is not checked\n")


def test_notebooks_are_excluded_like_files(folder: Path, run: Run) -> None:
    (folder / ".ipynb_checkpoints").mkdir()
    for name in ("a.ipynb", ".ipynb_checkpoints/a.ipynb"):
        write(folder, notebook(*CELLS), name)
    assert [entry["path"] for entry in run("check", "--output-format", "json").json] == ["a.ipynb"]
    (folder / "spawnsafe.toml").write_text('exclude = ["*.ipynb"]\n')
    assert run("check", "--output-format", "json").json == []


def test_a_part_that_does_not_parse_hides_no_other(folder: Path, run: Run) -> None:
    write(folder, notebook(*CELLS[:2], ("code", "x = (1,\n"), CELLS[3]))
    lines = run("check", "--output-format", "concise").lines
    assert lines[0].startswith("a.ipynb:cell 3:1:8: error[syntax-error] ")
    assert lines[1].startswith("a.ipynb:cell 4:2:20: error[lambda-target] ")


def test_since_a_revision_only_changed_cells_count(folder: Path, run: Run) -> None:
    def git(*arguments: str) -> None:
        names = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *names, *arguments], cwd=folder, check=True, capture_output=True)  # noqa: S607 - git

    git("init", "--quiet")
    write(folder, notebook(*CELLS))
    git("add", "--all")
    git("commit", "--quiet", "--message", "x")
    write(folder, notebook(*CELLS, ("code", "x = 1")))
    assert run("check", "--since", "HEAD", "--output-format", "json").json == []
    write(folder, notebook(*CELLS, ("code", "with get_context('fork').Pool(1) as p:\n    p.map(lambda n: -n, [1])")))
    assert [entry["cell"] for entry in run("check", "--since", "HEAD", "--output-format", "json").json] == [4]
