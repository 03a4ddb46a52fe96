"""Definitions that move: above the main guard, and above what forks the workers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from programs import METHODS, outputs

from spawnsafe.edits.borrow import Refusal
from spawnsafe.edits.move import late_fixes, move_above, move_out_of_guard
from spawnsafe.findings import Fix
from spawnsafe.model import (
    Module,
    Project,
    Scope,
    Send,
    StartMethods,
    definitions,
    forked_before,
    only_in_main,
)
from spawnsafe.source import apply_edits


def read(text: str, folder: Path) -> Module:
    path = folder / "main.py"
    path.write_bytes(text.encode())
    return Project().module(path)


def guarded(module: Module) -> Iterator[tuple[Scope, Send]]:
    for send in module.sends:
        for scope in definitions(send.value):
            if send.when(StartMethods.FRESH) and only_in_main(scope):
                yield scope, send


def late(module: Module) -> Iterator[tuple[Scope, Send]]:
    for send in module.sends:
        for scope in definitions(send.value):
            if send.when(StartMethods.FORK) and forked_before(send, scope):
                yield scope, send


def edited(module: Module, fix: Fix | Refusal) -> str:
    assert isinstance(fix, Fix), fix
    return apply_edits(module.text, [edit.edit for edit in fix.edits])


GUARDED = {
    "a function": (
        """\
from multiprocessing import Pool

if __name__ == "__main__":

    # Squares a number.
    def square(number):
        return number * number

    with Pool(2) as pool:
        print(pool.map(square, [1, 2]))
""",
        """\
from multiprocessing import Pool


# Squares a number.
def square(number):
    return number * number


if __name__ == "__main__":
    with Pool(2) as pool:
        print(pool.map(square, [1, 2]))
""",
    ),
    "helpers, imports and constants": (
        '''\
"""Adds."""
from multiprocessing import Pool

if __name__ == "__main__":
    import math  # for floor

    # How much.
    OFFSET = 2 * 3
    UNUSED = 4

    def floor(number):
        return math.floor(number)

    print("hello")

    def shift(number):
        """Shift.

        It is easy.
        """
        return floor(number) + OFFSET

    with Pool(2) as pool:
        print(pool.map(shift, [1.5, 2]), UNUSED)
''',
        '''\
"""Adds."""
from multiprocessing import Pool
import math  # for floor


# How much.
OFFSET = 2 * 3


def floor(number):
    return math.floor(number)


def shift(number):
    """Shift.

    It is easy.
    """
    return floor(number) + OFFSET


if __name__ == "__main__":
    UNUSED = 4

    print("hello")

    with Pool(2) as pool:
        print(pool.map(shift, [1.5, 2]), UNUSED)
''',
    ),
    "a variable of the guard": (
        """\
from multiprocessing import Pool

if __name__ == "__main__":
    weights = dict(a=1)
    weights["b"] = 2

    def weigh(name):
        return weights[name]

    with Pool(2) as pool:
        print(pool.map(weigh, "ab"))
""",
        """\
from functools import partial
from multiprocessing import Pool


def weigh(weights, name):
    return weights[name]


if __name__ == "__main__":
    weights = dict(a=1)
    weights["b"] = 2

    with Pool(2) as pool:
        print(pool.map(partial(weigh, weights), "ab"))
""",
    ),
    "a class with a base and a decorator": (
        """\
import functools
from multiprocessing import Pool
if __name__ == "__main__":
    class Base:
        step = 1

    @functools.total_ordering
    class Shift(Base):
        def __eq__(self, other):
            return True

        def __lt__(self, other):
            return False

        def by(self, number):
            return number + self.step

    pool = Pool(1)
    print(pool.map(Shift().by, [1, 2]))
    pool.terminate()
""",
        """\
import functools
from multiprocessing import Pool


class Base:
    step = 1


