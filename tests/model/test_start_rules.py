"""Guards that are none, start methods that are chosen too late, and what does not survive a start."""

from analysis import assert_findings, programs


@programs(
    {
        "no underscores": """
            from multiprocessing import Pool
            if __name__ == "main":
            #  ^^^^^^^^^^^^^^^^^^ misspelled-guard [fork spawn forkserver]
                with Pool(1) as pool:
                    print(pool.map(abs, [1]))
            """,
        "a blank too many, and another guard beside": """
            from multiprocessing import Pool
            if __name__ == "__main__":
                print("main")
            if __name__ == "__main__ ":
            #  ^^^^^^^^^^^^^^^^^^^^^^^ misspelled-guard
                Pool(1).map(abs, [1])
            """,
        "a capital letter, reversed": """
            from multiprocessing import Pool
            def main():
                Pool(1).map(abs, [1])
            if "__Main__" == __name__:
            #  ^^^^^^^^^^^^^^^^^^^^^^ misspelled-guard
                main()
            """,
        "single underscores": """
            from concurrent.futures import ProcessPoolExecutor
            if __name__ == '_main_':
            #  ^^^^^^^^^^^^^^^^^^^^ misspelled-guard
                print("hello")
            """,
        "letters swapped": """
            from multiprocessing import Process
            if __name__ == "__mian__":
            #  ^^^^^^^^^^^^^^^^^^^^^^ misspelled-guard
                Process(target=print).start()
            """,
        "the name in quotes": """
            from multiprocessing import Pool
            if "__name__" == "__main__":
            #  ^^^^^^^^^^^^^^^^^^^^^^^^ misspelled-guard
                Pool(1)
            """,
        "the file": """
            from multiprocessing import Pool
            if __file__ == "__main__":
            #  ^^^^^^^^^^^^^^^^^^^^^^ misspelled-guard
                Pool(1)
            """,
        "identity": """
            from multiprocessing import Pool
            if __name__ is "__main__":
            #  ^^^^^^^^^^^^^^^^^^^^^^ misspelled-guard
                print("hello")
            """,
        "one of two conditions": """
            from multiprocessing import Pool
            if __name__ == "__main" and abs:
            #  ^^^^^^^^^^^^^^^^^^^^ misspelled-guard
                Pool(1)
            """,
        "as an expression": """
            from multiprocessing import Pool
            __name__ == "main" and print(Pool(1).map(abs, [1]))
            # <^^^^^^^^^^^^^^^ misspelled-guard
            """,
    }
)
def test_a_misspelled_guard_is_found(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "spelled right": """
            from multiprocessing import Pool
            if __name__ == "__main__":
                Pool(1)
            """,
        "what workers are called": """
            from multiprocessing import Pool
            if __name__ == "__mp_main__":
                print("a worker")
            """,
        "another module's name": """
            from multiprocessing import Pool
            if __name__ == "app":
                Pool(1)
            """,
        "nothing starts there, and there is a guard": """
            from multiprocessing import Pool
            if __name__ == "main":
                print("hello")
            if __name__ == "__main__":
                Pool(1)
            """,
        "another variable": """
            from multiprocessing import Pool
            name = "main"
            if name == "main":
                print(name)
            """,
    }
)
def test_what_is_no_misspelled_guard(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "an exit before a pool": """
            import sys
            from multiprocessing import Pool
            if __name__ != "__main__":
                sys.exit()
            #   ^^^^^^^^^^ main-import-raises [spawn forkserver]
            with Pool(1) as pool:
                print(pool.map(abs, [1]))
            """,
        "an exception, and a guard as well": """
            from multiprocessing import Pool
            if __name__ != "__main__":
                raise ImportError("this is a script")
            #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ main-import-raises
            if __name__ == "__main__":
                with Pool(1) as pool:
                    print(pool.map(abs, [1]))
            """,
        "an executor": """
            import sys
            from concurrent.futures import ProcessPoolExecutor
            if not __name__ == "__main__":
                print("run me")
                sys.exit(1)
            #   ^^^^^^^^^^^ main-import-raises
            with ProcessPoolExecutor(1) as executor:
                print(executor.submit(abs, -1).result())
            """,
        "a process that does nothing": """
            from multiprocessing import Process
            if __name__ == "__main__":
                process = Process(target=print, args=("hello",))
                process.start()
                process.join()
                print(process.exitcode)
            else:
                raise SystemExit
            #   ^^^^^^^^^^^^^^^^ main-import-raises
            """,
        "a manager": """
            import os
            from multiprocessing import Manager
            def main():
                with Manager() as manager:
                    print(len(manager.list()))
            if __name__ == "__main__":
                main()
            elif __name__ == "__mp_main__":
                os._exit(3)
            #   ^^^^^^^^^^^ main-import-raises
            """,
        "spawned by choice": """
            from multiprocessing import get_context
            if __name__ != "__main__":
                raise RuntimeError
            #   ^^^^^^^^^^^^^^^^^^ main-import-raises
            with get_context("spawn").Pool(1) as pool:
                print(pool.map(abs, [1]))
            """,
    }
)
def test_main_that_cannot_be_imported(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "forked by choice": """
            import sys
            from multiprocessing import get_context
            if __name__ != "__main__":
                sys.exit()
            with get_context("fork").Pool(1) as pool:
                print(pool.map(abs, [1]))
            """,
        "under another condition": """
            import sys
            from multiprocessing import Pool
            if __name__ != "__main__":
                if len(sys.argv) > 7:
                    sys.exit()
            if __name__ == "__main__":
                with Pool(1) as pool:
                    print(pool.map(abs, [1]))
            """,
        "threads": """
            import sys
            from multiprocessing.pool import ThreadPool
            if __name__ != "__main__":
                sys.exit()
            with ThreadPool(1) as pool:
                print(pool.map(abs, [1]))
            """,
        "an exit of the program": """
            import sys
            from multiprocessing import Pool
            def main():
                with Pool(1) as pool:
                    print(pool.map(abs, [1]))
            if __name__ == "__main__":
                sys.exit(main())
            """,
        "what is raised is caught": """
            from multiprocessing import Pool
            try:
                if __name__ != "__main__":
                    raise ImportError
            except ImportError:
                pass
            if __name__ == "__main__":
                with Pool(1) as pool:
                    print(pool.map(abs, [1]))
            """,
    }
)
def test_main_that_can_be_imported(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "twice": """
            import multiprocessing as mp
            if __name__ == "__main__":
                mp.set_start_method("spawn")
                mp.set_start_method("spawn")
            #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ repeated-start-method [fork spawn forkserver]
            """,
        "after a queue": """
            from multiprocessing import Queue, set_start_method
            if __name__ == "__main__":
                queue = Queue()
                set_start_method("spawn")
            #   ^^^^^^^^^^^^^^^^^^^^^^^^^ repeated-start-method
            """,
        "after workers of a context, a pool": """
            import multiprocessing as mp
            if __name__ == "__main__":
                with mp.get_context("forkserver").Pool(1) as pool:
                    print(pool.map(abs, [1]))
                mp.set_start_method("spawn")
            #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ repeated-start-method [fork spawn forkserver]
            """,
        "after workers of a context, and a lock": """
            import multiprocessing as mp
            if __name__ == "__main__":
                process = mp.get_context("spawn").Process(target=abs, args=(-1,))
                process.start()
                process.join()
                mp.Lock()
                mp.set_start_method("spawn")
            #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ repeated-start-method [fork spawn forkserver]
            """,
        "what leaves it open": """
            import multiprocessing as mp
            if __name__ == "__main__":
                process = mp.get_context("fork").Process(target=abs, args=(-1,))
                #         ^^^^^^^^^^^^^^^^^^^^^^ forced-fork
                process.start()
                process.join()
                context = mp.get_context("spawn")
                context.Queue(), context.Lock()
                mp.set_start_method("spawn")
            """,
        "after a lock at import": """
            import multiprocessing
            lock = multiprocessing.Lock()
            def main():
                multiprocessing.set_start_method("spawn")
            #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ repeated-start-method
            if __name__ == "__main__":
                main()
            """,
        "after it is asked for": """
            import multiprocessing as mp
            if __name__ == "__main__":
                print(mp.get_start_method() == "")
                mp.set_start_method("spawn")
            #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ repeated-start-method
            """,
        "after a pool": """
            import multiprocessing as mp
            if __name__ == "__main__":
                with mp.Pool(1) as pool:
                    print(pool.map(abs, [1]))
                mp.set_start_method("spawn")
            #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ repeated-start-method
            """,
        "after an executor": """
            import multiprocessing as mp
            from concurrent.futures import ProcessPoolExecutor
            if __name__ == "__main__":
                executor = ProcessPoolExecutor(1)
                mp.set_start_method("spawn")
            #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ repeated-start-method
            """,
        "in a constructor that runs twice": """
            import multiprocessing as mp
            class Runner:
                def __init__(self):
                    mp.set_start_method("spawn")
            #       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ repeated-start-method
            if __name__ == "__main__":
                Runner()
                Runner()
            """,
        "in a function that runs twice": """
            import multiprocessing as mp
            def run(method):
                mp.set_start_method(method)
            #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^ repeated-start-method
            if __name__ == "__main__":
                run("spawn")
                run("forkserver")
            """,
        "spawn at import": """
            import multiprocessing as mp
            mp.set_start_method("spawn")
            # <^^^^^^^^^^^^^^^^^^^^^^^^^ repeated-start-method
            if __name__ == "__main__":
                with mp.Pool(1) as pool:
                    print(pool.map(abs, [1]))
            """,
        "forkserver at import": """
            import multiprocessing as mp
            mp.set_start_method("forkserver")
            # <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ repeated-start-method
            if __name__ == "__main__":
                with mp.Pool(1) as pool:
                    print(pool.map(abs, [1]))
            """,
        "fork at import, and spawned workers": """
            import multiprocessing as mp
            mp.set_start_method("fork")
            # <^^^^^^^^^^^^^^^^^^^^^^^^ repeated-start-method
            if __name__ == "__main__":
                with mp.get_context("spawn").Pool(1) as pool:
                    print(pool.map(abs, [1]))
            """,
        "in a function called at import": """
            import multiprocessing as mp
            def configure():
                mp.set_start_method("spawn")
            #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ repeated-start-method
            configure()
            if __name__ == "__main__":
                process = mp.Process(target=print, args=("hello",))
                process.start()
                process.join()
                print(process.exitcode)
            """,
        "in a function that a loop calls": """
            import multiprocessing as mp
            def run(values):
                mp.set_start_method("spawn")
            #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ repeated-start-method
                with mp.Pool(1) as pool:
                    print(pool.map(abs, values))
            if __name__ == "__main__":
                for values in ([1], [2]):
                    run(values)
            """,
    }
)
def test_a_start_method_that_is_chosen_again(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "once, first": """
            import multiprocessing as mp
            if __name__ == "__main__":
                mp.set_start_method("spawn")
                with mp.Pool(1) as pool:
                    print(pool.map(abs, [1]))
            """,
        "by force": """
            import multiprocessing as mp
            mp.set_start_method("spawn", force=True)
            if __name__ == "__main__":
                with mp.Pool(1) as pool:
                    print(pool.map(abs, [1]))
            """,
        "only if none is set": """
            import multiprocessing as mp
            if mp.get_start_method(allow_none=True) is None:
                mp.set_start_method("spawn")
            if __name__ == "__main__":
                with mp.Pool(1) as pool:
                    print(pool.map(abs, [1]))
            """,
        "what is raised is caught": """
            import multiprocessing as mp
            try:
                mp.set_start_method("spawn")
            except RuntimeError:
                pass
            if __name__ == "__main__":
                with mp.Pool(1) as pool:
                    print(pool.map(abs, [1]))
            """,
        "what is raised is suppressed": """
            import multiprocessing as mp
            from contextlib import suppress
            with suppress(RuntimeError):
                mp.set_start_method("spawn")
            if __name__ == "__main__":
                with mp.Pool(1) as pool:
                    print(pool.map(abs, [1]))
            """,
        "after a context of its own": """
            import multiprocessing as mp
            if __name__ == "__main__":
                lock = mp.get_context("spawn").Lock()
                mp.set_start_method("spawn")
            """,
        "after a pipe and a process that has not started": """
            import multiprocessing as mp
            if __name__ == "__main__":
                ends = mp.Pipe()
                process = mp.Process(target=print)
                mp.set_start_method("spawn")
                process.start()
            """,
        "one of two": """
            import multiprocessing as mp
            import sys
            if __name__ == "__main__":
                if len(sys.argv) > 1:
                    mp.set_start_method("spawn")
                else:
                    mp.set_start_method("forkserver")
            """,
        "a function that runs once": """
            import multiprocessing as mp
            done = False
            def configure():
                global done
                if done:
                    return
                done = True
                mp.set_start_method("spawn")
            if __name__ == "__main__":
                configure()
                configure()
            """,
        "a cached function": """
            import multiprocessing as mp
            from functools import cache
            @cache
            def configure():
                mp.set_start_method("spawn")
            if __name__ == "__main__":
                configure()
                configure()
            """,
        "nothing starts": """
            import multiprocessing as mp
            mp.set_start_method("spawn")
            """,
    }
)
def test_a_start_method_that_is_chosen_once(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "a lock": """
            import multiprocessing as mp
            if __name__ == "__main__":
                context = mp.get_context('spawn')
                shared = mp.Lock()
                process = context.Process(target=repr, args=(shared,))
                #                                            ^^^^^^ mixed-context [fork]
                process.start()
                process.join()
                print(process.exitcode)
            """,
        "an event": """
            import multiprocessing as mp
            if __name__ == "__main__":
                context = mp.get_context('forkserver')
                shared = mp.Event()
                process = context.Process(target=repr, args=(shared,))
                #                                            ^^^^^^ mixed-context [fork]
                process.start()
                process.join()
                print(process.exitcode)
            """,
        "a value": """
            import multiprocessing as mp
            if __name__ == "__main__":
                context = mp.get_context('spawn')
                shared = mp.Value('i', 0)
                process = context.Process(target=repr, args=(shared,))
                #                                            ^^^^^^ mixed-context [fork]
                process.start()
                process.join()
                print(process.exitcode)
            """,
        "an array": """
            import multiprocessing as mp
            if __name__ == "__main__":
                context = mp.get_context('spawn')
                shared = mp.Array('i', 2)
                process = context.Process(target=repr, args=(shared,))
                #                                            ^^^^^^ mixed-context [fork]
                process.start()
                process.join()
                print(process.exitcode)
            """,
        "a queue": """
            import multiprocessing as mp
            if __name__ == "__main__":
                context = mp.get_context('spawn')
                shared = mp.Queue()
                process = context.Process(target=repr, args=(shared,))
                #                                            ^^^^^^ mixed-context [fork]
                process.start()
                process.join()
                print(process.exitcode)
            """,
        "a barrier": """
            import multiprocessing as mp
            if __name__ == "__main__":
                context = mp.get_context('spawn')
                shared = mp.Barrier(1)
                process = context.Process(target=repr, args=(shared,))
                #                                            ^^^^^^ mixed-context [fork]
                process.start()
                process.join()
                print(process.exitcode)
            """,
        "a simple queue of fork": """
            import multiprocessing as mp
            if __name__ == "__main__":
                context = mp
                shared = mp.get_context('fork').SimpleQueue()
                process = context.Process(target=repr, args=(shared,))
                #                                            ^^^^^^ mixed-context [spawn forkserver]
                process.start()
                process.join()
                print(process.exitcode)
            """,
        "fork and spawn": """
            import multiprocessing as mp
            if __name__ == "__main__":
                context = mp.get_context('spawn')
                shared = mp.get_context('fork').RLock()
                process = context.Process(target=repr, args=(shared,))
                #                                            ^^^^^^ mixed-context [fork spawn forkserver]
                process.start()
                process.join()
                print(process.exitcode)
            """,
        "a semaphore of spawn": """
            import multiprocessing as mp
            if __name__ == "__main__":
                context = mp.get_context('fork')
                shared = mp.get_context('spawn').Semaphore()
                process = context.Process(target=repr, args=(shared,))
                process.start()
                process.join()
                print(process.exitcode)
            """,
        "a raw value": """
            import multiprocessing as mp
            if __name__ == "__main__":
                context = mp.get_context('spawn')
                shared = mp.RawValue('i', 0)
                process = context.Process(target=repr, args=(shared,))
                process.start()
                process.join()
                print(process.exitcode)
            """,
        "a pipe": """
            import multiprocessing as mp
            if __name__ == "__main__":
                context = mp.get_context('spawn')
                shared = mp.Pipe()[0]
                process = context.Process(target=repr, args=(shared,))
                process.start()
                process.join()
                print(process.exitcode)
            """,
        "the same": """
            import multiprocessing as mp
            if __name__ == "__main__":
                context = mp
                shared = mp.Lock()
                process = context.Process(target=repr, args=(shared,))
                process.start()
                process.join()
                print(process.exitcode)
            """,
        "spawn and forkserver": """
            import multiprocessing as mp
            if __name__ == "__main__":
                context = mp.get_context('forkserver')
                shared = mp.get_context('spawn').Lock()
                process = context.Process(target=repr, args=(shared,))
                process.start()
                process.join()
                print(process.exitcode)
            """,
        "a proxy": """
            import multiprocessing as mp
            if __name__ == "__main__":
                context = mp.get_context('spawn')
                shared = mp.Manager().Lock()
                process = context.Process(target=repr, args=(shared,))
                process.start()
                process.join()
                print(process.exitcode)
            """,
        "a lock for an executor": """
            from concurrent.futures import ProcessPoolExecutor
            from multiprocessing import Lock, get_context
            if __name__ == "__main__":
                lock = Lock()
                with ProcessPoolExecutor(1, get_context("spawn"), repr, (lock,)) as executor:
            #                                                            ^^^^ mixed-context [fork]
                    print(executor.submit(abs, -1).result())
            """,
        "everything is spawned": """
            import multiprocessing as mp
            if __name__ == "__main__":
                mp.set_start_method("spawn")
                lock = mp.Lock()
                process = mp.get_context("forkserver").Process(target=repr, args=(lock,))
                process.start()
                process.join()
            """,
    }
)
def test_primitives_and_workers_of_different_contexts(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "an executor in a pool": """
            from concurrent.futures import ProcessPoolExecutor
            from multiprocessing import Pool
            def inner(n):
                with ProcessPoolExecutor(1) as executor:
                    return list(executor.map(abs, [n]))
            #                   ^^^^^^^^^^^^^^^^^^^^^^ nested-daemon-pool [fork spawn forkserver]
            if __name__ == "__main__":
                with Pool(1) as pool:
                    print(pool.map(inner, [1]))
            """,
        "a process, two calls away": """
            from multiprocessing import Pool, Process
            def start():
                process = Process(target=print)
                process.start()
            #   ^^^^^^^^^^^^^^^ nested-daemon-pool
                process.join()
            def inner(n):
                start()
            if __name__ == "__main__":
                with Pool(1) as pool:
                    print(pool.map(inner, [1]))
            """,
        "in an initializer": """
            from multiprocessing import Manager, Pool
            def begin():
                Manager()
            #   ^^^^^^^^^ nested-daemon-pool
            if __name__ == "__main__":
                with Pool(1, begin) as pool:
                    print(pool.map(abs, [1]))
            """,
        "a process that becomes a daemon": """
            from multiprocessing import Pool, Process
            def inner():
                with Pool(1) as pool:
            #        ^^^^^^^ nested-daemon-pool
                    print(pool.map(abs, [1]))
            if __name__ == "__main__":
                process = Process(target=inner)
                process.daemon = True
                process.start()
                process.join()
                print(process.exitcode)
            """,
        "an executor around it": """
            from concurrent.futures import ProcessPoolExecutor
            from multiprocessing import Pool
            def inner(n):
                with Pool(1) as pool:
                    return pool.map(abs, [n])
            if __name__ == "__main__":
                with ProcessPoolExecutor(1) as executor:
                    print(list(executor.map(inner, [1])))
            """,
        "not in a daemon": """
            from multiprocessing import Pool, current_process
            def inner(n):
                if current_process().daemon:
                    return abs(n)
                with Pool(1) as pool:
                    return pool.map(abs, [n])
            if __name__ == "__main__":
                with Pool(1) as pool:
                    print(pool.map(inner, [1]))
            """,
        "what is raised is caught": """
            from multiprocessing import Pool
            def inner(n):
                try:
                    return Pool(1).map(abs, [n])
                except AssertionError:
                    return abs(n)
            if __name__ == "__main__":
                with Pool(1) as pool:
                    print(pool.map(inner, [1]))
            """,
    }
)
def test_workers_of_daemons(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "the default context": """
            from concurrent.futures import ProcessPoolExecutor
            from multiprocessing import get_context
            if __name__ == "__main__":
                executor = ProcessPoolExecutor(1, mp_context=get_context(), max_tasks_per_child=1)
            #              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ fork-max-tasks [fork]
            """,
        "a context with a name": """
            from concurrent.futures import ProcessPoolExecutor
            from multiprocessing import get_context
            if __name__ == "__main__":
                context = get_context("fork")
                executor = ProcessPoolExecutor(1, context, max_tasks_per_child=9)
            #              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ fork-max-tasks [fork spawn forkserver]
            """,
        "no number of tasks": """
            from concurrent.futures import ProcessPoolExecutor
            from multiprocessing import get_context
            if __name__ == "__main__":
                executor = ProcessPoolExecutor(1, get_context("fork"), max_tasks_per_child=None)
            """,
        "another method": """
            from concurrent.futures import ProcessPoolExecutor
            from multiprocessing import get_context
            if __name__ == "__main__":
                executor = ProcessPoolExecutor(1, get_context("forkserver"), max_tasks_per_child=1)
            """,
        "a pool, whose workers can be forked again": """
            from multiprocessing import get_context
            if __name__ == "__main__":
                with get_context("fork").Pool(1, maxtasksperchild=1) as pool:
                    print(pool.map(abs, [1]))
            """,
    }
)
def test_executors_that_count_tasks(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "a context that can be one or another": """
            import multiprocessing as mp
            class Crew:
                def __init__(self, context=None, fresh=False):
                    if context is None:
                        context = mp.get_context("spawn") if fresh else mp.get_context()
                    self._context = context
                    self._results = context.SimpleQueue()
                def start(self):
                    self._context.Process(target=print, args=(self._results,)).start()
            """,
    }
)
def test_contexts_that_are_not_settled(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "a pool whose processes are no daemons": """
            import multiprocessing
            from multiprocessing.pool import Pool
            class Process(multiprocessing.get_context("spawn").Process):
                daemon = property(lambda self: False, lambda self, value: None)
            class Context(type(multiprocessing.get_context("spawn"))):
                pass
            Context.Process = Process
            def work(n):
                with multiprocessing.Pool(1) as inner:
                    return inner.map(abs, [n])
            def main():
                with Pool(1, context=Context()) as pool:
                    pool.map(work, [1])
            """,
    }
)
def test_pools_that_can_nest(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "a context": """
            import multiprocessing as mp
            METHOD = "fork"
            context = mp.get_context(METHOD)
            #         ^^^^^^^^^^^^^^^^^^^^^^ forced-fork
            """,
        "the default context": """
            from multiprocessing import set_start_method
            def main():
                set_start_method("fork", force=True)
            #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ forced-fork
            if __name__ == "__main__":
                main()
            """,
    }
)
def test_fork_that_is_forced_is_found(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "where there is fork": """
            import multiprocessing
            if "fork" in multiprocessing.get_all_start_methods():
                multiprocessing.set_start_method("fork")
            """,
        "on one platform": """
            import multiprocessing, sys
            context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
            """,
        "in a file that asks for the platform": """
            import multiprocessing, os
            supported = bool(os.environ.get("PARALLEL")) and os.name == "posix"
            def context():
                return multiprocessing.get_context("fork")
            """,
        "but where it is refused": """
            import multiprocessing
            try:
                multiprocessing.set_start_method("fork")
            except ValueError:
                pass
            """,
        "another method": """
            import multiprocessing
            multiprocessing.get_context("spawn")
            multiprocessing.get_context()
            """,
        "what the caller chooses": """
            import multiprocessing
            def context(method):
                return multiprocessing.get_context(method)
            context("fork")
            """,
    }
)
def test_fork_where_it_is_meant_is_left_alone(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "asserting": """
            from multiprocessing import Process
            assert __name__ == "__main__", "a script"
            # <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ main-import-raises [spawn forkserver]
            if __name__ == "__main__":
                Process(target=print).start()
            """,
        "exiting at the end": """
            import sys
            from multiprocessing import Pool
            if __name__ == "__main__":
                print(Pool(1).map(abs, [1]))
            sys.exit(0)
            # <^^^^^^^^ main-import-raises [spawn forkserver]
            """,
        "by a function of another file": """
            from multiprocessing import Pool
            from checks import script_only
            script_only(__name__)
            # <^^^^^^^^^^^^^^^^^^ main-import-raises
            if __name__ == "__main__":
                print(Pool(1).map(abs, [1]))
            # file: checks.py
            def script_only(name):
                if name != "__main__":
                    raise RuntimeError(name)
            """,
        "by a function": """
            import sys
            from multiprocessing import Pool
            def main():
                if __name__ == "__main__":
                    print(Pool(1).map(abs, [1]))
                else:
                    sys.exit(2)
            #       ^^^^^^^^^^^ main-import-raises
            main()
            """,
        "for want of an argument": """
            import sys
            from multiprocessing import Pool
            MODE = sys.argv.pop(1)
            #      ^^^^^^^^^^^^^^^ main-import-raises [spawn forkserver]
            if __name__ == "__main__":
                print(Pool(1).map(abs, [MODE]))
            """,
        "by the name of the process": """
            import sys
            from multiprocessing import Pool, current_process
            if current_process().name != "MainProcess":
                sys.exit()
            #   ^^^^^^^^^^ main-import-raises [spawn]
            if __name__ == "__main__":
                print(Pool(1).map(abs, [1]))
            """,
    }
)
def test_workers_that_leave_the_main_module_are_found(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "under the guard": """
            import sys
            from multiprocessing import Pool
            def main():
                print(Pool(1).map(abs, [int(sys.argv.pop(1))]))
            if __name__ == "__main__":
                sys.exit(main())
            """,
        "for what is not known": """
            import sys
            from multiprocessing import Pool
            assert sys.version_info > (3, 8)
            assert len(sys.argv) < 3
            program = sys.argv.pop(0)
            if len(sys.argv) > 3:
                sys.exit("too many")
            if __name__ == "__main__":
                print(Pool(1).map(abs, [1]))
            """,
        "the program itself before": """
            import sys
            from multiprocessing import Pool
            def main():
                sys.exit(0)
                print(Pool(1).map(abs, [1]))
            if __name__ == "__main__":
                main()
            """,
        "and comes back": """
            import sys
            from multiprocessing import Pool
            try:
                mode = sys.argv.pop(1)
                assert __name__ == "__main__"
            except (IndexError, AssertionError):
                mode = ""
            if __name__ == "__main__":
                print(Pool(1).map(abs, [1]))
            """,
    }
)
def test_workers_that_stay_in_the_main_module(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "for each of several": """
            import multiprocessing as mp
            def main():
                for method in ("spawn", "forkserver"):
                    mp.set_start_method(method)
            #       ^^^^^^^^^^^^^^^^^^^^^^^^^^^ repeated-start-method [fork spawn forkserver]
                    mp.Pool(1).close()
            if __name__ == "__main__":
                main()
            """,
        "if it is another one": """
            import multiprocessing as mp
            if __name__ == "__main__":
                if mp.get_start_method() != "spawn":
                    mp.set_start_method("spawn")
            #       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ repeated-start-method [fork forkserver]
            """,
        "once it is known": """
            import multiprocessing
            def main():
                before = multiprocessing.get_start_method()
                if before:
                    multiprocessing.set_start_method("spawn")
            #       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ repeated-start-method [fork spawn forkserver]
            if __name__ == "__main__":
                main()
            """,
        "after a module that is imported": """
            import multiprocessing
            import setting
            if __name__ == "__main__":
                multiprocessing.set_start_method("forkserver")
            #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ repeated-start-method
            # file: setting.py
            import multiprocessing
            multiprocessing.set_start_method("spawn")
            """,
    }
)
def test_a_start_method_that_is_fixed_already_is_found(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "none, perhaps": """
            import multiprocessing as mp
            if __name__ == "__main__":
                if mp.get_start_method(allow_none=True) is None:
                    mp.set_start_method("spawn")
            """,
        "in a loop that is left": """
            import multiprocessing as mp
            if __name__ == "__main__":
                for method in ("spawn", "forkserver"):
                    mp.set_start_method(method)
                    break
            """,
        "on a condition": """
            import multiprocessing as mp
            import sys
            if __name__ == "__main__":
                before = mp.get_start_method()
                if before == "fork" and "--spawn" in sys.argv:
                    mp.set_start_method("spawn")
            """,
    }
)
def test_a_start_method_that_may_be_chosen(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "a class that makes itself one": """
            import multiprocessing as mp
            class Summer(mp.Process):
                def __init__(self):
                    super().__init__()
                    self.daemon = True
                def run(self):
                    mp.Manager()
            #       ^^^^^^^^^^^^ nested-daemon-pool
            if __name__ == "__main__":
                Summer().start()
            """,
        "in a loop": """
            import multiprocessing as mp
            def loop(jobs):
                for name in iter(jobs.get, None):
                    child = mp.Process(target=print, args=(name,))
                    child.start()
            #       ^^^^^^^^^^^^^ nested-daemon-pool
            if __name__ == "__main__":
                mp.Process(target=loop, args=(mp.SimpleQueue(),), daemon=True).start()
            """,
    }
)
def test_daemons_that_start_workers_are_found(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "options that are passed on": """
            from concurrent.futures import ProcessPoolExecutor
            from multiprocessing import get_context
            OPTIONS = {"mp_context": get_context("fork"), "max_tasks_per_child": 5}
            executor = ProcessPoolExecutor(**OPTIONS)
            #          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ fork-max-tasks
            """,
    }
)
def test_options_of_an_executor_are_read(program: str) -> None:
    assert_findings(program)
