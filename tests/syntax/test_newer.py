"""Syntax that this Python does not know: libcst parses it, and tells what Python's own parser would."""

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

import spawnsafe
from spawnsafe.syntax import facts, read
from spawnsafe.syntax.lower import lower
from spawnsafe.syntax.newer import parse_newer
from spawnsafe.syntax.places import Places
from spawnsafe.syntax.tree import Tree, parse

EXPRESSIONS = """
value = (a, (b), *c), [d, *e], {f}, {g: h, **i}, (), (j,), ((k), (l))
value = f(m for m in n if (o)), ((p) for p, q in (r)), [s for t in u for v in w if x], {y: z for y in z}
value = {a for a in b}
value = g(1, *a, k=2, **b), (c if d else e), (lambda x, /, y=1, *z, w=2, **v: x), not f, -1, +g
value = (h) and (i) and (j), k or l, h and i or j and k
value = a + b - (c) * d // e, a < b, a < b <= c, a not in b, a is not b, x[1], x[1:2:3], x[1:, (2)], x[(1, 2)], x[...]
value = "text" 'more', b"bytes", 1.5, 2j, f"{a!r:>{b}} {c, d}", f"x" "y", (y := 5), True, None
ü.ö = ß(ä)[é]  # more bytes than characters
"""
STATEMENTS = """
@decorated
@ (called)(1)
async def function(a: int, /, b: list[int] = [1], *c: str, d, e=2, **f) -> None:
    global g, h
    import a.b, c as d
    from .x import (y as z, w,)
    from .. import *
    async with open() as (i, j), k as l.m: await n
    async for o, *p in q: continue
    else: yield from r
    try: raise a from b
    except (c, d) as e: return
    except f: del g, (h, i)
    else: pass
    finally:  # the end
        assert j, k
    while l:
        if m: break
        elif n: o: int = 1; p.q: str
        else:
            r += 1; s[t] -= u; yield
    match (v):
        # what follows is a case
        case {"a": [w, *x], **y} | A.B(c, d=E(f)) if g: h
        case "text": i
        case (1 as j) | None: k
        case _: l

class Class(Base, (Other), metaclass=Meta):
    attribute = other = 1
"""


@pytest.mark.parametrize("text", [EXPRESSIONS, STATEMENTS])
def test_both_parsers_tell_the_same(text: str) -> None:
    """Of the same text the same facts follow, at the same places."""
    assert _shape(lower(Tree(parse_newer(text), Places(text)))) == _shape(lower(parse(text)))


def test_a_whole_module_is_the_same() -> None:
    """So they do of a long module."""
    text = (Path(spawnsafe.__file__).parent / "syntax" / "document.py").read_text(encoding="utf-8")
    assert _shape(lower(Tree(parse_newer(text), Places(text)))) == _shape(lower(parse(text)))


@pytest.mark.parametrize(
    "text",
    [
        'def f[T](x: T) -> T:\n    g(f"{x["a"]} {"b"}")\n',
        "type X[T] = list[T]\n",
        "try:\n    g()\nexcept A, B:\n    pass\n",
        't = t"{g(x)}"\n',
    ],
)
def test_the_syntax_of_any_python_is_read(text: str) -> None:
    """Whether this Python knows type parameters, strings in strings and templates or not."""
    document = read(text)
    assert list(document.problems) == []
    assert document.blocks[0].facts is not None
    for call in (
        text[slice(*event.at)] for event in document.blocks[0].facts.events if isinstance(event, facts.Invoke)
    ):
        assert call.startswith("g(")


def _shape(fact: Any) -> object:  # noqa: ANN401 - whatever facts are made of
    """Return a fact as plain data; of an f-string in pieces, the pieces do not count."""
    if isinstance(fact, facts.Formatted):
        return "Formatted", fact.at, [_shape(part) for part in _formatted(fact)]
    if is_dataclass(fact):
        return type(fact).__name__, [_shape(getattr(fact, each.name)) for each in fields(fact)]
    return [_shape(each) for each in fact] if isinstance(fact, (tuple, list)) else fact


def _formatted(fact: facts.Formatted) -> list[facts.Term]:
    found = list[facts.Term]()
    for part in fact.parts:
        if isinstance(part, facts.Formatted):
            found += _formatted(part)
        elif not isinstance(part, facts.Constant):
            found.append(part)
    return found
