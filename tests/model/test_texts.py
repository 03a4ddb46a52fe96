"""Whatever a text looks like: findings have the right places, survive broken neighbours and move with edits."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from analysis import FOLDER, POLICY, findings, module
from spawnsafe.check import check
from spawnsafe.model import Project
from spawnsafe.source import Point, Span

MAIN = FOLDER / "main.py"
PROGRAM = """\
from multiprocessing import Pool

def first(pool: Pool):
    return pool.map(lambda n: n, [1])

class Second:
    def one(self, pool: Pool):
        return pool.map(lambda n: n + 1, [1])

    def two(self, pool: Pool):
        return pool.map(lambda n: n + 2, [1])

def third(pool: Pool):
    return pool.map(lambda n: n + 3, [1])
"""
ALL = ["lambda n: n", "lambda n: n + 1", "lambda n: n + 2", "lambda n: n + 3"]


class Editor:
    """Types into a file and says which texts are underlined."""

    def __init__(self, text: str) -> None:
        self.project = Project()
        self.text = text
        self.show(text)

    def show(self, text: str) -> list[str]:
        self.text = text
        self.project.open(MAIN, text)
        return self.underlined

    def replace(self, old: str, new: str) -> list[str]:
        assert self.text.count(old) == 1
        return self.show(self.text.replace(old, new))

    @property
    def spans(self) -> list[Span]:
        return [each.finding.span for each in check(self.project.module(MAIN), POLICY)]

    @property
    def underlined(self) -> list[str]:
        return [self.project.module(MAIN).text[span] for span in self.spans]


BREAKS = {
    "an open bracket": ("    return pool.map(lambda n: n, [1])\n", "    return pool.map(lambda n: n, [1]\n"),
    "an open bracket in a method": ("(lambda n: n + 1, [1])", "(lambda n: n + 1, [1]"),
    "a bracket too many": ("(lambda n: n + 1, [1])", "(lambda n: n + 1, [1]))"),
    "an open string": ("def third", "x = 'abc\ndef third"),
    "an open string of many lines": ("class Second", 'x = """abc\nclass Second'),
    "a name without a colon": ("def third(pool: Pool):", "def third(pool: Pool)"),
    "an open header": ("def third(pool: Pool):", "def third(pool: Pool"),
    "a class without a name": ("class Second:", "class :"),
    "an open list of bases": ("class Second:", "class Second(:"),
    "half an expression": ("def third", "x = 1 +\ndef third"),
    "half an import": ("\ndef first", "import\ndef first"),
    "half a decorator": ("def third", "@\ndef third"),
    "a statement that is being typed": (
        "    def two(self, pool: Pool):\n",
        "    def two(self, pool: Pool):\n        if\n",
    ),
    "an empty line that is being indented": ("    def two", "  \n    def two"),
    "a method that is being typed": ("    def two", "    def\n    def two"),
    "a method's decorator that is being typed": ("    def two", "    @\n    def two"),
    "a method that loses its colon": ("    def two(self, pool: Pool):", "    def two(self, pool: Pool)"),
    "an else without an if": ("def third", "else:\ndef third"),
    "a keyword as a name": ("def third", "class = 1\ndef third"),
    "a lone backslash": ("def third", "x = \\\ndef third"),
    "a strange character": ("def third", "x = ¿\ndef third"),
    "a null character": ("def third", "x = \0\ndef third"),
}


@pytest.mark.parametrize(("old", "new"), BREAKS.values(), ids=BREAKS.keys())
def test_findings_stay_while_something_is_broken(old: str, new: str) -> None:
    editor = Editor(PROGRAM)
    assert editor.replace(old, new) == ALL
    assert editor.show(PROGRAM) == ALL
    assert not editor.project.module(MAIN).problems


BROKEN_FROM_THE_START = {
    "a function above": ("def zero(:\n    pass\n" + PROGRAM, ALL),
    "an open bracket above": ("x = [1,\n" + PROGRAM, ALL),
    "a statement below": (PROGRAM + "x = = 1\n", ALL),
    "the function between": (PROGRAM.replace("def third(pool: Pool):", "def third(pool: Pool:"), ALL[:3]),
    "a method": (PROGRAM.replace("def one(self, pool: Pool):", "def one(self, pool: Pool:"), [ALL[0], *ALL[2:]]),
    "one statement of Python 2": ("print 'x'\n" + PROGRAM, ALL),
}


@pytest.mark.parametrize(("text", "expected"), BROKEN_FROM_THE_START.values(), ids=BROKEN_FROM_THE_START.keys())
def test_what_is_not_broken_is_read_and_the_problem_named_once(text: str, expected: list[str]) -> None:
    model = module(text)
    assert [model.text[each.finding.span] for each in check(model, POLICY)] == expected
    (problem,) = model.problems
    assert problem.reason
    assert 0 <= problem.offset < len(text)


def test_a_broken_block_keeps_its_findings_where_they_are_now() -> None:
    editor = Editor(PROGRAM)
    editor.replace("return pool.map(lambda n: n, [1])", "other = (\n    return pool.map(lambda n: n, [1])")
    assert editor.underlined == ALL
    assert editor.spans[0].start.line == 4
    editor.show("# a comment\n\n" + editor.text)
    assert editor.underlined == ALL
    assert editor.spans[0].start.line == 6


