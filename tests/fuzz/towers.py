"""Programs of any size, each made of one thing again and again: nested, chained, repeated, or leading to itself."""

from collections.abc import Callable, Mapping

_POOL = "from multiprocessing import Pool\n"
_SEND = """
def main():
    with Pool() as pool:
        pool.map(lambda n: n, [1])

if __name__ == "__main__":
    main()
"""
_SENDER = "def f0(f):\n    with Pool() as pool:\n        pool.map(f, [1])\n"

Maker = Callable[[int], str]


def _beside(odd: Maker) -> Maker:
    """Return what makes a program of something odd, and a function with one finding below it."""
    return lambda count: f"{_POOL}{odd(count)}\n{_SEND}"


def _of(expression: Maker) -> Maker:
    return _beside(lambda count: f"x = {expression(count)}")


def _lines(line: Callable[[int], str], count: int) -> str:
    return "".join(map(line, range(count)))


def _run(line: Callable[[int], str], count: int) -> str:
    """Return a function that does something in each of its lines, where there is a pool."""
    return f"def run(x):\n    with Pool() as pool:\n{_lines(lambda i: ' ' * 8 + line(i), count)}        pass\n"


def _grown(first: str, more: str) -> Maker:
    """Return what makes programs in which something grows, and is sent."""
    return lambda n: _POOL + _run(lambda i: more if i else first, n) + "        pool.map(a[0], a)\n"


NESTED: Mapping[str, Maker] = {
    "parentheses": _of(lambda n: "(" * n + "1" + ")" * n),
    "lists": _of(lambda n: "[" * n + "1" + "]" * n),
    "dicts": _of(lambda n: "{1:" * n + "1" + "}" * n),
    "calls": _of(lambda n: "f(" * n + "1" + ")" * n),
    "subscripts": _of(lambda n: "a[" * n + "1" + "]" * n),
    "brackets that stay open": _of(lambda n: "(" * n),
    "brackets that were never open": _of(lambda n: ")" * n),
    "not": _of(lambda n: "not " * n + "1"),
    "minus": _of(lambda n: "-" * n + "1"),
    "tilde": _of(lambda n: "~" * n + "1"),
    "lambda": _of(lambda n: "lambda: " * n + "1"),
    "default of a lambda": _of(lambda n: "lambda x=" * n + "1" + ": 1" * n),
    "if and else": _of(lambda n: "a if b else " * n + "1"),
    "power": _of(lambda n: "a ** " * n + "1"),
    "await": _beside(lambda n: f"async def g():\n    {'await ' * n}x"),
    "format": _of(lambda n: f"f'{'{' * n}1{'}' * n}'"),
    "format specification": _of(lambda n: f"f'{'{a:' * n}1{'}' * n}'"),
    "annotation": _beside(lambda n: f"x: {'list[' * n}int{']' * n}"),
    "pattern": _beside(lambda n: f"match a:\n    case {'A(' * n}{')' * n}: pass"),
    "blocks": _beside(lambda n: _lines(lambda i: " " * i + "if a:\n", min(n, 1200)) + " " * min(n, 1200) + "pass"),
    "functions in functions": _beside(
        lambda n: _lines(lambda i: " " * i + f"def f{i}():\n", min(n, 1200)) + " " * min(n, 1200) + "pass"
    ),
}
"""Each makes a program that is nested so many levels deep (indentation not beyond 1,200)."""

