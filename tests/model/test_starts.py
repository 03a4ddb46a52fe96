"""What starts workers while a file is imported, and every guard that keeps it from doing so."""

from pathlib import Path

import pytest

from analysis import POLICY, assert_findings, findings, programs
from spawnsafe.check import check
from spawnsafe.model import Project

GUARDS = [
    'if __name__ == "__main__":\n    main()',
    "if '__main__' == __name__:\n    main()",
    'if __name__ == "__main__": main()',
    'if (__name__ == "__main__"):\n    main()',
    'if __name__ != "__main__":\n    pass\nelse:\n    main()',
    'if not __name__ != "__main__":\n    main()',
    'if not (__name__ == "__main__"):\n    pass\nelse:\n    main()',
    'if __name__ == "__main__" and True:\n    main()',
    'if True and __name__ == "__main__":\n    main()',
    'if __name__ == "__main__":\n    if True:\n        main()',
    'if True:\n    if __name__ == "__main__":\n        main()',
    'if __name__ in ("__main__",):\n    main()',
    'if __name__ in {"__main__", "app"}:\n    main()',
    'if __name__ == "__mp_main__":\n    pass\nelif __name__ == "__main__":\n    main()',
    'if __name__ != "__mp_main__":\n    main()',
    'if not __name__ == "__mp_main__":\n    main()',
    'if __name__.startswith("__main"):\n    main()',
    '__name__ == "__main__" and main()',
    '__name__ != "__main__" or main()',
    'main() if __name__ == "__main__" else None',
    'None if __name__ != "__main__" else main()',
    'is_main = __name__ == "__main__"\nif is_main:\n    main()',
    'name = __name__\nif name == "__main__":\n    main()',
    'def is_main():\n    return __name__ == "__main__"\nif is_main():\n    main()',
    'if (run := __name__ == "__main__"):\n    main()',
    'for _ in range(1):\n    if __name__ == "__main__":\n        main()',
    'try:\n    if __name__ == "__main__":\n        main()\nfinally:\n    pass',
    'def start():\n    if __name__ == "__main__":\n        main()\nstart()',
    'def start():\n    if __name__ != "__main__":\n        return\n    main()\nstart()',
    'class App:\n    if __name__ == "__main__":\n        main()',
    'while __name__ == "__main__":\n    main()\n    break',
    'match __name__:\n    case "__main__":\n        main()',
]
NO_GUARDS = [
    "main()",
    "if True:\n    main()",
    'if __name__ == "__main__" or True:\n    main()',
    'if __name__ != "__main__":\n    pass\nmain()',
    'if __name__ == "__main__":\n    pass\nmain()',
    'if __name__ != "x":\n    main()',
    'if __name__ in ("__main__", "__mp_main__"):\n    main()',
    'if __name__.startswith("__m"):\n    main()',
    "if __name__:\n    main()",
    "try:\n    main()\nfinally:\n    pass",
    "for _ in range(1):\n    main()",
    "while True:\n    main()\n    break",
    "with open(__file__):\n    main()",
    "[main() for _ in range(1)]",
    "print(main())",
    'x = {"a": main()}',
    "class App:\n    main()",
    "class App:\n    x = main()",
    "def f(x=main()): ...",
    "@lambda f: main()\ndef f(): ...",
    'f"{main()}"',
    "assert main() is None",
    "global x\nx = main()",
    "main() if True else None",
    "True and main()",
    "(lambda: main())()",
    "if not main():\n    pass",
    "import functools\nfunctools.partial(main)()",
]

PREAMBLE = """\
from multiprocessing import Pool

def main():
    with Pool(1) as pool:
        print(pool.map(abs, [1]))

"""


@pytest.mark.parametrize("tail", GUARDS)
def test_a_guard_guards(tail: str) -> None:
    assert findings(f"{PREAMBLE}{tail}\n") == []


@pytest.mark.parametrize("tail", NO_GUARDS)
def test_what_is_no_guard_does_not(tail: str) -> None:
    assert [code for code, _ in findings(f"{PREAMBLE}{tail}\n")] == ["unguarded-start"]


@pytest.mark.parametrize("tail", NO_GUARDS)
def test_below_a_line_that_leaves_no_start_is_unguarded(tail: str) -> None:
    found = findings(f'{PREAMBLE}import sys\nif __name__ != "__main__":\n    sys.exit()\n{tail}\n')
    assert "unguarded-start" not in dict(found)


