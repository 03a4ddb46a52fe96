"""What is not parsed: texts too long for it to be worth the time, and those nested so deeply that it would overflow."""

import re
from collections.abc import Iterator
from itertools import islice


class Unparsable(Exception):  # noqa: N818 - it is not an error of ours
    """The text is not Python, or is nested too deeply to be read. `offset` is where, if that is known."""

    def __init__(self, reason: str, offset: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset


def guard(text: str) -> None:
    """Raise Unparsable for a text that no parser should be given."""
    if _is_long(text):
        raise Unparsable("too long to be analysed")
    if _weight(text) > _CAPACITY or _has_deep_pattern(text):
        raise Unparsable("too deeply nested to be analysed")


# libcst recurses on the C stack: about 8 kB for each bracket, 1 kB for each operator of a chain, call or
# attribute access (measured with `ulimit -s`: at 1 MB it dies between 100 and 200 brackets, between 200 and
# 1,000 operators). The smallest stack in use, of the main thread on Windows, is 2 MB.
_BRACKET, _OPERATOR, _CAPACITY = 8, 1, 900

_STEP = re.compile(
    r"""
      (?P<string> (?:[fFtT][rR]?|[rR][fFtT])? (?: \"{3} [^"\\]* (?: (?: \\[\s\S] | "(?!"") ) [^"\\]* )* \"{3}
                | '{3}  [^'\\]* (?: (?: \\[\s\S] | '(?!'') ) [^'\\]* )* '{3}
                | " [^"\\\r\n]* (?: \\[\s\S] [^"\\\r\n]* )* "
                | ' [^'\\\r\n]* (?: \\[\s\S] [^'\\\r\n]* )* ' ) )
    | (?P<comment> \#[^\r\n]* )
    | (?P<open> [(\[{] ) | (?P<close> [)\]}] )
    | (?P<reset> [,;:](?!=) | (?<![=<>!])=(?!=) )
    | (?P<newline> \r\n? | \n )
    | (?P<clause> \belif\b )
    | (?P<operator> [-+*/%@&|^~<>.]+ | \b(?:not|and|or|if|in|is|lambda|await|for)\b )
    """,
    re.VERBOSE,
)


_MOST_STEPS = 50_000
"""Brackets, operators, separators and line ends in one block. libcst takes 100 µs and several kB for each: only tables
of data are that long."""


def _is_long(text: str) -> bool:
    """Whether a text has more to parse than is worth the time. Linear."""
    return len(text) > _MOST_STEPS and next(islice(_STEP.finditer(text), _MOST_STEPS, None), None) is not None


# libcst takes 1.3 times as long for each bracket around a pattern, and 6 times for each brace: 8 braces take 0.1 s.
_DEEPEST_PATTERN = 20
_PATTERN_BRACKETS = {"(": 1, "[": 1, "{": 2.5, ")": -1, "]": -1, "}": -2.5}
_LONGEST_PATTERN = 10_000


def _has_deep_pattern(text: str) -> bool:
    """Whether a `case` has brackets so deep in each other that libcst would not come to an end. Linear."""
    for case in _CASE.finditer(text):
        depth = 0.0
        for match in _PATTERN_STEP.finditer(text, case.end(), case.end() + _LONGEST_PATTERN):
            if match.group() == "\n" and depth <= 0:
                break
            depth += _PATTERN_BRACKETS.get(match.group(), 0)
            if depth > _DEEPEST_PATTERN:
                return True
    return False


_CASE = re.compile(r"^[ \t\f]*case\b", re.MULTILINE)
_PATTERN_STEP = re.compile(r"[()\[\]{}\n]")


def _weight(text: str) -> int:
    """Estimate the stack, in kB, that parsing a text takes. Linear."""
    heaviest = clauses = 0
    chains = [0]
    for match in _STEP.finditer(text):
        kind = match.lastgroup
        if kind == "open":
            chains[-1] += _OPERATOR
            chains.append(0)
        elif kind == "close":
            if len(chains) > 1:
                chains.pop()
        elif kind == "newline":
            if len(chains) == 1:
                chains[0] = 0
            continue
        elif kind == "reset":
            # a lambda's colon ends no chain
            if match.group() != ":" or chains[-1] == 0 or "lambda" not in text[match.start() - 80 : match.start()]:
                chains[-1] = 0
            continue
        elif kind == "clause":
            clauses += 4 * _OPERATOR
        elif kind == "operator":  # `--x` is two
            chains[-1] += _OPERATOR * (1 if match.group().isalpha() else len(match.group()))
        elif kind == "string":
            chains[-1] += _OPERATOR  # a neighbour to be concatenated, or nothing
            if match.group()[0] in "fFtTrR":
                heaviest = max(heaviest, _BRACKET * len(chains) + _weight_of_format(match.group()))
        else:
            continue
        if len(chains) > _CAPACITY // _BRACKET or chains[-1] > _CAPACITY // 2:
            return _CAPACITY + 1
        heaviest = max(heaviest, _BRACKET * len(chains) + chains[-1] + clauses)
    return heaviest


def _weight_of_format(string: str) -> int:
    depth = deepest = 0
    for character in _braces(string):
        depth = depth + 1 if character in "{[(" else max(0, depth - 1)
        deepest = max(deepest, depth)
    return _BRACKET * deepest


def _braces(string: str) -> Iterator[str]:
    return (match.group() for match in re.finditer(r"[{}\[\]()]", string))
