"""What a hover says, where it stands, and what it says nothing of."""

from itertools import pairwise
from textwrap import dedent

import pytest

from analysis import analyse, module
from spawnsafe.hover import Hover, hover
from spawnsafe.model import Module, StartMethods

PROGRAM = """\
import multiprocessing as mp
from concurrent.futures import ProcessPoolExecutor
from functools import partial

def healthy(n):
    return n

class Work:
    def go(self, n):
        return n

def unsent(n):
    return n

def main():
    def local(n):
        return n
    with mp.Pool(2) as pool:
        pool.map(lambda n: n, [1])
        pool.map(local, [1])
        pool.map(healthy, [1])
        pool.map(partial(healthy), [1])
        pool.map(guarded, [1])
        pool.map(Work().go, [1])
    mp.Process(target=lambda: None).start()
    mp.get_context("spawn").Process(target=lambda: 1).start()
    executor = ProcessPoolExecutor()
    print(executor.submit(healthy, 1).result())

if __name__ == "__main__":
    def guarded(n):
        return n
    main()
    early = mp.Pool()

def late(n):
    return n

if __name__ == "__main__":
    early.map(late, [1])
    early.close()
"""


def _at(model: Module, place: str, offset: int = 0) -> Hover | None:
    """Hover the text between the bars of `before|text|behind`."""
    before, text, behind = place.split("|")
    whole = before + text + behind
    assert model.document.text.count(whole) == 1, f"{whole} stands there not just once"
    start = model.document.text.index(whole) + len(before)
    found = hover(model, model.text.point(start + offset))
    if found is not None:
        assert model.text[found.span] == text
    return found


@pytest.fixture(scope="module")
def model() -> Module:
    return module(PROGRAM)


SENT = {
    "pool.map(|lambda n: n|, [1])": (
        "This lambda cannot be sent to a worker",
        ["fails", "fails", "fails"],
        ["lambda-target"],
    ),
    "pool.map(|local|, [1])": ("`local` cannot be sent to a worker", ["fails", "fails", "fails"], ["local-target"]),
    "pool.map(|healthy|, [1])": ("`healthy` is sent to workers as `__main__.healthy`", ["works", "works", "works"], []),
    "pool.map(partial(|healthy|), [1])": (
        "`healthy` is sent to workers as `__main__.healthy`",
        ["works", "works", "works"],
        [],
    ),
    "pool.map(|guarded|, [1])": (
        "`guarded` is sent to workers as `__main__.guarded`",
        ["works", "hangs", "hangs"],
        ["guarded-target"],
    ),
    "pool.map(|Work().go|, [1])": (
        "The method `go` of `Work` is sent to workers as `__main__.Work`",
        ["works", "works", "works"],
        [],
    ),
    "early.map(|late|, [1])": (
        "`late` is sent to workers as `__main__.late`",
        ["hangs", "works", "works"],
        ["late-target"],
    ),
    "mp.Process(target=|lambda: None|)": (
        "This lambda reaches a worker under fork alone",
        ["works", "fails", "fails"],
        ["lambda-target"],
    ),
    'get_context("spawn").Process(target=|lambda: 1|)': (
        "This lambda cannot be sent to a worker",
        ["the program chooses spawn: fails", "fails", "the program chooses spawn: fails"],
        ["lambda-target"],
    ),
    "executor.submit(|healthy|, 1)": (
        "`healthy` is sent to workers as `__main__.healthy`",
        ["works", "works", "works"],
        [],
    ),
}


@pytest.mark.parametrize(("place", "answer", "ends", "rules"), [(key, *value) for key, value in SENT.items()])
def test_what_is_sent(model: Module, place: str, answer: str, ends: list[str], rules: list[str]) -> None:
    found = _at(model, place)
    assert found is not None
    assert found.answer == answer
    assert [method.names[0] for method, _ in found.rows] == ["fork", "spawn", "forkserver"]
    assert all(row.startswith(end) for (_, row), end in zip(found.rows, ends, strict=True)), found.rows
    assert list(found.rules) == rules
    assert "pickle sends no code" in found.paragraphs[0]


def test_every_character_of_a_callable_answers_the_same(model: Module) -> None:
    answers = [_at(model, "pool.map(|lambda n: n|, [1])", offset) for offset in range(len("lambda n: n") + 1)]
    assert all(one == other for one, other in pairwise(answers))


def test_a_local_function_is_told_its_name_and_where_it_comes_into_being(model: Module) -> None:
    found = _at(model, "pool.map(|local|, [1])")
    assert found is not None
    assert "`main.<locals>.local`" in found.paragraphs[1]
    assert "when `main` runs" in found.paragraphs[1]