CHAINED: Mapping[str, Maker] = {
    **{
        f"chain of {operator.strip()}": _of(lambda n, operator=operator: operator.join(["a"] * n))  # type: ignore[misc]
        for operator in ("+", "-", "**", "<<", "|", " and ", " or ", " < ", " in ", " is not ", ".", ", ", " = ", ":=")
    },
    "calls of calls": _of(lambda n: f"f{'()' * n}"),
    "subscripts of subscripts": _of(lambda n: f"f{'[0]' * n}"),
    "strings side by side": _of(lambda n: "'a' " * n),
    "elif": _beside(lambda n: "if a:\n    pass\n" + "elif a:\n    pass\n" * n),
    "except": _beside(lambda n: "try:\n    pass\n" + "except A:\n    pass\n" * n),
    "decorators": _beside(lambda n: "@a\n" * n + "def f(): pass"),
    "joined lines": _beside(lambda n: "x = " + "\\\n" * n + "1"),
    "for in a comprehension": _of(lambda n: f"[a {'for a in b ' * n}]"),
    "alternatives": _beside(lambda n: f"match a:\n    case {'1 | ' * n}2: pass"),
    "dots of an import": _beside(lambda n: f"from {'.' * n} import a"),
    "import of a module far below": _beside(lambda n: f"import {'.'.join(['a'] * n)}"),
    "items of a with": _beside(lambda n: f"with {'a, ' * n}b: pass"),
}
"""Each makes a program with a chain of so many operators."""

