"""The lowered form: what a scope does, in order, and in which part of which statement."""

import warnings

from spawnsafe.syntax import Document, facts, read
from spawnsafe.syntax.facts import Bind, Ending, Flow, Invoke, Region, Return, Scope, Store, Yield


def _function(text: str) -> tuple[Scope, str]:
    document = read(text)
    assert list(document.problems) == []
    suite = document.blocks[0].facts
    assert suite is not None
    return suite.scopes[0], text


def _did(scope: Scope, text: str) -> list[str]:
    """Return the events of a scope, in short, each behind the regions it stands in."""
    return [
        f"{'.'.join(_path(scope, event.region))}: {_short(event, text)}"
        for event in scope.events
        if _short(event, text)
    ]


def _path(scope: Scope, region: int) -> list[str]:
    return [*_path(scope, scope.regions[region].parent), scope.regions[region].flow.value] if region else ["body"]


def _short(event: facts.Event, text: str) -> str:
    match event:
        case Bind(name=name):
            return f"{name} ="
        case Invoke():
            return text[slice(*event.at)]
        case Return() | Yield():
            return type(event).__name__.lower()
        case Store():
            return f"{text[slice(*event.at)]} ="
        case _:
            return ""


def test_calls_stand_in_the_order_in_which_python_makes_them() -> None:
    scope, text = _function("def f(a):\n    b = g(h(a), k=i(1)).j(2)\n    return b\n")
    assert _did(scope, text) == [
        "body: a =",
        "body: h(a)",
        "body: i(1)",
        "body: g(h(a), k=i(1))",
        "body: g(h(a), k=i(1)).j(2)",
        "body: b =",
        "body: return",
    ]


def test_with_try_and_finally() -> None:
    scope, text = _function(
        "def f():\n"
        "    with g() as a, h() as b:\n"
        "        i()\n"
        "    try:\n"
        "        j()\n"
        "    except E as e:\n"
        "        k()\n"
        "        raise\n"
        "    else:\n"
        "        l()\n"
        "    finally:\n"
        "        m()\n"
    )
    assert _did(scope, text) == [
        "body: g()",
        "body.always: a =",
        "body.always: h()",
        "body.always.always: b =",
        "body.always.always: i()",
        "body.try: j()",
        "body.try: l()",
        "body.handler: e =",
        "body.handler: k()",
        "body.always: m()",
    ]
    attempt, handler, final = scope.regions[3:6]
    assert attempt.group == handler.group == final.group
    assert handler.ending is Ending.SCOPE
    assert attempt.ending is Ending.NONE


def test_branches_and_loops() -> None:
    scope, text = _function(
        "def f(x):\n"
        "    if a():\n"
        "        return b()\n"
        "    elif c():\n"
        "        d()\n"
        "    for i in e():\n"
        "        if i:\n"
        "            break\n"
        "        g()\n"
        "    while h():\n"
        "        j()\n"
        "    k() if l() else m()\n"
        "    n() and o()\n"
    )
    assert _did(scope, text)[1:] == [
        "body: a()",
        "body.branch: b()",
        "body.branch: return",
        "body.branch: c()",
        "body.branch.branch: d()",
        "body: e()",
        "body.loop: i =",
        "body.loop: g()",
        "body.loop: h()",
        "body.loop.branch: j()",
        "body: l()",
        "body.branch: k()",
        "body.branch: m()",
        "body: n()",
        "body.branch: o()",
    ]
    first, otherwise = scope.regions[1:3]
    assert (first.sense, otherwise.sense) == (True, False)
    assert first.group == otherwise.group
    assert first.exhaustive
    assert first.ending is Ending.SCOPE
    (leaving,) = [region for region in scope.regions if region.ending is Ending.BREAK]
    assert leaving.flow is Flow.BRANCH


def _cases(scope: Scope) -> list[Region]:
    return [region for region in scope.regions if region.flow is Flow.BRANCH]


def test_match() -> None:
    scope, text = _function(
        "def f(x):\n"
        "    match g(x):\n"
        "        case 'a':\n"
        "            h()\n"
        "        case [b, *c] if i(b):\n"
        "            return 1\n"
        "        case {'k': d}:\n"
        "            pass\n"
        "        case _:\n"
        "            return 2\n"
    )
    assert _did(scope, text)[1:] == [
        "body: g(x)",
        "body.branch: h()",
        "body.branch: b =",
        "body.branch: c =",
        "body.branch: i(b)",
        "body.branch: return",
        "body.branch: d =",
        "body.branch: return",
    ]
    cases = _cases(scope)
    assert len({case.group for case in cases}) == 1
    assert all(case.exhaustive for case in cases)
    assert isinstance(cases[0].subject, facts.Comparison)


def test_comprehensions_are_scopes_whose_first_iterable_stands_outside() -> None:
    scope, text = _function("def f(xs):\n    return [g(x) for x in h(xs) if i(x) for y in j(x)]\n")
    assert _did(scope, text) == ["body: xs =", "body: h(xs)", "body: return"]
    (inner,) = scope.scopes
    assert _did(inner, text) == [
        "body: x =",
        "body.loop: i(x)",
        "body.loop: j(x)",
        "body.loop: y =",
        "body.loop.loop: g(x)",
    ]


def test_targets() -> None:
    scope, text = _function(
        "def f():\n"
        "    a, (b, *c), d = g()\n"
        "    e.x = h[0] = i = 1\n"
        "    j: int = 2\n"
        "    k += 1\n"
        "    if (m := n()):\n"
        "        del m\n"
        "    import o.p, q as r\n"
        "    from s import t as u\n"
    )
    assert _did(scope, text) == [
        "body: g()",
        *(f"body: {name} =" for name in ("a", "b", "c", "d", "e.x", "h[0]", "i", "j", "k")),
        "body: n()",
        "body: m =",
        "body.branch: m =",
        *(f"body: {name} =" for name in ("o", "r", "u")),
    ]
    paths = {
        event.name: event.source.path
        for event in scope.events
        if isinstance(event, Bind) and isinstance(event.source, facts.Assigned)
    }
    assert (paths["a"], paths["b"], paths["d"], paths["i"]) == ((0,), (1, 0), (2,), ())


def test_functions_know_what_they_are() -> None:
    scope, _ = _function("@d\nasync def f(a, /, b=1, *c, e: int, **k) -> int:\n    global g\n    yield 1\n")
    assert [(p.name, p.stars, p.keyword_only, p.positional_only) for p in scope.parameters] == [
        ("a", 0, False, True),
        ("b", 0, False, False),
        ("c", 1, False, False),
        ("e", 0, True, False),
        ("k", 2, False, False),
    ]
    assert (scope.is_async, scope.is_generator, scope.declared_global) == (True, True, frozenset({"g"}))
    assert len(scope.decorators) == 1


def test_odd_escapes_of_the_program_warn_nobody_here() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        document: Document = read("pattern = '\\mathematics \\d'\n")
    assert list(document.problems) == []