@pytest.mark.parametrize(
    "above", ["\n", "# comment\n", "import os\n", "x = [\n    1,\n]\n", "def f():\n    pass\n", '"""Doc."""\n']
)
def test_findings_move_with_edits_above_them(above: str) -> None:
    editor = Editor(PROGRAM)
    before = editor.spans
    lines = above.count("\n")
    assert editor.show(above + PROGRAM) == ALL
    assert [span.start.line for span in editor.spans] == [span.start.line + lines for span in before]
    assert editor.show(PROGRAM) == ALL
    assert editor.spans == before


def test_a_finding_goes_with_what_it_is_about() -> None:
    editor = Editor(PROGRAM)
    assert editor.replace("lambda n: n + 1", "abs") == [ALL[0], *ALL[2:]]
    assert editor.replace("multiprocessing import Pool", "multiprocessing.pool import ThreadPool as Pool") == []
    assert editor.show("") == []
    assert editor.show(PROGRAM) == ALL


def test_the_first_version_can_be_the_broken_one() -> None:
    editor = Editor(PROGRAM.replace("(lambda n: n, [1])", "(lambda n: n, [1]"))
    assert editor.show(PROGRAM) == ALL


def test_an_edit_in_another_file_changes_what_is_found(tmp_path: Path) -> None:
    project = Project()
    main, work = tmp_path / "main.py", tmp_path / "work.py"
    project.open(
        main, "from multiprocessing import Pool\nfrom work import work\ndef f(p: Pool):\n    p.map(work, [1])\n"
    )
    codes = []
    for text in (
        "work = lambda n: n\n",
        "def work(n): ...\n",
        "def work(n: ...\n",
        "def make():\n    return lambda: 1\nwork = make()\n",
    ):
        project.open(work, text)
        codes.append([each.rule.code for each in check(project.module(main), POLICY)])
    assert codes == [["lambda-target"], [], [], ["lambda-target"]]


# --- what text is made of ----------------------------------------------------------------------------------

LINES = [
    "from multiprocessing import Pool",
    "",
    "def run(pool: Pool):",
    "    pool.map(lambda n: n, [1])",
    "",
    "class Run:",
    "    def run(self, pool: Pool):",
    "        pool.map(lambda n: n, [1])",
]
PLACES = [Span(Point(3, 13), Point(3, 24)), Span(Point(7, 17), Point(7, 28))]