@programs(
    {
        "a pool": """
            from multiprocessing import Pool
            pool = Pool()
            #      ^^^^^^ unguarded-start [spawn forkserver]
            """,
        "a pool in a with": """
            from multiprocessing import Pool
            with Pool() as pool:
            #    ^^^^^^ unguarded-start
                pool.map(abs, [1])
            """,
        "a process that starts": """
            from multiprocessing import Process
            process = Process(target=print)
            process.start()
            # <^^^^^^^^^^^^ unguarded-start
            """,
        "a process that does not start": """
            from multiprocessing import Process
            process = Process(target=print)
            """,
        "processes of a comprehension that start": """
            from multiprocessing import Process
            processes = [Process(target=print) for _ in range(3)]
            for process in processes:
                process.start()
              # ^^^^^^^^^^^^^^^ unguarded-start
            """,
        "an own process class that starts": """
            from multiprocessing import Process
            class Worker(Process):
                def run(self): ...
            Worker().start()
            # <^^^^^^^^^^^^^ unguarded-start
            """,
        "an executor with a task": """
            from concurrent.futures import ProcessPoolExecutor
            executor = ProcessPoolExecutor()
            future = executor.submit(abs, 1)
            #        ^^^^^^^^^^^^^^^^^^^^^^^ unguarded-start
            """,
        "an executor without a task": """
            from concurrent.futures import ProcessPoolExecutor
            executor = ProcessPoolExecutor()
            with ProcessPoolExecutor() as other:
                pass
            def run():
                return executor.submit(abs, 1)
            """,
        "an executor in a running loop": """
            import asyncio
            from concurrent.futures import ProcessPoolExecutor
            async def main():
                loop = asyncio.get_running_loop()
                await loop.run_in_executor(ProcessPoolExecutor(), abs, 1)
            asyncio.run(main())
            #           ^^^^^^ unguarded-start
            """,
        "a manager": """
            from multiprocessing import Manager
            shared = Manager().dict()
            #        ^^^^^^^^^ unguarded-start
            """,
        "queues, locks and values do not start anything": """
            import multiprocessing as mp
            queue, lock, value = mp.Queue(), mp.Lock(), mp.Value("i", 0)
            """,
        "threads": """
            from multiprocessing.pool import ThreadPool
            from concurrent.futures import ThreadPoolExecutor
            ThreadPool().map(abs, [1])
            ThreadPoolExecutor().submit(abs, 1)
            """,
        "one finding for many starts": """
            from multiprocessing import Pool, Process
            pool = Pool()
            #      ^^^^^^ unguarded-start
            other = Pool()
            Process(target=print).start()
            """,
        "beside a guard": """
            from multiprocessing import Pool
            if __name__ == "__main__":
                first = Pool()
            second = Pool()
            #        ^^^^^^ unguarded-start
            """,
        "in a class": """
            from multiprocessing import Pool
            class App:
                class Inner:
                    pool = Pool()
                    #      ^^^^^^ unguarded-start
            """,
        "by a decorator": """
            from multiprocessing import Pool
            def register(function):
                Pool()
                return function
            if True:
                @register
               # ^^^^^^^^ unguarded-start
                def work(): ...
            """,
        "by a decorator that makes a decorator": """
            from multiprocessing import Pool
            def register(size):
                Pool(size)
                return lambda function: function
            if True:
                @register(2)
               # ^^^^^^^^^^^ unguarded-start
                def work(): ...
            """,
        "through a chain of calls": """
            from multiprocessing import Pool
            def main():
                run()
            def run():
                with make() as pool:
                    pool.map(abs, [1])
            def make():
                return Pool()
            main()
            # <^^^ unguarded-start
            """,
        "by a constructor": """
            from multiprocessing import Pool
            class App:
                def __init__(self):
                    self.pool = Pool()
            app = App()
            #     ^^^^^ unguarded-start
            """,
        "by an inherited constructor": """
            from multiprocessing import Pool
            class Base:
                def __init__(self):
                    self.pool = Pool()
            class App(Base): ...
            app = App()
            #     ^^^^^ unguarded-start
            """,
        "by a method": """
            from multiprocessing import Pool
            class App:
                def run(self):
                    with Pool() as pool:
                        pool.map(abs, [1])
            App().run()
            # <^^^^^^^^ unguarded-start
            """,
        "by a method of an instance in a global": """
            from multiprocessing import Pool
            class App:
                def run(self):
                    with Pool() as pool:
                        pool.map(abs, [1])
            app = App()
            app.run()
            # <^^^^^^ unguarded-start
            """,
        "by calling an instance": """
            from multiprocessing import Pool
            class App:
                def __call__(self):
                    Pool()
            app = App()
            app()
            # <^^ unguarded-start
            """,
        "by entering an own context manager": """
            from multiprocessing import Pool
            class App:
                def __enter__(self):
                    self.pool = Pool()
                def __exit__(self, *_): ...
            with App():
            #    ^^^^^ unguarded-start
                pass
            """,
        "by a function of another file": """
            from work import run
            run()
            # <^^ unguarded-start
            # file: work.py
            from multiprocessing import Pool
            def run():
                Pool()
            """,
        "defined and never called": """
            from multiprocessing import Pool
            def run():
                Pool()
            class App:
                def run(self):
                    Pool()
            work = lambda: Pool()
            """,
        "kept for later": """
            import atexit
            from functools import partial
            from multiprocessing import Pool
            def run():
                Pool()
            later = partial(run)
            table = {"run": run}
            """,
        "called in a function that nobody calls": """
            from multiprocessing import Pool
            def run():
                Pool()
            def main():
                run()
            """,
        "functions that call each other for ever": """
            from multiprocessing import Pool
            def one(n):
                two(n)
            def two(n):
                one(n)
                Pool()
            one(1)
            # <^^^ unguarded-start
            """,
        "a command of a library": """
            import click
            from multiprocessing import Pool
            @click.command()
            def main():
                Pool()
            main()
            # <^^^ unguarded-start
            """,
        "a generator that nobody runs and a coroutine that nobody awaits": """
            from multiprocessing import Pool
            def one():
                yield Pool()
            async def two():
                Pool()
            generator = one()
            coroutine = two()
            """,
        "in another context": """
            import multiprocessing as mp
            mp.get_context("spawn").Pool()
            # <^^^^^^^^^^^^^^^^^^^^^^^^^^^ unguarded-start [fork spawn forkserver]
            """,
        "in a fork context": """
            import multiprocessing as mp
            mp.get_context("fork").Pool()
            """,
        "a file that another one imports": """
            import work
            # file: work.py
            from multiprocessing import Pool
            pool = Pool()
            #      ^^^^^^ unguarded-start
            """,
    }
)
def test_starts(program: str) -> None:
    assert_findings(program)