@functools.total_ordering
class Shift(Base):
    def __eq__(self, other):
        return True

    def __lt__(self, other):
        return False

    def by(self, number):
        return number + self.step


if __name__ == "__main__":
    pool = Pool(1)
    print(pool.map(Shift().by, [1, 2]))
    pool.terminate()
""",
    ),
    "two guards": (
        """\
from multiprocessing import Process

if __name__ == "__main__":
    GREETING = "hello"

if __name__ == "__main__":
    def greet():
        print(GREETING)

    process = Process(target=greet)
    process.start()
    process.join()
""",
        """\
from multiprocessing import Process


GREETING = "hello"


def greet():
    print(GREETING)


if __name__ == "__main__":
    pass

if __name__ == "__main__":
    process = Process(target=greet)
    process.start()
    process.join()
""",
    ),
    "with the pool above it": (
        """\
from multiprocessing import Pool

if __name__ == "__main__":
    pool = Pool(2)
    try:
        async def unused(): pass
        def square(number): return number * number
        print(pool.map(square, [1, 2]))
    finally:
        pool.terminate()
""",
        """\
from multiprocessing import Pool


def square(number): return number * number


if __name__ == "__main__":
    pool = Pool(2)
    try:
        async def unused(): pass
        print(pool.map(square, [1, 2]))
    finally:
        pool.terminate()
""",
    ),
}

LATE = {
    "a function with what it calls": (
        """\
from multiprocessing import Pool

if __name__ == "__main__":
    pool = Pool(2)

import math

# How much.
OFFSET = (
    1
)


def floor(number):
    return math.floor(number)


def other():
    pass


def shift(number=OFFSET):
    return floor(number) + OFFSET


if __name__ == "__main__":
    print(pool.map(shift, [1.5, 2]))
    pool.terminate()
""",
        """\
from multiprocessing import Pool
import math


# How much.
OFFSET = (
    1
)


def floor(number):
    return math.floor(number)


def shift(number=OFFSET):
    return floor(number) + OFFSET


if __name__ == "__main__":
    pool = Pool(2)


def other():
    pass


if __name__ == "__main__":
    print(pool.map(shift, [1.5, 2]))
    pool.terminate()
""",
    ),
    "a definition in a try": (
        """\
from multiprocessing import Pool

# The pool.
if __name__ == "__main__":
    pool = Pool(2)

try:
    from no_such_library import square
except ImportError:
    def square(number):
        return number * number

if __name__ == "__main__":
    print(pool.map(square, [1, 2]))
    pool.terminate()
""",
        """\
from multiprocessing import Pool


try:
    from no_such_library import square
except ImportError:
    def square(number):
        return number * number


# The pool.
if __name__ == "__main__":
    pool = Pool(2)

if __name__ == "__main__":
    print(pool.map(square, [1, 2]))
    pool.terminate()
""",
    ),
    "a class": (
        """\
from multiprocessing import Pool
if __name__ == "__main__": pool = Pool(2)
class Shift:
    def by(self, number):
        return number + 1
if __name__ == "__main__":
    print(pool.map(Shift().by, [1, 2]))
    pool.terminate()
""",
        """\
from multiprocessing import Pool


class Shift:
    def by(self, number):
        return number + 1


if __name__ == "__main__": pool = Pool(2)
if __name__ == "__main__":
    print(pool.map(Shift().by, [1, 2]))
    pool.terminate()