DEFINITIONS = {
    "def |healthy|(n)": ("`healthy` is sent to workers from 3 places", []),
    "def |late|(n)": ("`late` is sent to workers from 1 place", ["late-target"]),
    "def |guarded|(n)": ("`guarded` is sent to workers from 1 place", ["guarded-target"]),
    "def |local|(n)": ("`local` is sent to workers from 1 place", ["local-target"]),
    "class |Work|:": ("`Work` is sent to workers from 1 place", []),
}


@pytest.mark.parametrize(("place", "answer", "rules"), [(key, *value) for key, value in DEFINITIONS.items()])
def test_definitions_of_what_is_sent(model: Module, place: str, answer: str, rules: list[str]) -> None:
    found = _at(model, place)
    assert found is not None
    assert (found.answer, list(found.rules)) == (answer, rules)
    assert found.paragraphs[0].startswith("By `")


WORKERS = {
    "as |pool|:": (
        "`pool` is a pool with worker processes",
        "Made in line 18. Its workers start when it is made. A `with` ends it.",
    ),
    "|pool|.map(local": ("`pool` is a pool with worker processes", "Made in line 18. "),
    "    |early| = mp": (
        "`early` is a pool with worker processes",
        "Made in line 34. Its workers start when it is made. It is closed in any case.",
    ),
    "|executor| = P": (
        "`executor` is an executor with worker processes",
        "Made in line 27. Its workers start with the first task.",
    ),
    "with |mp.Pool|(2)": ("`mp.Pool` makes a pool with worker processes", "Its workers start when it is made."),
    "= |ProcessPoolExecutor|()": (
        "`ProcessPoolExecutor` makes an executor with worker processes",
        "Its workers start with the first task.",
    ),
    "|mp.Process|(target=lambda: None)": (
        "`mp.Process` makes a process with worker processes",
        "Its worker starts with `start()`.",
    ),
}


@pytest.mark.parametrize(("place", "answer", "first"), [(key, *value) for key, value in WORKERS.items()])
def test_pools_and_what_makes_them(model: Module, place: str, answer: str, first: str) -> None:
    found = _at(model, place)
    assert found is not None
    assert found.answer == answer
    assert found.paragraphs[0].startswith(first)
    assert [text.split(" ")[0] for _, text in found.rows] == ["a", "a", "a"]


def test_a_context_is_told() -> None:
    text = 'import multiprocessing as mp\npool = mp.get_context("forkserver").Pool()\n'
    found = _at(module(text), "|pool| = mp")
    assert found is not None
    assert "The program chooses forkserver here, whatever the platform's default is." in found.paragraphs


def test_a_context_that_the_platform_decides_is_told() -> None:
    text = """\
import multiprocessing as mp, os
pool = mp.get_context("spawn" if os.name == "nt" else "fork").Pool()
"""
    found = _at(module(text), "|pool| = mp")
    assert found is not None
    chosen = "spawn on Windows and fork on macOS and Linux"
    assert f"The program chooses {chosen} here, whatever the platform's default is." in found.paragraphs


@pytest.mark.parametrize("place", ["|lambda: 1|", '|open("x")|'])
def test_where_the_program_comes_to_a_place_is_told(place: str) -> None:
    text = """\
import multiprocessing as mp, sys
def main():
    if sys.platform == "win32":
        mp.Process(target=lambda: 1, args=(open("x"),)).start()
"""
    found = _at(module(text), place)
    assert found is not None
    assert found.paragraphs[-1] == "The program comes here on Windows, and nowhere else."


@pytest.mark.parametrize(
    "place",
    [
        "|import| multi",
        "def |unsent|(n)",
        "|return| n\n\nclass",
        "(|partial|(healthy)",
        "[|1|])\n        pool.map(local",
        "def |main|()",
    ],
)
def test_of_the_rest_nothing_is_said(model: Module, place: str) -> None:
    assert _at(model, place) is None


def test_a_definition_in_another_file_is_named_by_its_module() -> None:
    models = analyse(
        {
            "main.py": "from multiprocessing import Pool\nfrom app.work import work\nPool().map(work, [1])\n",
            "app/__init__.py": "",
            "app/work.py": "def work(n): ...\n",
        }
    )
    found = _at(models["main.py"], "map(|work|, [1])")
    assert found is not None
    assert found.rows[1][1] == "works: a fresh Python imports `work.py` and finds it"


def test_markdown_and_plain_text_say_the_same(model: Module) -> None:
    found = _at(model, "pool.map(|lambda n: n|, [1])")
    assert found is not None
    text = found.markdown()
    first, *_ = text.splitlines()
    assert first == "**This lambda cannot be sent to a worker**"
    assert "| fork | Linux up to Python 3.13 | fails: pickle refuses it in the parent |" in text
    assert "More: [lambda-target](file://" in text
    assert found.plain == PLAIN


