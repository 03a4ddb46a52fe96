"""Repairs that change more than the mistake, in programs of odd shapes."""

from pathlib import Path

import pytest
from programs import METHODS, outputs
from repairs import codes, offered, repaired

INSTANCE = """\
import threading
from multiprocessing import Pool


class Outer:
    class Counter(object):  # counts
        '''Counts.'''

        def __init__(self): self.lock = threading.Lock()

        # doubles
        def count(self, number):
            return number * 2


if __name__ == "__main__":
    with Pool(2) as pool:
        print(pool.map(Outer.Counter().count, range(3)))
"""
GETSTATE = """
    def __getstate__(self):
        state = self.__dict__.copy()
        del state["lock"]
        return state
"""


def test_an_attribute_is_left_out_behind_the_constructor(tmp_path: Path) -> None:
    text = INSTANCE.replace(": self.lock", ":\n            self.lock")
    after = repaired(text, tmp_path, "unpicklable-instance")
    added = GETSTATE.replace("\n    ", "\n        ")
    assert after == text.replace("threading.Lock()\n", f"threading.Lock()\n{added}")
    assert outputs({"main.py": after}, tmp_path) == dict.fromkeys(METHODS, "[0, 2, 4]\n")


def test_an_attribute_is_left_out_at_the_end_of_a_class_whose_constructor_is_one_line(tmp_path: Path) -> None:
    after = repaired(INSTANCE, tmp_path, "unpicklable-instance")
    added = GETSTATE.replace("\n    ", "\n        ")
    assert after == INSTANCE.replace("number * 2\n", f"number * 2\n{added}")
    assert outputs({"main.py": after}, tmp_path) == dict.fromkeys(METHODS, "[0, 2, 4]\n")


@pytest.mark.parametrize(
    ("old", "new"),
    [("\n", "\r\n"), ("    ", "\t"), ("import threading", "\ufeffimport threading")],
    ids=["CRLF", "tabs", "byte order mark"],
)
def test_the_file_keeps_its_style(old: str, new: str, tmp_path: Path) -> None:
    after = repaired(INSTANCE.replace(old, new), tmp_path, "unpicklable-instance")
    assert after == repaired(INSTANCE, tmp_path, "unpicklable-instance").replace(old, new)


def test_two_attributes_share_one_getstate(tmp_path: Path) -> None:
    text = INSTANCE.replace(": self.lock", ":\n            self.log = threading.RLock()\n            self.lock")
    after = repaired(repaired(text, tmp_path, "unpicklable-instance"), tmp_path, "unpicklable-instance")
    assert after.count("__getstate__") == 1
    assert 'del state["log"]\n            del state["lock"]\n            return state\n' in after
    assert outputs({"main.py": after}, tmp_path) == dict.fromkeys(METHODS, "[0, 2, 4]\n")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("        '''Counts.'''\n", "        __slots__ = ('lock',)\n"),
        ("return number * 2", "return number * 2 if self.event else 1"),
    ],
    ids=["slots", "the worker uses it"],
)
def test_what_the_worker_needs_is_not_left_out(old: str, new: str, tmp_path: Path) -> None:
    text = INSTANCE.replace("lock = threading.Lock()", "event = threading.Event()").replace("'lock'", "'event'")
    assert not offered(text.replace(old, new), tmp_path, "unpicklable-instance")


METHOD = """\
import threading
from multiprocessing import Pool

number = 1


class Counter:
    def __init__(self):
        self.lock = threading.Lock()
        self.base = [1]

    # Counts.
    def count(self, one{}):
        text = f'''
    {{self.base}}'''
        return sum(each for each in self.base) * one + len(text)

    def run(self):
        with Pool(2) as pool:
            return pool.map(self.count, range(3))


if __name__ == "__main__":
    print(Counter().run())
"""


@pytest.mark.parametrize("rest", ["", ", *, more=0", ", *more", " : int = 0,"])
def test_a_method_becomes_a_function_of_what_it_reads(rest: str, tmp_path: Path) -> None:
    text = METHOD.format(rest)
    after = repaired(text, tmp_path, "unpicklable-instance", 1)
    assert f"\n\n# Counts.\ndef count(base, one{rest}):\n    text = f'''\n    {{base}}'''\n    return sum(" in after
    assert "pool.map(partial(count, self.base), range(3))" in after
    assert outputs({"main.py": after}, tmp_path, ["spawn"]) == {"spawn": "[8, 9, 10]\n"}
    assert not codes(after, tmp_path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("len(text)", "len(repr(self))"),
        ("len(text)", "self.run.__name__.count('a')"),
        ("len(text)", "setattr(self, 'x', 1)"),
        ("text = f", "self.base = text = f"),
        ("text = f", "base = text = f"),
        ("    print(", "    print(Counter().count(1), "),
    ],
)
def test_a_method_that_needs_its_object_stays(old: str, new: str, tmp_path: Path) -> None:
    text = METHOD.format("").replace(old, new)
    assert not [fix for fix in offered(text, tmp_path, "unpicklable-instance") if "function" in fix.title]


