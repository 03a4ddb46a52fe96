"""Texts are cut where Python's own parser sees statements begin, and edits leave what a fresh read would give."""

import ast
import sysconfig
import warnings
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from spawnsafe.source import Text
from spawnsafe.syntax import Block, Document, read
from spawnsafe.syntax.blocks import cut

LIBRARY = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))


def _text(path: Path) -> str:
    """Return a file's text as the model reads it: every line end as it is."""
    return path.read_bytes().decode("utf-8", "replace")


def _beginnings(text: str) -> list[int]:
    """Return the lines on which statements begin, and the members of classes; of two on one line, one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(text)
    lines = [_first_line(node) for node in tree.body]
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.body[0].lineno > node.lineno:
            lines += [_first_line(member) for member in node.body]
    return sorted(set(lines))


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)]) - 1


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_statements_begin_where_python_says(path: Path) -> None:
    text = _text(path)
    statements = cut(text)
    starts = [one.start for statement in statements for one in (statement, *statement.members)]
    assert sorted({Text(text).point(start).line for start in starts}) == _beginnings(text)
    assert all(statement.balanced for statement in statements)


@pytest.mark.parametrize("path", Random(1).sample(LIBRARY, 12), ids=lambda path: path.stem)
def test_the_standard_library_is_understood(path: Path) -> None:
    document = read(_text(path))
    assert list(document.problems) == []
    assert _intact(document) == []


def _parts(document: Document) -> Iterator[Block]:
    for block in document.blocks:
        yield block
        yield from block.members


def _intact(document: Document) -> list[Block]:
    """Return the blocks that claim to be read as they stand, and are not."""
    return [
        part
        for part in _parts(document)
        if part.facts is not None
        and part.problem is None
        and part.read != document.text[part.start : part.header_end or part.end]
    ]


def _shape(document: Document) -> list[tuple[object, ...]]:
    return [(part.start, part.end, part.header_end, part.indent, part.read, part.problem) for part in _parts(document)]


SEED = '''\
"""A module."""
import os
from x import (
    y,
)

# a comment
@decorated(
    1,
)
def first(a, b=(1, 2)):
    """Doc (."""
    return [a,
            b]


class Second(Base):
    """Doc."""

    attribute = {"a": 1}

    @property
    def one(self):
        if self:
            return "a'b"
        else:
            return """x
def y():
"""

    def two(self): return 2

    class Inner:
        pass

if a:
    b = 1
elif c:
    b = 2
else:
    b = 3
try:
    pass
except ValueError:
    pass
finally:
    pass
x = 1; y = \\
    2
'''
TYPED = [*"()[]{}'\"\n\n\n \t\\:#@,=.x1", '"""', "'''", "\r\n", "\r", "def f():\n    pass\n", "class A:\n    x = 1\n"]
TYPED += [
    "    ",
    "else:\n",
    "import a\n",
    "\ndef ",
    "@a\n",
    "# (\n",
    "if x:\n",
    "\x0c",
    "\ufeff",
    "😀",
    "\u2028",
    "async ",
]


def _edited(random_: Random, text: str) -> str:
    """Return a text after one edit: something typed, deleted, replaced or moved."""
    at = random_.randrange(len(text) + 1)
    match random_.randrange(6):
        case 0 | 1 | 2:
            return text[:at] + random_.choice(TYPED) + text[at:]
        case 3:
            return text[:at] + text[at + random_.choice([1, 1, 1, 2, 5, 40]) :]
        case 4:
            end = min(len(text), at + random_.randrange(30))
            return text[:at] + random_.choice(TYPED) + text[end:]
        case _:
            lines = text.splitlines(keepends=True)
            line = random_.randrange(len(lines) + 1)
            other = lines[line : line + random_.randrange(4)]
            place = random_.randrange(len(lines) + 1)
            return "".join([*lines[:place], *other, *lines[place:]])


@pytest.mark.parametrize("seed", range(60))
def test_edits_in_any_order_leave_what_a_fresh_read_gives(seed: int) -> None:
    random_ = Random(seed)
    history = [SEED]
    document = start = read(SEED)
    for _ in range(random_.choice([1, 3, 12])):
        text = _edited(random_, document.text)
        document = read(text, document)
        history.append(text)
        assert document.text == text
        assert _intact(document) == []
        ends = [0, *(offset for block in document.blocks for offset in (block.start, block.end)), len(text)]
        assert ends == sorted(ends), "blocks lie in order and apart"
        fresh = read(text)
        if not list(fresh.problems):
            assert _shape(document) == _shape(fresh)
    for text in reversed(history[:-1]):  # undo
        document = read(text, document)
    assert _shape(document) == _shape(start)


@pytest.mark.parametrize("seed", range(40))
def test_a_broken_text_keeps_all_that_still_stands_in_it(seed: int) -> None:
    """Whatever one edit breaks: statements that do not touch it and are whole stay as they were."""
    random_ = Random(seed)
    before = read(SEED)
    lines = SEED.splitlines(keepends=True)
    line = random_.choice([number for number, line in enumerate(lines) if line.strip()])
    lines[line] = lines[line].rstrip("\n") + random_.choice(["(", "[", "{", ")", " =", " def", ":"]) + "\n"
    after = read("".join(lines), before)
    kept = [part for part in _parts(after) if part.facts is not None]
    assert len(kept) >= len(list(_parts(before))) - 3


def test_typing_a_bracket_costs_no_statement_but_its_own() -> None:
    text = "".join(f"def f{n}():\n    return g({n})\n\n" for n in range(50))
    document = read(text)
    broken = text.replace("g(20)", "g((20)")
    after = read(broken, document)
    assert len(after.blocks) == 50
    assert [number for number, block in enumerate(after.blocks) if block.problem] == [20]
    assert all(one is other for one, other in zip(after.blocks[:18], document.blocks, strict=False))


def test_blocks_before_an_edit_are_the_same_and_those_after_keep_their_facts() -> None:
    text = "".join(f"def f{n}():\n    return {n}\n\n" for n in range(30))
    document = read(text)
    after = read(text.replace("return 15", "return 1500"), document)
    changed = [n for n, (a, b) in enumerate(zip(document.blocks, after.blocks, strict=True)) if a.facts is not b.facts]
    assert changed == [15]