def test_where_no_page_can_be_opened_a_command_is_named(model: Module) -> None:
    found = _at(model, "pool.map(|lambda n: n|, [1])")
    assert found is not None
    assert found.markdown(lambda _name, _page: None).endswith("\n\nMore: `spawnsafe explain lambda-target`")


PLAIN = """\
This lambda cannot be sent to a worker

pickle sends no code. Of a function or class it writes two names, the module's and its own, \
and the worker imports the module and looks the name up there.

A lambda has no name of its own (Python calls every one <lambda>), so pickle refuses to write it.

Run as a program, this file is the module __main__; a fresh worker imports it as __mp_main__, \
which skips the main guard. Imported, it is main.

fork (Linux up to Python 3.13): fails: pickle refuses it in the parent
spawn (macOS and Windows): fails: pickle refuses it in the parent
forkserver (Linux from Python 3.14): fails: pickle refuses it in the parent

More: spawnsafe explain lambda-target"""


def test_hovers_anywhere_in_any_text_are_survived() -> None:
    for text in (
        "",
        "\n",
        "from multiprocessing import Pool\n",
        "(" * 500,
        PROGRAM[:400],
        PROGRAM.replace("\n", "\r\n"),
    ):
        model = module(text)
        for offset in range(0, len(text) + 1, 3):
            hover(model, model.text.point(offset))


@pytest.mark.parametrize(
    ("marked", "answer", "rule", "forks"),
    [
        (
            "pool.apply(print, (|{}.keys()|,))",
            "A view of a dictionary cannot be pickled, so",
            "unpicklable-argument",
            True,
        ),
        (
            "pool.map(|Job().run|, [1])",
            "`run` sends its whole `Job`, whose `lock` is",
            "unpicklable-instance",
            True,
        ),
        ("pool.map(|rows|, [1])", "`rows` is a generator function, so `pool.map` fails", "generator-target", True),
        (
            "Process(target=print, args=(|LOCK|,)).start()",
            "`LOCK` is a `threading.Lock`, so",
            "unpicklable-argument",
            False,
        ),
    ],
)
def test_what_a_rule_reports_is_not_said_to_work(marked: str, answer: str, rule: str, *, forks: bool) -> None:
    before, inside, after = marked.split("|")
    head = dedent(
        """\
        import threading
        from multiprocessing import Pool, Process
        LOCK = threading.Lock()
        class Job:
            def __init__(self):
                self.lock = threading.Lock()
            def run(self, n): ...
        def rows(n):
            yield n
        def main(pool: Pool):
        """
    )
    model = module(f"{head}    {before}{inside}{after}\n")
    found = hover(model, model.text.point(len(head) + 4 + len(before) + 1))
    assert found is not None
    assert found.answer.startswith(answer)
    assert found.rules == (rule,)
    told = {method.names[0]: text for method, text in found.rows}
    assert told["spawn"] == "this happens"
    assert told["fork"] == ("this happens" if forks else "this does not happen")


CHUNKS = """\
import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import Pool

if __name__ == "__main__":
    with Pool(4) as pool, Pool(os.cpu_count()) as cpus, ProcessPoolExecutor() as executor:
        pool.map(abs, range(100))
        cpus.starmap(abs, range(100))
        print(sum(pool.imap(abs, range(7))))
        print(sum(pool.imap_unordered(abs, range(100), 5)))
        print(sum(executor.map(abs, input())))
"""


@pytest.mark.parametrize(
    ("place", "answer", "reckoning"),
    [
        (
            "pool.|map|(",
            "`pool.map` sends 100 items as 15 tasks, 7 to each",
            "It divides 100 items by 16, four times the number of workers, and rounds up.",
        ),
        (
            "cpus.|starmap|(",
            "`cpus.starmap` sends its items in chunks, about four for each worker",
            "It divides 100 items by four times the number of workers and rounds up.",
        ),
        (
            "pool.|imap|(",
            "`pool.imap` sends 7 items as 7 tasks",
            "It makes a task of each item unless it is told otherwise.",
        ),
        (
            "pool.|imap_unordered|(",
            "`pool.imap_unordered` sends 100 items as 20 tasks, 5 to each",
            "It is told how many items make a task.",
        ),
        (
            "range(100), |5|)",
            "`pool.imap_unordered` sends 100 items as 20 tasks, 5 to each",
            "It is told how many items make a task.",
        ),
        (
            "executor.|map|(",
            "`executor.map` sends each item as a task",
            "It makes a task of each item unless it is told otherwise.",
        ),
    ],
)
def test_a_method_that_maps_tells_its_chunks(place: str, answer: str, reckoning: str) -> None:
    found = _at(module(CHUNKS), place)
    assert found
    assert found.answer == answer
    assert found.paragraphs[0] == reckoning