GLOBAL = """\
from multiprocessing import Lock, Pool, Process, Value

count = Value("i", 0)


def work(number):
    with count.get_lock(): count.value += number


if __name__ == "__main__":
    with Pool(
        2,  # two
    ) as pool:
        pool.map(work, range(3))
    print(count.value)
"""


def test_an_initializer_hands_a_variable_over(tmp_path: Path) -> None:
    after = repaired(GLOBAL, tmp_path, "unshared-global")
    assert "        2, initializer=prepare_worker, initargs=(count,),  # two\n" in after
    assert outputs({"main.py": after}, tmp_path) == dict.fromkeys(METHODS, "3\n")
    assert not codes(after, tmp_path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Pool(\n        2,  # two\n    )", "Pool()"),
        ("Pool(\n        2,  # two\n    )", "Pool(processes=2)"),
        ("def work", "# Adds.\ndef work"),
        ("count", "COUNT_"),
        ("if __name__", "def prepare_worker(): pass\n\n\nif __name__"),
    ],
)
def test_an_initializer_fits_in_anywhere(old: str, new: str, tmp_path: Path) -> None:
    after = repaired(GLOBAL.replace(old, new), tmp_path, "unshared-global")
    assert outputs({"main.py": after}, tmp_path, ["spawn"]) == {"spawn": "3\n"}
    assert not codes(after, tmp_path)


def test_an_initializer_that_is_there_sets_the_variable_as_well(tmp_path: Path) -> None:
    text = GLOBAL.replace('count = Value("i", 0)', 'count = Value("i", 0)\nlock = Lock()').replace(
        "count.get_lock()", "lock"
    )
    after = repaired(repaired(text, tmp_path, "unshared-global"), tmp_path, "unshared-global")
    assert after.count("def prepare_worker(") == 1
    assert outputs({"main.py": after}, tmp_path, ["spawn"]) == {"spawn": "3\n"}
    assert not codes(after, tmp_path)


@pytest.mark.parametrize(
    ("made", "passed"),
    [
        ("Process(target=work)", "Process(target=work, args=(count,))"),
        ("Process(target=work, args=())", "Process(target=work, args=(count,))"),
        ("Process(target=work, args=[])", "Process(target=work, args=[count])"),
    ],
)
def test_a_process_gets_it_as_an_argument(made: str, passed: str, tmp_path: Path) -> None:
    text = f"""\
from multiprocessing import Process, Value

count = Value("i", 0)


def work():
    count.value += 3


if __name__ == "__main__":
    process = {made}; process.start(); process.join()
    print(count.value)
"""
    after = repaired(text, tmp_path, "unshared-global")
    assert after == text.replace(made, passed).replace("def work()", "def work(count)")
    assert outputs({"main.py": after}, tmp_path, ["spawn"]) == {"spawn": "3\n"}


@pytest.mark.parametrize(
    ("made", "passed"),
    [
        ("Process(target=work, args=(1, 2))", "Process(target=work, args=(1, 2, count))"),
        ("Process(target=work, args=(1, 2,))", "Process(target=work, args=(1, 2, count,))"),
        ("Process(args=[1, 2], target=work)", "Process(args=[1, 2, count], target=work)"),
    ],
)
def test_it_comes_behind_the_other_arguments(made: str, passed: str, tmp_path: Path) -> None:
    text = f"""\
from multiprocessing import Process, Value

count = Value("i", 0)


def work(first: int, second: int = 0):
    count.value += first + second


if __name__ == "__main__":
    process = {made}
    process.start()
    process.join()
    print(count.value)
"""
    assert not offered(text, tmp_path, "unshared-global")  # behind a default nothing fits
    text = text.replace(" = 0)", ")")
    after = repaired(text, tmp_path, "unshared-global")
    assert after == text.replace(made, passed).replace("second: int)", "second: int, count)")
    assert outputs({"main.py": after}, tmp_path, ["spawn"]) == {"spawn": "3\n"}


QUEUE = """\
import multiprocessing as mp


def work(number, queue):
    queue.put(number)


if __name__ == "__main__":
    queue, rest = mp.Queue(), []
    with mp.Pool(1) as pool:
        pool.apply(work, (3, queue))
    print(queue.get())
"""


