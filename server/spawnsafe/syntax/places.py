"""Where the nodes of a tree stand in its text, and what in it has no node: keywords, some names, parentheses."""

import ast
import re
from itertools import accumulate
from typing import Any

from spawnsafe.syntax.facts import At


class Places:
    """Offsets in the text of a tree, in code points. The extent of an expression leaves out parentheses around it."""

    def __init__(self, text: str) -> None:
        """Find the lines of a text; what is said to stand in line 0 has offsets in the text for columns."""
        self.text = text
        self._is_ascii = text.isascii()
        self._starts = [0, 0, *accumulate(len(line) + 1 for line in text.split("\n"))]

    def at(self, node: ast.AST) -> At:
        """Return the extent of a node; that of a function or class begins below its decorators."""
        start, end = self._told(node)
        if isinstance(node, ast.GeneratorExp):
            clause = node.generators[-1]
            return self._inside(start, end, clause.ifs[-1] if clause.ifs else clause.iter)
        if isinstance(node, ast.Tuple) and self.has_parentheses(node):
            return self._inside(start, end, node.elts[-1] if node.elts else None)
        return start, end

    def _told(self, node: Any) -> At:  # noqa: ANN401 - nodes that have places have no type in common
        """Return where Python says that a node stands: with the parentheses of a tuple or a generator."""
        return self._offset(node.lineno, node.col_offset), self._offset(node.end_lineno, node.end_col_offset)

    def _offset(self, line: int, column: int) -> int:
        start = self._starts[line]
        if self._is_ascii or not line:
            return start + column
        before = self.text[start : start + column]  # the column counts bytes
        return start + (column if before.isascii() else len(before.encode()[:column].decode()))

    # --- parentheses

    def has_parentheses(self, node: ast.Tuple) -> bool:
        """Whether a tuple has parentheses of its own, unlike `(a), (b)`."""
        start, _ = self._told(node)
        if not node.elts:
            return True
        first, end = self._told(node.elts[0])
        if self.text[start] == "{":  # in `f"{a, b}"`, Python 3.11 has put the expression into parentheses
            return start < first
        if self.text[start] != "(":
            return False
        opened = 0
        while start < first:
            opened += 1
            start = self._skip(start + 1)
        return opened > self._closings(end)[0]

    def closed(self, offset: int) -> int:
        """Return the offset behind the parentheses that are closed at an offset."""
        return self._closings(offset)[1]

    def _closings(self, offset: int) -> tuple[int, int]:
        """Return how many parentheses are closed at an offset, and the offset behind them."""
        count = 0
        while self.text.startswith(")", token := self._skip(offset)):
            count, offset = count + 1, token + 1
        return count, offset

    def _inside(self, start: int, end: int, last: ast.expr | None) -> At:
        """Return the extent of what is in the parentheses from `start` to `end`, of which `last` is the last part."""
        start = self._skip(start + 1)
        stop = self._told(last)[1] if last else start
        while (token := self._skip(stop)) < end - 1:  # a comma, or a parenthesis around the last part
            stop = token + 1
        return start, stop

    def _skip(self, offset: int, gap: re.Pattern[str] | None = None) -> int:
        """Return the offset of the first token at or behind an offset."""
        match = (gap or _GAP).match(self.text, offset)
        return match.end() if match else offset

    # --- keywords and names

    def has_elif(self, node: ast.If) -> bool:
        """Whether what follows an `if` is an `elif`."""
        return self.text.startswith("elif", self._told(node.orelse[0])[0]) and isinstance(node.orelse[0], ast.If)

    def clause(self, offset: int) -> int:
        """Return where the next clause of a statement begins, behind the last expression or statement before it."""
        return self._skip(offset, _CLAUSE_GAP)

    def decorator(self, node: ast.expr) -> int:
        """Return where a decorator begins."""
        return self.text.rindex("@", 0, self._told(node)[0])

    def named(self, offset: int, word: str) -> At:
        """Return the place of the name behind a keyword, which comes next, or behind closing parentheses or `async`."""
        start = self._skip(self.text.index(word, self.clause(offset)) + len(word))
        return start, self._skip(start, _WORD)

    def first(self, node: ast.arg) -> At:
        """Return the place of the name with which a node begins."""
        start, _ = self._told(node)
        return start, self._skip(start, _WORD)

    def last(self, node: ast.AST, name: str) -> At:
        """Return the place of the name with which a node ends."""
        _, end = self._told(node)
        if name.isascii():
            return end - len(name), end
        line = self.text.rfind("\n", 0, end) + 1
        match = _LAST_WORD.search(self.text, line, end)  # Python may tell the name in other characters
        return match.span() if match else (end, end)

    def rest(self, node: ast.MatchMapping) -> At:
        """Return the place of the name behind the stars in a pattern."""
        start = self._skip(self.text.rindex("**", *self._told(node)) + 2)
        return start, self._skip(start, _WORD)


_GAP = re.compile(r"(?:[\s\\]|#[^\n]*)*")
_CLAUSE_GAP = re.compile(r"(?:[\s\\;:)]|#[^\n]*)*")
_WORD = re.compile(r"\w*")
_LAST_WORD = re.compile(r"\w+\Z")
