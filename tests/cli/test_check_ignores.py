"""Comments that suppress findings, as `check` reads and writes them."""

import re
from pathlib import Path

import pytest
from command_line import HEALTHY, LAMBDA, PROCESS, Run

SENT = "        print(pool.map(lambda n: n * n, range(4)))"


def commented(comment: str) -> str:
    return LAMBDA.replace(SENT, f"{SENT}  {comment}")


@pytest.mark.parametrize(
    "text",
    [
        commented("# spawnsafe: ignore[lambda-target]"),
        commented("# spawnsafe: ignore[pickling]"),
        commented("# spawnsafe: ignore"),
        commented("#spawnsafe:ignore[ lambda-target ]"),
        commented("# type: ignore[misc]  # spawnsafe: ignore[lambda-target] it is caught"),
        LAMBDA.replace(SENT, f"        # spawnsafe: ignore[lambda-target]\n\n        # or so\n{SENT}"),
        LAMBDA.replace(SENT, "        # spawnsafe: ignore\n" + SENT.replace("(lambda", "(\n  lambda")),
        LAMBDA.replace("n * n", "(\nn * n)").replace("(4)))", "(4)))  # spawnsafe: ignore[lambda-target]"),
        "# spawnsafe: ignore-file[lambda-target]\n" + LAMBDA,
        "# spawnsafe: ignore-file\r\n" + LAMBDA.replace("\n", "\r\n"),
        LAMBDA + "\n\n# 😀 spawnsafe: no\n# spawnsafe: ignore-file[start, pickling]".replace("start, ", ""),
    ],
)
def test_a_comment_suppresses_what_it_names(folder: Path, run: Run, text: str) -> None:
    (folder / "a.py").write_text(text, newline="")
    result = run("check")
    assert (result.status, result.lines) == (0, ["No problems found in 1 file"])


@pytest.mark.parametrize(
    "text",
    [
        LAMBDA.replace(SENT, f'{SENT[:-1]}, "# spawnsafe: ignore")'),
        LAMBDA.replace(SENT, f"        # spawnsafe: ignored\n{SENT}"),
        commented("# spawnsafe: noignore"),
        commented("# spawnsafe: ignore-files"),
    ],
)
def test_other_text_suppresses_nothing(folder: Path, run: Run, text: str) -> None:
    (folder / "a.py").write_text(text)
    assert run("check").lines[-1] == "1 error in 1 file; 1 can be fixed with --fix"


@pytest.mark.parametrize(
    ("text", "said", "repaired"),
    [
        (
            HEALTHY.replace("(4)))", "(4)))  # spawnsafe: ignore[lambda-target]"),
            "`lambda-target` finds nothing here, so this comment suppresses nothing.",
            HEALTHY,
        ),
        (
            f"# spawnsafe: ignore-file\n{HEALTHY}",
            "No rule finds anything here, so this comment suppresses nothing.",
            HEALTHY,
        ),
        (
            commented("# spawnsafe: ignore[late-target, lambda-target]"),
            "`late-target` finds nothing here, so this comment suppresses nothing.",
            commented("# spawnsafe: ignore[lambda-target]"),
        ),
        (
            commented("# spawnsafe: ignore[lambda-target,  start] because"),
            "`start` finds nothing here, so this comment suppresses nothing.",
            commented("# spawnsafe: ignore[lambda-target] because"),
        ),
        (
            HEALTHY.replace("(4)))", "(4)))  # noqa: X1 # spawnsafe: ignore because of that"),
            "No rule finds anything here, so this comment suppresses nothing.",
            HEALTHY.replace("(4)))", "(4)))  # noqa: X1 # because of that"),
        ),
    ],
)
def test_a_comment_that_suppresses_nothing_is_told_and_removed(
    folder: Path, run: Run, text: str, said: str, repaired: str
) -> None:
    (folder / "a.py").write_text(text)
    result = run("check", "--output-format", "concise")
    assert result.status == 0
    assert [line.partition("information[unused-ignore] ")[2] for line in result.lines[:-1]] == [said]
    assert run("check", "--fix").lines[0] == "Fixed 1 problem in 1 file"
    assert (folder / "a.py").read_text() == repaired