def test_a_queue_of_a_manager_goes_with_a_task(tmp_path: Path) -> None:
    after = repaired(QUEUE, tmp_path, "inherited-only-argument")
    assert after == QUEUE.replace("mp.Queue()", "mp.Manager().Queue()")
    assert outputs({"main.py": after}, tmp_path) == dict.fromkeys(METHODS, "3\n")


@pytest.mark.parametrize(
    "text",
    [
        QUEUE.replace("    print", "    queue.close()\n    print"),
        QUEUE.replace('if __name__ == "__main__":\n    queue, rest = mp.Queue(), []\n', "queue = mp.Queue()\nif 1:\n"),
        QUEUE.replace("mp.Queue()", "mp.SimpleQueue()"),
    ],
    ids=["a method that it lacks", "made at import", "not made by managers"],
)
def test_no_manager_where_it_does_not_do(text: str, tmp_path: Path) -> None:
    assert not [fix for fix in offered(text, tmp_path, "inherited-only-argument") if "manager" in fix.title]


RESULTS = """\
from concurrent.futures import ProcessPoolExecutor


def main():
    with ProcessPoolExecutor(1) as executor:
        for one in [1]:
            for number in [-1, 2]:  # two
                executor.submit(
                    abs, number
                )
                # next
        else:
            print("all")
    print("done")


if __name__ == "__main__":
    main()
"""


def test_results_of_nested_loops_are_read_behind_them(tmp_path: Path) -> None:
    assert not offered(RESULTS, tmp_path, "discarded-result")  # the else would come later
    text = RESULTS.replace('        else:\n            print("all")\n', "")
    after = repaired(text, tmp_path, "discarded-result")
    assert "                # next\n        for future in futures:\n            future.result()\n    print" in after
    assert outputs({"main.py": after}, tmp_path, ["spawn"]) == {"spawn": "done\n"}
    assert not codes(after, tmp_path)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_one_result_is_read_at_the_end_of_its_block(newline: str, tmp_path: Path) -> None:
    text = """\
from multiprocessing import Pool

if __name__ == "__main__":
    with Pool(1) as pool:
        pool.apply_async(abs, (-1,))  # soon
        print("meanwhile")
    print("done")
""".replace("\n", newline)
    after = repaired(text, tmp_path, "discarded-result")
    assert after == text.replace("pool.apply_async", "result = pool.apply_async").replace(
        f'    print("done"){newline}', f'        result.get(){newline}    print("done"){newline}'
    )
    assert outputs({"main.py": after}, tmp_path, ["spawn"]) == {"spawn": "meanwhile\ndone\n"}


EXIT = """\
import sys
from multiprocessing import Pool


def work(number):
    if number: {}
    return number


if __name__ == "__main__":
    with Pool(1) as pool:
        print(pool.map(work, [0]))
"""


@pytest.mark.parametrize(
    ("exits", "raises"),
    [
        ("sys.exit(1)", 'raise RuntimeError("exit status 1")'),
        ("sys.exit('no'); print()", "raise RuntimeError('no'); print()"),
        ("raise SystemExit", "raise RuntimeError"),
        ("raise SystemExit(number)", "raise RuntimeError(number)"),
        ("exit()", "return"),
        ("sys.exit(0)  # well", "return  # well"),
    ],
)
def test_an_exit_becomes_an_exception(exits: str, raises: str, tmp_path: Path) -> None:
    after = repaired(EXIT.format(exits), tmp_path, "exit-in-worker")
    assert after == EXIT.format(raises).removeprefix("import sys\n" if "sys." in exits else "")
    assert not codes(after, tmp_path)


def test_an_exit_inside_an_expression_stays(tmp_path: Path) -> None:
    assert not offered(EXIT.format("number = 1 and sys.exit(2)"), tmp_path, "exit-in-worker")


CONSUMER = """\
from multiprocessing import JoinableQueue, Process


def work(queue):
    while True:
        item = queue.get()  # the next
        # look
        if item is None: break
        text = '''
left'''
        print(len(text), item, flush=True)


if __name__ == "__main__":
    queue = JoinableQueue()
    process = Process(target=work, args=(queue,))
    process.start()
    for item in (1, None):
        queue.put(item)
    queue.join()
    process.join()
"""