def _places(text: str) -> list[Span]:
    return [each.finding.span for each in check(module(text), POLICY)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("last", [True, False], ids=["with a last line end", "without"])
def test_every_line_end(end: str, last: bool) -> None:  # noqa: FBT001
    assert _places(end.join(LINES) + end * last) == PLACES


def test_mixed_line_ends() -> None:
    ends = ["\r\n", "\n", "\r", "\n", "\r\n", "\r", "\n", ""]
    assert _places("".join(map("".join, zip(LINES, ends, strict=True)))) == PLACES


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_tabs(end: str) -> None:
    text = end.join(line.replace("    ", "\t") for line in LINES)
    assert _places(text) == [Span(Point(3, 10), Point(3, 21)), Span(Point(7, 11), Point(7, 22))]


ABOVE = {
    "a byte order mark": ("\ufeff", 0),
    "a byte order mark and a comment": ("\ufeff# -*- coding: utf-8 -*-\n", 1),
    "a form feed in a line of its own": ("\x0c\n", 1),
    "a form feed in a comment": ("# a\x0cb\n", 1),
    "a form feed in a string": ("x = 'a\x0cb'\n", 1),
    "a vertical tab in a string": ("x = 'a\x0bb'\n", 1),
    "U+2028 in a string": ("x = 'a\u2028b'\n", 1),
    "U+2028 in a comment": ("# a\u2028b\u2029c\x85d\x1ce\n", 1),
    "U+2028 in a docstring": ('"""a\u2028b\n\u2028"""\n', 2),
    "astral characters": ("x = '😀😀'  # 😀\n", 1),
    "a line that is joined": ("x = 1 + \\\n    2\n", 2),
    "a string of many lines": ('x = """\ndef f(:\n"""\n', 3),
    "a raw string that ends in backslashes": ("x = r'\\\\'\n", 1),
    "strings in an f-string": ('x = f\'{"a" + f"{1}"}\'\n', 1),
    "brackets in strings and comments": ("x = '(['  # {(\n", 1),
    "no code at all": ("\n   \n\t\n# x\n", 4),
    "two statements in a line": ("import os; import sys\n", 1),
}


@pytest.mark.parametrize(("above", "lines"), ABOVE.values(), ids=ABOVE.keys())
def test_odd_text_above(above: str, lines: int) -> None:
    assert _places(above + "\n".join(LINES)) == [_down(span, lines) for span in PLACES]


def _down(span: Span, lines: int) -> Span:
    return Span(Point(span.start.line + lines, span.start.column), Point(span.end.line + lines, span.end.column))


def test_a_form_feed_before_a_statement() -> None:
    assert _places("\n".join(LINES).replace("def run(pool", "\x0cdef run(pool")) == PLACES


@pytest.mark.parametrize("odd", ["😀", "é", "e\u0301", "\u2028", "\x0c", "\ufeff", "\u200d", "中"])
def test_odd_characters_before_a_finding_in_its_line(odd: str) -> None:
    text = "\n".join(LINES).replace("pool.map(lambda", f"print('{odd}'), pool.map(lambda", 1)
    (first, second) = _places(text)
    moved = len(f"print('{odd}'), ")
    assert first == Span(Point(3, 13 + moved), Point(3, 24 + moved))
    assert second == PLACES[1]


def test_names_of_any_script() -> None:
    text = "from multiprocessing import Pool as 池\ndef 走る(π: 池):\n    π.map(lambda ñ: ñ, [1])\n"
    assert findings(text) == [("lambda-target", "lambda ñ: ñ")]


# --- deep nesting ------------------------------------------------------------------------------------------

DEEP = {
    "brackets": lambda n: "x = " + "(" * n + "1" + ")" * n,
    "square brackets": lambda n: "x = " + "[" * n + "]" * n,
    "braces": lambda n: "x = " + "{1:" * n + "1" + "}" * n,
    "brackets that never close": lambda n: "x = " + "(" * n,
    "brackets that were never opened": lambda n: "x = " + ")" * n,
    "calls": lambda n: "x = " + "f(" * n + ")" * n,
    "subscripts": lambda n: "x = a" + "[a" * n + "]" * n,
    "not": lambda n: "x = " + "not " * n + "y",
    "lambda": lambda n: "x = " + "lambda: " * n + "1",
    "minus": lambda n: "x = " + "-" * n + "1",
    "plus": lambda n: "x = 1" + " + 1" * n,
    "and": lambda n: "x = a" + " and a" * n,
    "comparisons": lambda n: "x = a" + " < a" * n,
    "attributes": lambda n: "x = a" + ".a" * n,
    "calls of calls": lambda n: "x = a" + "()" * n,
    "powers": lambda n: "x = a" + "**a" * n,
    "conditional expressions": lambda n: "x = " + "1 if a else " * min(n, 80_000) + "1",
    "strings side by side": lambda n: "x = " + "'a' " * n,
    "assignments": lambda n: "x = " * min(n, 20_000) + "1",
    "for in a comprehension": lambda n: "x = [1 " + "for a in b " * min(n, 80_000) + "]",
    "elif": lambda n: "if a:\n    pass\n" + "elif a:\n    pass\n" * min(n, 50_000),
    "nested if": lambda n: "".join(" " * i + "if a:\n" for i in range(min(n, 1000))) + " " * min(n, 1000) + "pass",
    "f-strings": lambda n: "x = " + "f'{" * min(n, 5000) + "1" + "}'" * min(n, 5000),
    "decorators": lambda n: "@a\n" * min(n, 20_000) + "def f(): pass",
    "await": lambda n: "async def f():\n    " + "await " * n + "a",
    "stars": lambda n: "f(" + "*" * n + "a)",
    "tildes in a class": lambda n: "class A:\n    x = " + "~" * n + "1\n    y = 2",
}


@pytest.mark.parametrize("size", [200, 2000, 20_000, 100_000])
@pytest.mark.parametrize("made", DEEP.values(), ids=DEEP.keys())
def test_deep_nesting_is_survived_and_leaves_the_rest(made: Callable[[int], str], size: int) -> None:
    above, below = "from multiprocessing import Pool\n", "def run(pool: Pool):\n    pool.map(lambda n: n, [1])\n"
    begun = time.process_time()
    assert findings(f"{above}{made(size)}\n{below}") == [("lambda-target", "lambda n: n")]
    assert time.process_time() - begun < 5


def test_deep_nesting_in_what_is_sent_is_survived() -> None:
    text = "from multiprocessing import Pool\ndef run(pool: Pool):\n    pool.map({}, [1])\n"
    assert findings(text.format("(" * 20 + "lambda: 1" + ")" * 20)) == [("lambda-target", "lambda: 1")]
    assert findings(text.format("(" * 2000 + "lambda: 1" + ")" * 2000)) == []


FLAT = {
    "a long list": lambda n: "x = [" + "1, " * n + "]",
    "a long list of lists": lambda n: "x = [\n" + "    [1, 2, 3],\n" * (n // 4) + "]",
    "many statements in a line": lambda n: "x = 1; " * n,
    "many functions": lambda n: "def f():\n    return 1\n" * n,
    "many comments": lambda n: "# (\n" * n,
}


@pytest.mark.parametrize("made", FLAT.values(), ids=FLAT.keys())
def test_long_files_are_survived(made: Callable[[int], str]) -> None:
    above, below = "from multiprocessing import Pool\n", "def run(pool: Pool):\n    pool.map(lambda n: n, [1])\n"
    assert findings(f"{above}{made(3000)}\n{below}") == [("lambda-target", "lambda n: n")]