def _folder(tmp_path: Path, files: dict[str, str]) -> dict[str, list[str]]:
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    project = Project()
    return {name: [each.rule.code for each in check(project.module(tmp_path / name), POLICY)] for name in sorted(files)}


def test_the_main_of_a_package_needs_no_guard(tmp_path: Path) -> None:
    start = "from multiprocessing import Pool\nwith Pool() as pool:\n    pool.map(abs, [1])\n"
    files = {"app/__init__.py": "", "app/__main__.py": start, "app/other.py": start}
    assert _folder(tmp_path, files) == {
        "app/__init__.py": [],
        "app/__main__.py": [],
        "app/other.py": ["unguarded-start"],
    }


@pytest.mark.parametrize("line", ["import work\n", "\ufeffimport work\n", "import sys; import work\n"])
def test_a_module_that_is_imported_is_told_to_start_its_workers_in_a_function(line: str, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(line, encoding="utf-8")
    (tmp_path / "work.py").write_text("from multiprocessing import Pool\npool = Pool()\n", encoding="utf-8")
    (found,) = check(Project().module(tmp_path / "work.py"), POLICY)
    assert found.finding.help == ('Start it in a function that is called under `if __name__ == "__main__":`.')


@programs(
    {
        "a property": """
            from multiprocessing import Pool
            class Loader:
                @property
                def totals(self):
                    return Pool(1).map(abs, [1])
            totals = Loader().totals
            #        ^^^^^^^^^^^^^^^ unguarded-start [spawn forkserver]
            """,
        "a thread": """
            import threading
            from multiprocessing import Pool
            def crunch():
                print(Pool(1).map(abs, [1]))
            thread = threading.Thread(target=crunch)
            thread.start()
            # <^^^^^^^^^^^ unguarded-start [spawn forkserver]
            """,
    }
)
def test_starts_without_a_call(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "a property that nothing reads": """
            from multiprocessing import Pool
            class Loader:
                @property
                def totals(self):
                    return Pool(1).map(abs, [1])
            loader = Loader()
            if __name__ == "__main__":
                print(loader.totals)
            """,
        "a thread that starts under the guard": """
            import threading
            from multiprocessing import Pool
            def crunch():
                print(Pool(1).map(abs, [1]))
            thread = threading.Thread(target=crunch)
            if __name__ == "__main__":
                thread.start()
                thread.join()
            """,
    }
)
def test_starts_under_the_guard_without_a_call(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "unless it is so already": """
            import multiprocessing as mp, os
            if mp.get_start_method(allow_none=True) != "fork" and os.environ.get("DOCS") != "1":
                mp.set_start_method("fork")
            def main():
                mp.Process(target=lambda: print()).start()
            """,
        "unless another one is set": """
            import multiprocessing as mp
            def main():
                if mp.get_start_method(allow_none=True) is None:
                    mp.set_start_method("spawn")
                with mp.Pool(1) as pool:
                    print(pool.map(lambda n: n, [1]))
            #                      ^^^^^^^^^^^ lambda-target
            """,
        "if an option says so": """
            import multiprocessing as mp, os
            if os.environ.get("FORK"):
                mp.set_start_method("fork")
            def main():
                mp.Process(target=lambda: print()).start()
            #                     ^^^^^^^^^^^^^^^ lambda-target
            """,
    }
)
def test_a_start_method_is_chosen(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "on no platform": """
            import sys
            if sys.platform.startswith("java"):
                import threads as multiprocessing
            else:
                import multiprocessing
            def show(queue): ...
            def main():
                queue = multiprocessing.JoinableQueue(3)
                multiprocessing.Process(target=show, args=(queue,)).start()
            # file: threads.py
            from queue import Queue
            from threading import Thread
            class Process(Thread): ...
            def JoinableQueue(size):
                return Queue(size)
            """,
    }
)
def test_an_import_that_is_never_made_means_nothing(program: str) -> None:
    assert_findings(program)