@pytest.mark.parametrize(("old", "new"), [("\n", "\n"), ("\n", "\r\n"), ("    ", "\t")], ids=["LF", "CRLF", "tabs"])
def test_task_done_is_called_however_the_turn_ends(old: str, new: str, tmp_path: Path) -> None:
    text = CONSUMER.replace(old, new)
    after = repaired(text, tmp_path, "missing-task-done")
    assert outputs({"main.py": after}, tmp_path, ["spawn"]) == {"spawn": "5 1\n"}
    assert not codes(after, tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        CONSUMER.replace("item = queue.get()  # the next", "if 1: item = queue.get()"),
        CONSUMER.replace("item = queue.get()  # the next", "item = queue.get() or queue.get()"),
    ],
    ids=["under a condition", "twice"],
)
def test_task_done_needs_one_place(text: str, tmp_path: Path) -> None:
    assert not offered(text, tmp_path, "missing-task-done")


def test_a_changed_copy_goes_back_behind_its_last_change(tmp_path: Path) -> None:
    text = """\
from multiprocessing import Manager

if __name__ == "__main__":
    with Manager() as manager:
        shared = manager.dict(a=[])
        items = shared["a"]
        items.append(3)
        items.append(4)  # both
        print(shared["a"])
"""
    assert not offered(
        text.replace("\n        items.append(4)", "; items.append(4)"), tmp_path, "nested-proxy-mutation"
    )
    after = repaired(text, tmp_path, "nested-proxy-mutation")
    assert after == text.replace("# both\n", '# both\n        shared["a"] = items\n')
    assert outputs({"main.py": after}, tmp_path, ["spawn"]) == {"spawn": "[3, 4]\n"}


LATE = """\
from multiprocessing import Pool

if __name__ == "__main__":
    pool = Pool(1)


def work(number):
    return number * scale  # by then


if __name__ == "__main__":
    scale = 2; print(pool.map(work, [1, 2]))
    pool.close(); pool.join()
"""


def test_what_comes_late_goes_with_each_task(tmp_path: Path) -> None:
    text = LATE.replace("    pool = Pool(1)\n\n\n", "    pass\n\n\n").replace(
        "    scale", "    pool = Pool(1)\n    scale"
    )
    after = repaired(text, tmp_path, "late-global")
    assert after == "from functools import partial\n" + text.replace("work(number", "work(scale, number").replace(
        "map(work,", "map(partial(work, scale),"
    )
    assert outputs({"main.py": after}, tmp_path) == dict.fromkeys(METHODS, "[2, 4]\n")
    assert not codes(after, tmp_path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("print(pool", "print(work(1), pool"),
        ("return number * scale", "return inner(number)\n\n\ndef inner(number):\n    return number * scale"),
        ("scale = 2;", "scale = open('x', 'w');"),
    ],
    ids=["called elsewhere", "read further inside", "does not pickle"],
)
def test_what_comes_late_stays_where_it_cannot_go_along(old: str, new: str, tmp_path: Path) -> None:
    text = LATE.replace("    pool = Pool(1)\n\n\n", "    pass\n\n\n").replace(
        "    scale", "    pool = Pool(1)\n    scale"
    )
    assert not offered(text.replace(old, new), tmp_path, "late-global")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from multiprocessing import Process", "from multiprocessing import Process, get_context"),
        ("import multiprocessing as mp", "import multiprocessing as mp"),
    ],
)
def test_workers_beside_threads_are_spawned(before: str, after: str, tmp_path: Path) -> None:
    name, new = (
        ("mp.Process", 'mp.get_context("spawn").Process')
        if " as " in before
        else (
            "Process",
            'get_context("spawn").Process',
        )
    )
    text = f"""\
import threading
{before}

if __name__ == "__main__":
    done = threading.Event()
    thread = threading.Thread(target=done.wait); thread.start()
    process = {name}(target=print, args=("hello",)); process.start()
    process.join(); done.set(); thread.join()
"""
    found = repaired(text, tmp_path, "fork-with-threads")
    assert found == text.replace(before, after).replace(f"= {name}(", f"= {new}(")
    assert outputs({"main.py": found}, tmp_path) == dict.fromkeys(METHODS, "hello\n")


ONCE = """\
from functools import partial
from multiprocessing import Lock, Pool


# Works.
def work(lock, number: int):
    with lock: return number


def main():
    lock = Lock()
    with Pool(2) as pool:
        print(pool.starmap(work, [(lock, number) for number in range(3)]))


if __name__ == "__main__":
    main()
"""
SENT = "pool.starmap(work, [(lock, number) for number in range(3)])"