""",
    ),
}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("name", GUARDED)
def test_move_out_of_the_guard(name: str, newline: str, tmp_path: Path) -> None:
    before, after = (text.replace("\n", newline) for text in GUARDED[name])
    module = read(before, tmp_path)
    fix = move_out_of_guard(*next(guarded(module)))
    assert edited(module, fix) == after
    assert isinstance(fix, Fix)
    assert fix.safe
    assert fix.title.endswith("` above the guard")


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("name", LATE)
def test_move_above_the_pool(name: str, newline: str, tmp_path: Path) -> None:
    before, after = (text.replace("\n", newline) for text in LATE[name])
    module = read(before, tmp_path)
    fix = move_above(*next(late(module)))
    assert edited(module, fix) == after
    assert isinstance(fix, Fix)
    assert fix.safe
    assert fix.title.endswith("` above `pool`")


@pytest.mark.parametrize("after", [after for _, after in (*GUARDED.values(), *LATE.values())])
def test_moved_programs_run(after: str, tmp_path: Path) -> None:
    module = read(after, tmp_path)
    assert not [*guarded(module), *late(module)]
    found = outputs({"main.py": after}, tmp_path)
    assert found["fork"]
    assert found == dict.fromkeys(METHODS, found["fork"])


def test_guard_comes_first_for_a_pool_without_one(tmp_path: Path) -> None:
    text = """\
from multiprocessing import Pool

pool = Pool(2)


def f(n):
    return n


print(pool.map(f, [1]))
"""
    module = read(text, tmp_path)
    titles = [fix.title for fix in late_fixes(*next(late(module)))]
    assert titles == ["Add the main guard", "Define `f` above `pool`"]
    forked = text.replace("import Pool", "import get_context").replace("Pool(2)", 'get_context("fork").Pool(2)')
    titles = [fix.title for fix in late_fixes(*next(late(read(forked, tmp_path))))]
    assert titles == ["Define `f` above `pool`", "Add the main guard"]


def test_definition_in_the_with_of_the_pool(tmp_path: Path) -> None:
    text = """\
from multiprocessing import Pool

with Pool(2) as pool:
    def double(number):
        return number * 2

    print(pool.map(double, [1, 2]))
"""
    module = read(text, tmp_path)
    assert (
        edited(module, next(late_fixes(*next(late(module)))))
        == """\
from multiprocessing import Pool


def double(number):
    return number * 2


with Pool(2) as pool:
    print(pool.map(double, [1, 2]))
"""
    )


REFUSED = {
    "a variable that only exists later": (
        """\
pool = Pool(1)

with open(__file__) as file:
    TEXT = file.read()


def f(n):
    return TEXT[n]
""",
        "it uses `TEXT`",
    ),
    "a definition that starts the workers": (
        """\
class Sizes:
    pool = Pool(1)

    def f(self, n):
        return n


pool, f = Sizes.pool, Sizes().f
""",
        "the workers start where `Sizes` is defined",
    ),
    "several definitions": (
        "pool = Pool(1)\n\n\ndef f(n):\n    return n\n\n\nif pool:\n    def f(n):\n        return 1\n",
        "`f` is bound in several places",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, tmp_path: Path) -> None:
    text, reason = REFUSED[name]
    module = read(f"from multiprocessing import Pool\n\n{text}\n\nprint(pool.map(f, [1]))\n", tmp_path)
    refusal = move_above(*next(late(module)))
    assert isinstance(refusal, Refusal)
    assert refusal.reason.startswith(reason)


def test_what_shares_its_line_stays(tmp_path: Path) -> None:
    text = """\
from multiprocessing import Pool

if __name__ == "__main__":
    import math; print("hello")

    def floor(number):
        return math.floor(number)

    print(Pool(1).map(floor, [1.5]))
"""
    fix = move_out_of_guard(*next(guarded(read(text, tmp_path))))
    assert isinstance(fix, Refusal) or "above the guard" in fix.title


DECLARED_GLOBAL = """\
from multiprocessing import Pool


def main():
    global work

    def work(x):
        return x * x

    with Pool(2) as pool:
        print(pool.map(work, [1, 2]))


if __name__ == "__main__":
    main()
"""


def test_a_definition_that_a_function_declares_global_stays(tmp_path: Path) -> None:
    ((scope, send),) = guarded(read(DECLARED_GLOBAL, tmp_path))
    assert move_out_of_guard(scope, send) == Refusal("a function defines it, and declares it `global`")
