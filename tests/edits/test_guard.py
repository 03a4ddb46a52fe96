"""The main guard, added to programs that start workers while they are imported."""

from pathlib import Path

import pytest
from programs import METHODS, outputs

from spawnsafe.edits.guard import guard_fixes, guard_refusal
from spawnsafe.findings import Fix
from spawnsafe.model import Module, Project, Start, StartMethods
from spawnsafe.source import apply_edits


def start_of(text: str, folder: Path) -> tuple[Module, Start]:
    path = folder / "main.py"
    path.write_bytes(text.encode())
    module = Project().module(path)
    return module, next(start for start in module.starts_at_import if start.when(StartMethods.FRESH))


def fixes(text: str, folder: Path) -> list[Fix]:
    return list(guard_fixes(*start_of(text, folder)))


def fixed(text: str, folder: Path, number: int = 0) -> str:
    module, start = start_of(text, folder)
    fix = list(guard_fixes(module, start))[number]
    return apply_edits(module.text, [edit.edit for edit in fix.edits])


WORK = """\
from multiprocessing import Pool


def square(number):
    return number * number


"""

PAIRS = {
    "a with statement": (
        WORK + "with Pool(2) as pool:\n    print(pool.map(square, [1, 2]))\n",
        WORK
        + """\
if __name__ == "__main__":
    with Pool(2) as pool:
        print(pool.map(square, [1, 2]))
""",
    ),
    "definitions in between": (
        """\
from multiprocessing import Pool

pool = Pool(2)  # two are enough


# Squares.
def square(number):
    return number * number + OFFSET


OFFSET = 1
result = pool.map(square, [1, 2])

import math

print(result, math.floor(1.5))
""",
        """\
from multiprocessing import Pool


# Squares.
def square(number):
    return number * number + OFFSET


OFFSET = 1

import math

if __name__ == "__main__":
    pool = Pool(2)  # two are enough
    result = pool.map(square, [1, 2])
    print(result, math.floor(1.5))
""",
    ),
    "a guard that is there already": (
        """\
from multiprocessing import Pool

pool = Pool(2)


def square(number):
    return number * number


if __name__ == "__main__":
    # Work.
    print(pool.map(square, [1, 2]))
    pool.terminate()
""",
        """\
from multiprocessing import Pool


def square(number):
    return number * number


if __name__ == "__main__":
    pool = Pool(2)
    # Work.
    print(pool.map(square, [1, 2]))
    pool.terminate()
""",
    ),
    "a guard on one line": (
        WORK + 'pool = Pool(1)\nif __name__ == "__main__": print(pool.map(square, [1, 2])); pool.terminate()\n',
        WORK
        + """\
if __name__ == "__main__":
    pool = Pool(1)
    print(pool.map(square, [1, 2])); pool.terminate()
""",
    ),
    "a guard with an else stays as it is": (
        WORK
        + """\
pool = Pool(1)
if __name__ == "__main__":
    print(pool.map(square, [1, 2]))
    pool.terminate()
else:
    pass
""",
        WORK
        + """\
if __name__ == "__main__":
    pool = Pool(1)
    if __name__ == "__main__":
        print(pool.map(square, [1, 2]))
        pool.terminate()
    else:
        pass
""",
    ),
    "what prints or asks before it": (
        """\
from multiprocessing import Pool

print("squares")
count = 3
numbers = range(count)


def square(number):
    return number * number


with Pool(2) as pool:
    print(pool.map(square, numbers))
""",
        """\
from multiprocessing import Pool

count = 3
numbers = range(count)


def square(number):
    return number * number


if __name__ == "__main__":
    print("squares")
    with Pool(2) as pool:
        print(pool.map(square, numbers))
""",
    ),
    "the choice of the start method": (
        """\
import multiprocessing as mp

mp.set_start_method("spawn")


def square(number):
    return number * number


pool = mp.Pool(1)
print(pool.map(square, [1, 2]))
pool.terminate()
""",
        """\
import multiprocessing as mp


def square(number):
    return number * number


if __name__ == "__main__":
    mp.set_start_method("spawn")
    pool = mp.Pool(1)
    print(pool.map(square, [1, 2]))
    pool.terminate()
""",
    ),
    "a process made before it is started": (
        """\
from multiprocessing import Process

def greet():
    print("hello", flush=True)

process = Process(target=greet)

# Go.
process.start()


process.join()
""",
        """\
from multiprocessing import Process

def greet():
    print("hello", flush=True)


if __name__ == "__main__":
    process = Process(target=greet)

    # Go.
    process.start()

    process.join()
""",
    ),
    "strings, continuation lines and tabs": (
        WORK.replace("    ", "\t")
        + """\
text = \\
	"one"
with Pool(1) as pool:
	message = \"\"\"
first
	second\"\"\"
	print(
		pool.map(square, [1,
	2]), message
	)
	# done

# all done
""",
        WORK.replace("    ", "\t")
        + """\
text = \\
	"one"

if __name__ == "__main__":
	with Pool(1) as pool:
		message = \"\"\"
first
	second\"\"\"
		print(
			pool.map(square, [1,
		2]), message
		)
		# done

# all done
""",
    ),
    "a form feed and astral characters": (
        """\
from multiprocessing import Pool
\x0c
with Pool(1) as 𐌰:
    print("😀")
\x0cprint("x")
""",
        """\
from multiprocessing import Pool
\x0c
if __name__ == "__main__":
    with Pool(1) as 𐌰:
        print("😀")
\x0c    print("x")
""",
    ),
    "a try and a loop": (
        WORK
        + """\
try:
    for size in (1, 2):
        with Pool(size) as pool:
            print(pool.map(square, [size]))
except KeyboardInterrupt:
    pass
else:
    print("done")""",
        WORK
        + """\
if __name__ == "__main__":
    try:
        for size in (1, 2):
            with Pool(size) as pool:
                print(pool.map(square, [size]))
    except KeyboardInterrupt:
        pass
    else:
        print("done")""",
    ),
    "definitions after everything": (
        """\
from multiprocessing import Pool

def run():
    with Pool(1) as pool:
        print(pool.map(len, ["a"]))

run()

def other():
    pass""",
        """\
from multiprocessing import Pool

def run():
    with Pool(1) as pool:
        print(pool.map(len, ["a"]))

def other():
    pass


if __name__ == "__main__":
    run()
""",
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_guard(name: str, tmp_path: Path) -> None:
    before, after = PAIRS[name]
    assert fixed(before, tmp_path) == after
    assert fixes(before, tmp_path)[0].safe


@pytest.mark.parametrize("name", PAIRS)
def test_guard_in_a_file_with_crlf(name: str, tmp_path: Path) -> None:
    before, after = (text.replace("\n", "\r\n") for text in PAIRS[name])
    assert fixed(before, tmp_path) == after


@pytest.mark.parametrize("name", PAIRS)
def test_nothing_starts_at_import_afterwards(name: str, tmp_path: Path) -> None:
    path = tmp_path / "main.py"
    path.write_text(fixed(PAIRS[name][0], tmp_path), encoding="utf-8")
    assert not [start for start in Project().module(path).starts_at_import if start.when(StartMethods.FRESH)]


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("name", PAIRS)
def test_guarded_programs_run(name: str, number: int, tmp_path: Path) -> None:
    before = PAIRS[name][0]
    if number < len(fixes(before, tmp_path)):
        serial = outputs({"main.py": before}, tmp_path / "before", methods=("fork",))["fork"]
        found = outputs({"main.py": fixed(before, tmp_path, number)}, tmp_path / "after")
        expected = serial if serial is not None else found["spawn"]
        assert expected is not None
        assert found == dict.fromkeys(METHODS, expected)


def test_byte_order_mark_stays_first(tmp_path: Path) -> None:
    after = fixed("\ufefffrom multiprocessing import Manager\nManager()\n", tmp_path)
    assert after == '\ufefffrom multiprocessing import Manager\n\nif __name__ == "__main__":\n    Manager()\n'


MAIN = """\
def main():
    # Squares.
    with Pool(2) as pool:
        print(pool.map(square, [1, 2]))


if __name__ == "__main__":
    main()
"""


def test_main_function(tmp_path: Path) -> None:
    before = WORK + "# Squares.\nwith Pool(2) as pool:\n    print(pool.map(square, [1, 2]))"
    assert fixed(before, tmp_path, 1) == WORK + MAIN
    assert [fix.title for fix in fixes(before, tmp_path)] == ["Add the main guard", "Move it into main()"]


@pytest.mark.parametrize(
    "rest",
    [
        "count = 1\n\n\ndef show():\n    print(count)\n\n\npool = Pool(1)\ncount += 1\nshow()\n",
        "pool = Pool(1)\n\n\ndef show():\n    print(pool)\n\n\nshow()\n",
        "def main():\n    Pool(1)\n\n\nmain()\n",
        "with Pool(1) as pool:\n    print(globals())\n",
        'pool = Pool(1)\nif __name__ == "__main__":\n    print(pool)\n',
    ],
)
def test_main_function_only_where_no_other_reads_its_variables(rest: str, tmp_path: Path) -> None:
    assert [fix.title for fix in fixes(WORK + rest, tmp_path)] == ["Add the main guard"]


REFUSED = {
    "the body of an inner class": (
        "class Sizes:\n    class Pools:\n        pool = Pool(1)\n",
        "the body of a class runs",
    ),
    "a default argument": ("def run(pool=Pool(1)):\n    pass\n", "every process needs `run`"),
    "an else of the guard": (
        'if __name__ == "__main__":\n    pass\nelse:\n    pool = Pool(1)\n',
        "this runs only where the file is imported",
    ),
    "a definition that needs the result": (
        """\
with Pool(1) as pool:
    sizes = pool.map(len, ["a"])


def show(sizes=sizes):
    print(sizes)
""",
        "every process needs `show`, which uses `sizes`",
    ),
    "a name that is bound again": (
        "def one():\n    print(1)\n\n\nPool(1)\none()\n\n\ndef one():\n    print(2)\n",
        "`one` means something else further down",
    ),
    "a changed import path": (
        "import sys\n\nPool(1)\nsys.path.append('lib')\n\nimport more\n\nprint(more)\n",
        "`more` is imported after it",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, tmp_path: Path) -> None:
    rest, reason = REFUSED[name]
    module, start = start_of("from multiprocessing import Pool\n\n\n" + rest, tmp_path)
    refusal = guard_refusal(module, start)
    assert refusal
    assert refusal.reason.startswith(reason)
    assert not list(guard_fixes(module, start))


OFFERED = {
    "a result that workers read": (
        """\
with Pool(1) as pool:
    size = pool.map(abs, [1])[0]


def grow(number):
    return number + size


with Pool(1) as pool:
    print(pool.map(grow, [1]))
""",
        "workers read `size`",
    ),
    "a definition inside": (
        """\
with Pool(1) as pool:

    def grow(number):
        return number

    print(pool.map(grow, [1]))
""",
        "workers need `grow`",
    ),
    "values for others": ("with Pool(1) as pool:\n    SIZES = pool.map(len, ['a'])\n", "whoever imports"),
}


@pytest.mark.parametrize("name", OFFERED)
def test_only_offered(name: str, tmp_path: Path) -> None:
    rest, reason = OFFERED[name]
    module, start = start_of("from multiprocessing import Pool\n\n\n" + rest, tmp_path)
    refusal = guard_refusal(module, start)
    assert refusal
    assert refusal.reason.startswith(reason)
    assert not any(fix.safe for fix in guard_fixes(module, start))


def test_library(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("import main\n", encoding="utf-8")
    text = "from multiprocessing import Pool\n\n\ndef warm():\n    Pool(1)\n\n\nwarm()\n"
    assert [(fix.title, fix.safe) for fix in fixes(text, tmp_path)] == [("Move it into main()", False)]
    assert not fixes(text.replace("\nwarm()", "\nPOOL = Pool(1)"), tmp_path)


def test_broken_file(tmp_path: Path) -> None:
    assert not fixes("from multiprocessing import Pool\nPool(1)\nx = (\n", tmp_path)