@pytest.mark.parametrize(
    ("sent", "new"),
    [
        (SENT, "pool.starmap(work, [(number,) for number in range(3)])"),
        (
            "[pool.apply_async(work, (lock, number,)).get() for number in range(3)]",
            "[pool.apply_async(work, (number,)).get() for number in range(3)]",
        ),
        ("pool.map(partial(work, lock), range(3))", "pool.map(work, range(3))"),
    ],
)
def test_a_lock_is_handed_over_once(sent: str, new: str, tmp_path: Path) -> None:
    text = ONCE.replace(SENT, sent)
    after = repaired(text, tmp_path, "inherited-only-argument", 1)
    initializer = "def prepare_worker(lock_value):\n    global lock\n    lock = lock_value\n\n\n"
    assert after == text.replace(sent, new).replace("work(lock, number: int)", "work(number: int)").replace(
        "# Works.", f"{initializer}# Works."
    ).replace("Pool(2)", "Pool(2, initializer=prepare_worker, initargs=(lock,))").removeprefix(
        "from functools import partial\n" if "partial" in sent else ""
    )
    assert outputs({"main.py": after}, tmp_path, ["spawn"]) == {"spawn": "[0, 1, 2]\n"}
    assert "inherited-only-argument" not in codes(after, tmp_path)


def test_the_last_argument_is_handed_over_once(tmp_path: Path) -> None:
    text = ONCE.replace("(lock, number)", "(number, lock)").replace("lock, number: int", "number: int, lock")
    after = repaired(text, tmp_path, "inherited-only-argument", 1)
    assert "[(number,) for number" in after
    assert "def work(number: int):" in after
    assert outputs({"main.py": after}, tmp_path, ["spawn"]) == {"spawn": "[0, 1, 2]\n"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    lock = Lock()\n    with Pool(2) as pool:\n", "    with Pool(2) as pool:\n        lock = Lock()\n"),
        ("Pool(2)", "Pool(2, print, (1,))"),
        ("number: int", "number: int = 0"),
        ("# Works.", "lock = None\n\n\n# Works."),
        ("def main", "def again():\n    work(None, 1)\n\n\ndef main"),
    ],
    ids=["made later", "an initializer", "a default", "another variable", "called elsewhere"],
)
def test_what_cannot_be_handed_over_once_goes_with_each_task(old: str, new: str, tmp_path: Path) -> None:
    found = offered(ONCE.replace(old, new), tmp_path, "inherited-only-argument")
    assert ["initializer" in fix.title for fix in found] == [False]


@pytest.mark.parametrize(
    ("arguments", "rest"),
    [
        ("target=work, args=(1,), daemon=True", "target=work, args=(1,)"),
        ("target=work, daemon=True, args=(1,)", "target=work, args=(1,)"),
        ("target=work,\n        args=(1,),\n        daemon=True,", "target=work,\n        args=(1,),"),
    ],
)
def test_a_process_that_starts_others_is_no_daemon(arguments: str, rest: str, tmp_path: Path) -> None:
    text = f"""\
from multiprocessing import Pool, Process


def work(number):
    with Pool(1) as pool:
        print(pool.map(abs, [number]))


if __name__ == "__main__":
    process = Process({arguments})
    process.start()
    process.join()
"""
    after = repaired(text, tmp_path, "nested-daemon-pool")
    assert after == text.replace(arguments, rest)
    assert not codes(after, tmp_path)


def test_the_only_argument_is_handed_over_once(tmp_path: Path) -> None:
    text = ONCE.replace(SENT, "[pool.apply(partial(work, lock)) for _ in range(2)]").replace(
        "lock, number: int", "lock"
    )
    text = text.replace("return number", "return 1")
    after = repaired(text, tmp_path, "inherited-only-argument", 1)
    assert "def work():" in after
    assert outputs({"main.py": after}, tmp_path, ["spawn"]) == {"spawn": "[1, 1]\n"}


def test_a_shared_value_whose_lock_workers_take_is_of_no_manager(tmp_path: Path) -> None:
    text = (
        ONCE.replace("Lock", "Value").replace("Value()", 'Value("i", 0)').replace("with lock:", "with lock.get_lock():")
    )
    titles = [fix.title for fix in offered(text, tmp_path, "inherited-only-argument")]
    assert titles == ["Hand over `lock` by an initializer"]


@pytest.mark.parametrize(
    ("more", "left"),
    [
        ("", ""),
        ("# As `sys` does it.\n", "import sys\n"),
        ("__all__ = ['sys']\n", "import sys\n"),
        ("print(sys.path)\n", "import sys\n"),
    ],
)
def test_an_import_goes_with_its_last_use(more: str, left: str, tmp_path: Path) -> None:
    after = repaired(EXIT.format("sys.exit(0)") + more, tmp_path, "exit-in-worker")
    assert after == left + EXIT.format("return").removeprefix("import sys\n") + more