METHODS = """\
import multiprocessing as mp

def main(name):
    print(mp.get_start_method(), mp.get_context(), mp.get_context(name))
    mp.get_context("spawn" if name else "forkserver").Process(target=print).start()

if __name__ == "__main__":
    mp.set_start_method("spawn")
    main("fork")
if __name__ != "__main__":
    print("a worker")
"""


@pytest.mark.parametrize(
    ("place", "answer"),
    [
        ("|mp.set_start_method|(", "Workers start by spawn from here on"),
        ("|mp.get_start_method|(", "The start method of this program, or of the platform if it chooses none"),
        ("|mp.get_context|()", "A context that starts workers as the program or the platform does"),
        ("|mp.get_context|(name)", "A context with a start method of its own"),
        (
            '|mp.get_context|("spawn" if',
            "A context that starts workers by spawn and forkserver, whatever the platform's default is",
        ),
    ],
)
def test_what_chooses_or_asks_for_a_start_method(place: str, answer: str) -> None:
    found = _at(module(METHODS), place)
    assert found
    assert found.answer == answer
    assert [text.split(" ")[0] for _, text in found.rows] == ["a", "a", "a"]
    assert found.advice == ("start-methods",)


@pytest.mark.parametrize(
    ("place", "answer", "spawned"),
    [
        ('|__name__ == "__main__"|', "This holds in the main program alone", "skips what is under it"),
        ('|__name__ != "__main__"|', "This holds in workers and other imports alone", "runs what is under it"),
    ],
)
def test_the_main_guard_is_explained(place: str, answer: str, spawned: str) -> None:
    found = _at(module(METHODS), place)
    assert found
    assert found.answer == answer
    told = {method.names[0]: text for method, text in found.rows}
    assert told["fork"] == "a worker is a copy of this process and does not come here again"
    assert told["spawn"] == told["forkserver"] == f"a worker imports this file and {spawned}"


ATTRIBUTES = """\
import threading
from multiprocessing import Pool

class Engine:
    def __init__(self):
        self.lock = threading.Lock()
        self.count = 0

class Job:
    def __init__(self):
        self.engine = Engine()
    def run(self, n):
        return n

class Unsent:
    def __init__(self):
        self.lock = threading.RLock()

def main(pool: Pool):
    pool.map_async(Job().run, [1], chunksize=10)
"""


@pytest.mark.parametrize(
    ("place", "answer"),
    [
        ("|self.lock| = threading.Lock", "`lock` keeps `Engine` from being pickled"),
        ("|self.engine|", "`engine` keeps `Job` from being pickled"),
    ],
)
def test_an_attribute_that_pickle_refuses_with_its_object(place: str, answer: str) -> None:
    found = _at(module(ATTRIBUTES), place)
    assert found
    assert found.answer == answer
    sent = "`pool.map_async` in line 20 sends the whole `Job`."
    assert found.paragraphs[0] == f"`engine.lock` is a `threading.Lock`. {sent}"
    assert [text.split(":")[0] for _, text in found.rows] == ["fails", "fails", "fails"]
    assert found.rules == ("unpicklable-instance",)


@pytest.mark.parametrize("place", ["|self.count|", "|self.lock| = threading.RLock"])
def test_of_other_attributes_nothing_is_said(place: str) -> None:
    assert _at(module(ATTRIBUTES), place) is None


def test_inside_a_finding_the_innermost_answers_and_at_its_beginning_the_finding() -> None:
    text = ATTRIBUTES.replace("def main(pool: Pool):", "def main():\n  with Pool(2) as pool:")
    model = module(text)
    for place, answer in {
        "|pool.map_async(Job().run, [1], chunksize=10)|": "The `with` ends the pool without waiting",
        "pool.|map_async|(": "`pool.map_async` sends 1 item as 1 task",
        "(|Job().run|,": "`run` sends its whole `Job`, whose `engine.lock`",
        "=|10|)": "`pool.map_async` sends 1 item as 1 task",
    }.items():
        found = _at(model, place)
        assert found
        assert found.answer.startswith(answer)


def test_in_a_notebook_nothing_is_said_of_imports() -> None:
    cell = """\
from multiprocessing import Pool
def work(n):
    return n
if __name__ == "__main__":
    with Pool(2) as pool:
        pool.map(work, [1])
"""
    model = analyse({"notebook.ipynb": cell})["notebook.ipynb"]
    for place in ("def |work|(n)", "with |Pool|(2)", "as |pool|:"):
        found = _at(model, place)
        assert found
        assert "none of the notebook's cells" in dict(found.rows)[StartMethods.SPAWN]
    assert _at(model, 'if |__name__ == "__main__"|') is None
