"""What repairs must look up in trees. Imported when a repair is written: it brings libcst along."""

import re

import libcst as cst

from spawnsafe.syntax.parse import Unparsable, children, parse

_STRINGS = ("SimpleString", "FormattedString", "TemplatedString")


def is_statement(code: str) -> bool:
    """Whether code is one statement line."""
    try:
        return len(parse(code).module.body) == 1
    except Unparsable:
        return False


def body_of(code: str, *, is_indented: bool) -> tuple[int, bool, bool]:
    """Return where a function's body begins after its docstring, whether on its own line, and with an import.

    The code is the function's whole lines. Raises Unparsable.
    """
    prefix = "if 1:\n" if is_indented else ""
    tree = parse(prefix + code)
    node: cst.CSTNode = tree.module.body[0]
    if prefix and isinstance(node, cst.If):
        node = node.body.body[0]
    assert isinstance(node, cst.FunctionDef)  # noqa: S101 - that is what the facts say
    statements = node.body.body
    if isinstance(node.body, cst.IndentedBlock) and len(statements) > 1 and node.get_docstring() is not None:
        statements = statements[1:]
    offset = tree.spans[id(statements[0])][0] - len(prefix)
    first = statements[0].body[0] if isinstance(statements[0], cst.SimpleStatementLine) else statements[0]
    return offset, isinstance(node.body, cst.IndentedBlock), isinstance(first, cst.Import | cst.ImportFrom)


def string_lines(code: str, indent: str) -> set[int]:
    """Return the numbers of the lines that begin inside a string, but for docstrings indented as a whole."""
    prefix = "if 1:\n" if indent else ""
    try:
        tree = parse(prefix + code)
    except Unparsable:
        return set()
    found: set[int] = set()
    docstrings: set[int] = set()
    pending: list[cst.CSTNode] = [*tree.module.body]
    while pending:
        node = pending.pop()
        if isinstance(node, cst.FunctionDef | cst.ClassDef):
            docstrings.add(id(_first_expression(node.body)))
        if type(node).__name__ in _STRINGS:
            start, end = (offset - len(prefix) for offset in tree.spans[id(node)])
            if id(node) not in docstrings or not _is_indented(code[start:end], indent):
                found.update(range(_line_number(code, start) + 1, _line_number(code, end) + 1))
        else:
            pending.extend(children(node))
    return found


def _first_expression(body: cst.BaseSuite) -> cst.CSTNode | None:
    first = body.body[0] if body.body else None
    first = first.body[0] if isinstance(first, cst.SimpleStatementLine) else first
    return first.value if isinstance(first, cst.Expr) else None


def _is_indented(string: str, indent: str) -> bool:
    return all(line.startswith(indent) for line in re.split(r"\r\n?|\n", string)[1:] if line.strip())


def _line_number(code: str, offset: int) -> int:
    return len(re.findall(r"\r\n?|\n", code[:offset]))