def test_a_name_that_is_misspelled_is_corrected(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(commented("# spawnsafe: ignore[lamda-target]"))
    assert "There is no rule `lamda-target`, so this comment suppresses nothing." in run("check").text
    assert run("check", "--fix", "--select", "unused-ignore").status == 0
    assert (folder / "a.py").read_text() == commented("# spawnsafe: ignore[lambda-target]")


def test_a_comment_for_what_is_not_looked_for_is_left_alone(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(PROCESS.replace("))\n    process.start", "))  # spawnsafe: ignore\n    process.start"))
    for arguments in (["--select", "start,suppression"], ["--ignore", "pickling"], ["--target", "linux-3.12"]):
        assert run("check", *arguments).lines == ["No problems found in 1 file"]


def test_add_ignores_writes_one_comment_a_line(folder: Path, run: Run) -> None:
    pair = LAMBDA.replace(SENT, "        print(pool.map(lambda n: n, [lambda: 0]))  # why")
    for name, text in (("a.py", pair), ("b.py", commented("# spawnsafe: ignore[late-target]")), ("c.py", HEALTHY)):
        (folder / name).write_text(text)
    found = run("check", "--output-format", "json").json
    assert sorted(each["rule"] for each in found) == ["lambda-target"] * 2 + ["unpicklable-argument", "unused-ignore"]
    result = run("check", "--add-ignores", "--output-format", "concise")
    assert result.status == 0
    assert [line.partition(" ")[2] for line in result.lines[1:-1]] == [
        "information[unused-ignore] `late-target` finds nothing here, so this comment suppresses nothing."
    ]
    assert result.lines[0] == "Suppressed 3 problems in 2 files"
    ending = "  # why  # spawnsafe: ignore[lambda-target, unpicklable-argument]"
    assert (folder / "a.py").read_text() == pair.replace("  # why", ending)
    assert (folder / "b.py").read_text() == commented("# spawnsafe: ignore[late-target, lambda-target]")
    assert (folder / "c.py").read_text() == HEALTHY


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_add_ignores_writes_above_what_cannot_end_with_a_comment(folder: Path, run: Run, newline: str) -> None:
    text = LAMBDA.replace(SENT, '        print(pool.map(lambda n: """\n""", \\\n[1]))').replace("\n", newline)
    (folder / "a.py").write_bytes(text.encode())
    assert run("check", "--add-ignores").lines == ["Suppressed 1 problem in 1 file", "No problems found in 1 file"]
    comment = f"        # spawnsafe: ignore[lambda-target]{newline}        print("
    assert (folder / "a.py").read_bytes().decode() == text.replace("        print(", comment)
    assert run("check", "--add-ignores").lines == ["No problems found in 1 file"]


def test_add_ignores_of_standard_input_goes_to_standard_output(folder: Path, run: Run) -> None:
    result = run("check", "--add-ignores", "-", stdin=LAMBDA.encode())
    assert result.status == 0
    assert result.text == commented("# spawnsafe: ignore[lambda-target]")
    assert not list(folder.glob("*.py"))


def test_add_ignores_stands_alone(folder: Path, run: Run) -> None:  # noqa: ARG001 - the folder is worked in
    result = run("check", "--add-ignores", "--fix")
    assert (result.status, result.text) == (2, "")
    assert "--add-ignores goes with neither --fix nor --diff" in result.error


STARTS = """\
from multiprocessing import Pool


one = Pool(1)
two = Pool(2)
three = Pool(3)
"""


def test_each_start_of_workers_is_suppressed_by_itself(folder: Path, run: Run) -> None:
    comment = "  # spawnsafe: ignore[unguarded-start]"
    for suppressed, found in (((), 4), (("one",), 5), (("two",), 4), (("one", "two"), 6), (("one", "two", "three"), 0)):
        text = re.sub(rf"^(?:{'|'.join(suppressed) or '-'}) = .*", rf"\g<0>{comment}", STARTS, flags=re.MULTILINE)
        (folder / "a.py").write_text(text)
        lines = run("check", "--output-format", "concise", "--select", "unguarded-start,unused-ignore").lines
        assert [line.split(":")[1] for line in lines[:-1]] == [str(found)] * bool(found)


def test_add_ignores_suppresses_every_start_of_workers(folder: Path, run: Run) -> None:
    (folder / "a.py").write_text(STARTS)
    result = run("check", "--add-ignores", "--select", "unguarded-start")
    assert (result.status, result.lines[0]) == (0, "Suppressed 3 problems in 1 file")
    assert (folder / "a.py").read_text().count("# spawnsafe: ignore[unguarded-start]") == 3
