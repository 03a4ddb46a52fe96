"""Changes that nothing calls for: what they make of a program, and that it does the same afterwards."""

from pathlib import Path

import pytest
from programs import METHODS, outputs

from spawnsafe.model import Project
from spawnsafe.refactorings import refactorings
from spawnsafe.source import apply_edits

PATH = Path("/nowhere/main.py")


def offered(text: str, part: str) -> dict[tuple[str, str], str]:
    """What is offered where a part of a text stands, by sort and title, with the text afterwards."""
    project = Project()
    project.open(PATH, text)
    module = project.module(PATH)
    start = text.index(part)
    found = refactorings(module, module.text.span(start, start + len(part)))
    return {
        (each.sort.value, each.fix.title): apply_edits(module.text, [edit.edit for edit in each.fix.edits])
        for each in found
    }


WORK = """\
from multiprocessing import Pool


def work(n):
    return n * n


"""
LOCAL = """\
from multiprocessing import Pool


def scaled(rows, factor):
    # Only one factor.
    def scale(n):
        return n * factor

    return [scale(row) for row in sorted(rows, key=lambda row: -row)]


if __name__ == "__main__":
    with Pool(2) as pool:
        print(pool.map(abs, scaled([1, 2], 3)))
"""
STREAMED = (
    WORK
    + """\
if __name__ == "__main__":
    with Pool(2) as pool:
        for square in pool.map(work, range(100)):
            print(square)
"""
)
CLOSED = (
    WORK
    + """\
if __name__ == "__main__":
    pool = Pool(2)  # two are enough
    try:
        print(pool.map(work, [1, 2]))
    finally:
        pool.close()
        pool.join()
    print("done")
"""
)
SCRIPT = (
    WORK
    + """\
print("begin")

if __name__ == "__main__":
    with Pool(2) as pool:
        print(pool.map(work, [1, 2]))
print("end")
"""
)

CASES = {
    "a local function that is called": (
        LOCAL,
        "scale(n)",
        ("extract", "Move `scale` to module level"),
        LOCAL.replace("    # Only one factor.\n    def scale(n):\n        return n * factor\n\n", "")
        .replace("scale(row)", "scale(factor, row)")
        .replace("def scaled", "# Only one factor.\ndef scale(factor, n):\n    return n * factor\n\n\ndef scaled"),
    ),
    "a lambda in an argument": (
        LOCAL,
        "-row",
        ("extract", "Make the lambda a function"),
        LOCAL.replace("lambda row: -row", "work").replace(
            "def scaled", "def work(row):\n    return -row\n\n\ndef scaled"
        ),
    ),
    "the number of items to a task": (
        STREAMED,
        "map",
        ("rewrite", "Write `chunksize=13`"),
        STREAMED.replace("range(100)", "range(100), chunksize=13"),
    ),
    "a loop over results": (
        STREAMED,
        "map",
        ("rewrite", "Use `imap`"),
        STREAMED.replace("map(work, range(100)", "imap(work, range(100), chunksize=13"),
    ),
    "a pool that is closed": (
        CLOSED,
        "Pool(2)",
        ("rewrite", "Make it in a with"),
        WORK
        + """\
if __name__ == "__main__":
    with Pool(2) as pool:  # two are enough
        try:
            print(pool.map(work, [1, 2]))
        finally:
            pool.close()
            pool.join()
    print("done")
""",
    ),
    "what stands below the guard": (
        SCRIPT.replace('print("begin")\n\n', ""),
        'print("end")',
        ("rewrite", "Wrap it in the main guard"),
        WORK
        + """\
if __name__ == "__main__":
    with Pool(2) as pool:
        print(pool.map(work, [1, 2]))
    print("end")
""",
    ),
    "what stands above the guard": (
        SCRIPT,
        'print("begin")',
        ("rewrite", "Wrap it in the main guard"),
        WORK
        + """\
if __name__ == "__main__":
    print("begin")

    with Pool(2) as pool:
        print(pool.map(work, [1, 2]))
    print("end")
""",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_made_of_a_program(name: str) -> None:
    before, part, what, after = CASES[name]
    assert offered(before, part)[what] == after


@pytest.mark.parametrize("name", CASES)
def test_line_ends_stay(name: str) -> None:
    before, part, what, after = CASES[name]
    assert offered(before.replace("\n", "\r\n"), part)[what] == after.replace("\n", "\r\n")


@pytest.mark.parametrize("name", CASES)
def test_programs_do_the_same_afterwards(name: str, tmp_path: Path) -> None:
    before, _, _, after = CASES[name]
    expected = outputs({"main.py": before}, tmp_path / "before", methods=("fork",))["fork"]
    assert expected is not None
    assert outputs({"main.py": after}, tmp_path / "after") == dict.fromkeys(METHODS, expected)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("def f():\n    def g():\n        pass\n    g()\n", "g():"),  # nothing to do with processes
        (LOCAL.replace("return n * factor", "nonlocal factor\n        factor += n"), "scale(n)"),
        (LOCAL.replace("return [scale(row)", "rows = map(scale, rows)\n    factor += 1\n    return [row"), "scale(n)"),
        (STREAMED.replace("for square in pool.map(work, range(100)):", "for square in pool.map(work, []):"), "Pool(2)"),
        (STREAMED.replace("print(square)", "break"), "map(work, range(100), 1)"),
        (CLOSED.replace("pool.map(work", "pool.imap(work"), "Pool(2)"),
        (CLOSED.replace("    pool =", "    if work(1):\n        pool ="), "Pool(2)"),
        (WORK + 'print("begin")\nCOUNT = len(input())\n\n\ndef double(n):\n    return n * COUNT\n', "COUNT = "),
        (SCRIPT, "def work"),
        (SCRIPT, "with Pool"),
    ],
)
def test_nothing_is_offered_that_would_change_a_program(text: str, part: str) -> None:
    text = text.replace("range(100))", "range(100), 1)")
    assert offered(text, part) == {}