REPEATED: Mapping[str, Maker] = {
    "functions": _beside(lambda n: _lines(lambda i: f"def f{i}(): pass\n", n)),
    "functions that call the next": _beside(lambda n: _lines(lambda i: f"def f{i}(): return f{i + 1}()\n", n)),
    "functions that are sent": lambda n: (
        _POOL + _lines(lambda i: f"def f{i}(n): pass\n", n) + _run(lambda i: f"pool.map(f{i}, [1])\n", n)
    ),
    "pools": lambda n: _POOL + _lines(lambda i: f"def f{i}(n):\n    with Pool() as p: p.map(f{i}, [1])\n", n),
    "lambdas": lambda n: _POOL + _run(lambda _: "pool.map(lambda n: n, [1])\n", n),
    "ignored lambdas": lambda n: (
        _POOL + _run(lambda _: "pool.map(lambda n: n, [1])  # spawnsafe: ignore[lambda-target]\n", n)
    ),
    "unguarded pools": lambda n: _POOL + "Pool().map(print, [1])\n" * n,
    "classes": _beside(lambda n: _lines(lambda i: f"class A{i}: pass\n", n)),
    "classes of classes": lambda n: (
        f"{_POOL}class A0: pass\n"
        + _lines(lambda i: f"class A{i + 1}(A{i}): pass\n", n)
        + f"def run():\n    with Pool() as pool: pool.map(print, [A{n}()])\n"
    ),
    "methods that call the next": lambda n: (
        f"{_POOL}class A:\n"
        + _lines(lambda i: f"    def m{i}(self): return self.m{i + 1}()\n", n)
        + "def run():\n    with Pool() as pool: pool.map(A().m0, [1])\n"
    ),
    "names for names": lambda n: (
        f"{_POOL}a0 = lambda n: n\n"
        + _lines(lambda i: f"a{i + 1} = a{i}\n", n)
        + f"def run():\n    with Pool() as pool: pool.map(a{n}, [1])\n"
    ),
    "a name bound to itself": lambda n: _POOL + _run(lambda i: "a = a\n" if i else "a = print\n", n) + _SEND,
    "branches": lambda n: _POOL + _run(lambda i: f"if x == {i}: a = lambda n: {i}\n", n) + "        pool.map(a, [1])\n",
    "tuples that double": lambda n: (
        _POOL + _run(lambda i: "a = (a, a) if x else (a, a, a)\n" if i else "a = 1\n", n) + "        pool.map(a, [a])\n"
    ),
    "lists that double": _grown("a = [print]\n", "a = a + a\n"),
    "lists that take in twice": _grown("a = [print]\n", "a = [*a, *a]\n"),
    "dicts that take in twice": _grown("a = {0: print}\n", "a = {**a, **a}\n"),
    "partials of partials": lambda n: (
        f"{_POOL}from functools import partial\np = print\n"
        + _lines(lambda i: f"p = partial(p, {i})\n", n)
        + "def run():\n    with Pool() as pool: pool.map(p, [1])\n"
    ),
    "wrappers": lambda n: (
        _POOL + _SENDER + _lines(lambda i: f"def f{i + 1}(f): f{i}(f)\n", n) + f"def run(): f{n}(lambda n: n)\n"
    ),
    "wrappers that call twice": lambda n: (
        _POOL
        + _SENDER
        + _lines(lambda i: f"def f{i + 1}(f): f{i}(f); f{i}(f)\n", n)
        + f"def run(): f{n}(lambda n: n)\n"
    ),
    "wrappers that wrap again": lambda n: (
        _POOL
        + _SENDER
        + _lines(lambda i: f"def f{i + 1}(f): f{i}(lambda n: f); f{i}(lambda n: f(n))\n", n)
        + f"def run(): f{n}(lambda n: n)\n"
    ),
    "processes": lambda n: (
        "from multiprocessing import Process\ndef f(): pass\ndef run():\n"
        + _lines(lambda i: f"    p{i} = Process(target=f)\n    p{i}.start()\n", n)
        + _lines(lambda i: f"    p{i}.join()\n", n)
        + "    pass\n"
    ),
    "results": lambda n: (
        f"{_POOL}def f(n): pass\n"
        + _run(lambda i: f"r{i} = pool.apply_async(f)\n", n)
        + _lines(lambda i: f"        r{i}.get()\n", n)
    ),
    "attributes": lambda n: (
        f"{_POOL}class A:\n    def __init__(self):\n        pass\n"
        + _lines(lambda i: f"        self.a{i} = lambda: {i}\n", n)
        + "    def m(self, n): pass\n    def run(self):\n        with Pool() as pool: pool.map(self.m, [1])\n"
    ),
    "globals": lambda n: (
        f"{_POOL}{_lines(lambda i: f'g{i} = {i};', n)}\ndef f(n):\n    global g0\n"
        + _lines(lambda i: f"    g{i} += 1\n", n)
        + "    pass\ndef run():\n    with Pool() as pool: pool.map(f, [1])\n"
    ),
    "pools that are closed maybe": lambda n: (
        f"{_POOL}def f(n): pass\ndef run(x):\n    pass\n"
        + "    if x: pool = Pool()\n    else: pool = Pool(2)\n    pool.map(f, [1])\n    if x: pool.close()\n" * n
    ),
    "pools in a try": lambda n: (
        f"{_POOL}def f(n): pass\ndef run(x):\n    pass\n"
        + "    try: pool = Pool(); pool.map(f, [1])\n    except E: pass\n    finally: pool.close()\n" * n
    ),
    "queues": lambda n: (
        "from multiprocessing import Process, Queue\ndef f(q): q.put(1)\ndef run():\n    q = Queue()\n"
        + "    Process(target=f, args=(q,)).start()\n    q.get()\n" * n
    ),
    "threads": lambda n: (
        f"{_POOL}import threading\ndef f(n): pass\ndef run():\n    pass\n"
        + "    threading.Thread(target=f).start()\n    Pool().map(f, [1])\n" * n
    ),
    "guards": lambda n: f"{_POOL}def f(n): pass\n" + "if __name__ == '__main__':\n    Pool().map(f, [1])\n" * n,
}
"""Each makes a program with so many of something."""

TOWERS: Mapping[str, Maker] = {**NESTED, **CHAINED, **REPEATED}

LEADING_TO_THEMSELVES = """\
from multiprocessing import Pool
from main import *
import main
class A(A): pass
class B(C): pass
class C(B): pass
class D(D.x): pass
class E:
    class F(E.F): pass
class G(metaclass=G): pass
a = a
b, c = c, b
d = d.d
e = e()
f = lambda: f()
g = [g]
h = {h: h}
i = i if i else i
def j(j=j): return j(j)
@k
def k(k): return k(k)
def l(f): return m(f)
def m(f): return l(f)
def n(f):
    with Pool() as pool:
        pool.map(f, [1])
    n(f)
    o(f)
def o(f): n(f); o(lambda: f)
n(l(lambda n: n))
def run():
    with Pool() as pool:
        for x in (a, b, c, d, e, f, g, h, i, j, k, main.run, A().m, B.m, E.F, G):
            pool.map(x, [x, A(), B(), C(), D(), E(), E.F(), G()])
        pool.map(A().m, [A(), B(), C(), D(), E(), E.F(), G()])
        pool.map(lambda n: n, [1])
"""
"""Names, classes, wrappers and imports that lead to themselves, and one finding at the end."""
