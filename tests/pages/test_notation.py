"""How pages are read, and that their claims about runs can be refuted."""

from pathlib import Path

import pytest
from notation import Mark, Role, cases
from outcomes import read_row

from carets import read_marks, without_marks
from spawnsafe.pages import page_paths, read_page
from spawnsafe.run import Outcome
from spawnsafe.source import Point, Span

PAGE = '''\
# some-rule

What it is about.

## Failing program

`helpers.py`:

```python
def work(n): ...
```

`main.py`:

```python
# no heading
run(work)
#   ^^^^ some-rule
stop()
# <^^^ other-rule
```

Run as `python -W error main.py`.

> `work` is wrong,
> so it fails. Mend it.

| start method | outcome        | Python |
| ------------ | -------------- | ------ |
| fork         | prints nothing | ≤ 3.13 |

## Fixed program

```python
pass
```

## Prose

Nothing to run.

## A look-alike

```python
"""
# Text that looks like a heading
"""
```
'''


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "family" / "some_rule.md"
    path.parent.mkdir()
    path.write_text(PAGE, encoding="utf-8")
    return path


def test_a_page_is_divided_at_its_headings(path: Path) -> None:
    page = read_page(path)
    assert (page.code, page.family, page.title, page.intro) == (
        "some-rule",
        "family",
        "some-rule",
        "What it is about.",
    )
    headings = [section.heading for section in page.sections]
    assert headings == ["Failing program", "Fixed program", "Prose", "A look-alike"]


def test_every_page_is_found_by_its_code() -> None:
    paths = page_paths()
    assert paths["lambda-target"].parts[-2:] == ("pickling", "lambda_target.md")


def test_a_case_has_all_that_its_section_says(path: Path) -> None:
    failing, fixed, look_alike = cases(read_page(path))
    assert [case.role for case in (failing, fixed, look_alike)] == [Role.FAILING, Role.FIXED, Role.LOOK_ALIKE]
    assert failing.files == {
        "helpers.py": "def work(n): ...\n",
        "main.py": "# no heading\nrun(work)\nstop()\n",
    }
    assert failing.command == ("-W", "error", "main.py")
    assert failing.marks == (
        Mark("main.py", Span(Point(1, 4), Point(1, 8)), "some-rule"),
        Mark("main.py", Span(Point(2, 0), Point(2, 6)), "other-rule"),
    )
    assert failing.messages == ("`work` is wrong, so it fails. Mend it.",)
    assert failing.rows == (read_row("fork", "prints nothing", "≤ 3.13"),)
    assert failing.fixed == fixed


def test_marks_count_the_lines_of_the_program_without_them() -> None:
    text = "a(b)\n# ^ one\n  # ^ two [fork spawn]\nc(d)\n# ^ three\n"
    assert without_marks(text) == "a(b)\nc(d)\n"
    assert [marked.span.start for marked in read_marks(text)] == [Point(0, 2), Point(0, 4), Point(1, 2)]
    assert [marked.methods for marked in read_marks(text)] == [(), ("fork", "spawn"), ()]


TRACEBACK = "Traceback (most recent call last):\nValueError: too much\n"


@pytest.mark.parametrize(
    ("claim", "outcome", "refutation"),
    [
        ("prints `a`, `b`", Outcome(0, "a\nb\n", ""), ""),
        ("prints `a`, `b`", Outcome(0, "a\n", ""), "it printed something else"),
        ("prints `a`", Outcome(1, "a\n", ""), "it failed"),
        ("prints `a`", Outcome(None, "a\n", ""), "it hung"),
        ("prints `a`", Outcome(0, "a\n", TRACEBACK), "an exception was raised"),
        ("prints `a`; a worker raises `ValueError`", Outcome(0, "a\n", TRACEBACK), ""),
        ("prints `a`; a worker raises `TypeError`", Outcome(0, "a\n", TRACEBACK), "no worker raised this"),
        ("prints nothing", Outcome(0, "", ""), ""),
        ("prints nothing", Outcome(0, "a\n", ""), "it printed something else"),
        ("ends well", Outcome(0, "a\n", ""), ""),
        ("ends well", Outcome(1, "a\n", ""), "it failed"),
        ("raises `ValueError: too`", Outcome(1, "", TRACEBACK), ""),
        ("raises `ValueError: …much`", Outcome(1, "", TRACEBACK), ""),
        ("raises `ValueError: much`", Outcome(1, "", TRACEBACK), "another exception, or none, came last"),
        ("raises `ValueError`", Outcome(0, "", TRACEBACK), "it did not fail"),
        ("hangs", Outcome(None, "", ""), ""),
        ("hangs", Outcome(0, "", ""), "it ended"),
        ("hangs", Outcome(None, "", TRACEBACK), "an exception was raised"),
        ("hangs; a worker raises `ValueError`", Outcome(None, "", TRACEBACK), ""),
        ("starts workers endlessly; a worker raises `ValueError`", Outcome(None, "", TRACEBACK * 9), ""),
        (
            "starts workers endlessly; a worker raises `ValueError`",
            Outcome(None, "", TRACEBACK),
            "only 1 workers failed",
        ),
    ],
)
def test_a_claim_holds_or_is_refuted(claim: str, outcome: Outcome, refutation: str) -> None:
    assert read_row("fork", claim).refuted_by(outcome) == refutation


@pytest.mark.parametrize("claim", ["works", "raises ValueError", "prints `a` and more", "hangs; it is slow"])
def test_other_words_are_no_claim(claim: str) -> None:
    with pytest.raises(AssertionError, match="no outcome"):
        read_row("fork", claim)


@pytest.mark.parametrize(
    ("python", "version", "holds"),
    [
        ("", (3, 9, 18), True),
        ("3.14", (3, 14, 2), True),
        ("≤ 3.13", (3, 13, 7), True),
        ("≤ 3.13", (3, 14, 0), False),
        ("≥ 3.12.5, ≤ 3.13", (3, 12, 4), False),
        ("≥ 3.12.5, ≤ 3.13", (3, 13, 0), True),
    ],
)
def test_a_row_holds_for_the_versions_it_names(python: str, version: tuple[int, ...], holds: bool) -> None:  # noqa: FBT001
    row = read_row("fork, spawn", "hangs", python)
    assert row.holds_for("spawn", version) is holds
    assert not row.holds_for("forkserver", version)
