"""Every API that sends, every position of what it sends, and under which start methods that is pickled."""

import pytest

from analysis import POLICY, assert_findings, findings, module, programs
from spawnsafe.check import check

POOL = "from multiprocessing import Pool\ndef run(pool: Pool, done):\n    "
EXECUTOR = (
    "from concurrent.futures import ProcessPoolExecutor\ndef run(executor: ProcessPoolExecutor, loop, done):\n    "
)
PROCESS = "from multiprocessing import Manager, Pool, Process\ndef run(done):\n    "
MAKER = "from concurrent.futures import ProcessPoolExecutor\nimport multiprocessing as mp\ndef run():\n    "

TASKS = {
    POOL: [
        "pool.map(lambda: 1, [1])",
        "pool.map(func=lambda: 1, iterable=[1])",
        "pool.map(iterable=[1], func=lambda: 1)",
        "pool.map(chunksize=2, iterable=[1], func=lambda: 1)",
        "pool.map_async(lambda: 1, [1])",
        "pool.map_async(lambda: 1, [1], callback=done).get()",
        "pool.imap(lambda: 1, [1])",
        "pool.imap_unordered(lambda: 1, [1], 5)",
        "pool.starmap(lambda: 1, [()])",
        "pool.starmap_async(lambda: 1, [()])",
        "pool.apply(lambda: 1)",
        "pool.apply(lambda: 1, (1,), {'n': 1})",
        "pool.apply_async(lambda: 1)",
        "pool.apply_async(func=lambda: 1, args=())",
        "list(pool.imap(lambda: 1, [1]))",
        "[r.get() for r in [pool.apply_async(lambda: 1)]]",
        "return pool.map(lambda: 1, [1])",
        "yield pool.map(lambda: 1, [1])",
        "assert pool.map(lambda: 1, [1])",
        "x = {'a': [pool.map(lambda: 1, [1])]}",
        "f'{pool.map(lambda: 1, [1])}'",
        "done[pool.map(lambda: 1, [1])[0]] = 1",
        "raise ValueError(pool.map(lambda: 1, [1]))",
        "async def inner(): await pool.map(lambda: 1, [1])",
        "lambda: pool.map(lambda: 1, [1])",
    ],
    EXECUTOR: [
        "executor.submit(lambda: 1)",
        "executor.submit(lambda: 1, 1, 2, n=3)",
        "executor.map(lambda: 1, [1], [2])",
        "executor.map(lambda: 1, [1], timeout=1, chunksize=2)",
        "loop.run_in_executor(executor, lambda: 1)",
        "loop.run_in_executor(executor, lambda: 1, 1, 2)",
        "executor.submit(lambda: 1).add_done_callback(lambda future: None)",
    ],
}
WHEN_STARTED = {
    PROCESS: [
        "Process(target=lambda: 1).start()",
        "Process(None, lambda: 1).start()",
        "Process(name='x', target=lambda: 1, daemon=True).start()",
    ],
    MAKER: [
        "mp.Pool(2, lambda: 1)",
        "mp.Pool(initializer=lambda: 1)",
        "mp.Pool(initargs=(), initializer=lambda: 1, processes=2)",
        "mp.pool.Pool(None, lambda: 1)",
        "ProcessPoolExecutor(initializer=lambda: 1)",
        "ProcessPoolExecutor(2, None, lambda: 1)",
        "ProcessPoolExecutor(initargs=(lambda: 1,))",
        "mp.Pool(initializer=print, initargs=(1, lambda: 1))",
        "mp.Pool(2, print, (lambda: 1,))",
        "mp.Pool(initargs=[lambda: 1])",
    ],
}
IN_THIS_PROCESS = {
    POOL: [
        "pool.map_async(abs, [1], callback=lambda: 1)",
        "pool.map_async(abs, [1], error_callback=lambda: 1)",
        "pool.apply_async(abs, (1,), callback=lambda: 1, error_callback=lambda: 1)",
        "pool.starmap_async(pow, [(1, 2)], callback=lambda: 1)",
        "pool.map(abs, sorted([1], key=lambda: 1))",
        "pool.map(abs, (f() for f in [lambda: 1]))",
        "pool.map(abs, filter(lambda: 1, [1]))",
        "pool.close(lambda: 1)",
        "pool.maps(lambda: 1)",
        "pool.submit(lambda: 1)",
        "pool.map",
        "pool.map()",
        "pool.map(*done)",
        "pool.map(**done)",
    ],
    EXECUTOR: [
        "executor.submit(abs, 1).add_done_callback(lambda: 1)",
        "executor.apply_async(lambda: 1)",
        "executor.shutdown(lambda: 1)",
        "loop.run_in_executor(None, lambda: 1)",
        "loop.run_in_executor(done, lambda: 1)",
        "loop.call_soon(lambda: 1)",
        "executor.submit()",
        "executor.submit(*done)",
    ],
    PROCESS: [
        "Process(None, print, lambda: 1).start()",
        "Process(target=print, name=lambda: 1).start()",
        "Manager(lambda: 1)",
    ],
    MAKER: [
        "mp.Pool(2, print, (1,), lambda: 1)",
        "ProcessPoolExecutor(2, None, print)",
        "mp.cpu_count(lambda: 1)",
        "mp.Lock(lambda: 1)",
    ],
}


def _cases(table: dict[str, list[str]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "program", [pytest.param(f"{h}{s}\n", id=s) for h, lines in table.items() for s in lines]
    )


def _methods(program: str) -> list[tuple[str, list[str]]]:
    return [(each.rule.code, each.finding.when.methods.names) for each in check(module(program), POLICY)]


@_cases(TASKS)
def test_a_task_is_pickled_under_every_start_method(program: str) -> None:
    assert findings(program) == [("lambda-target", "lambda: 1")]
    assert _methods(program) == [("lambda-target", ["fork", "spawn", "forkserver"])]


@_cases(WHEN_STARTED)
def test_what_a_starting_worker_gets_is_inherited_under_fork(program: str) -> None:
    assert findings(program) == [("lambda-target", "lambda: 1")]
    assert _methods(program) == [("lambda-target", ["spawn", "forkserver"])]


@_cases(IN_THIS_PROCESS)
def test_what_stays_in_this_process_is_left_alone(program: str) -> None:
    assert findings(program) == []


@programs(
    {
        "a subclass of Process is sent by start": """
            from multiprocessing import Process
            def run():
                class Worker(Process):
                    def run(self): ...
                worker = Worker()
                worker.start()
              # ^^^^^^ local-target [spawn forkserver]
            class Whole(Process):
                def run(self): ...
            def whole():
                Whole().start()
            """,
        "a subclass of Process with a target": """
            import multiprocessing as mp
            class Worker(mp.Process):
                def __init__(self, number):
                    super().__init__(target=lambda: number, daemon=True)
                    #                       ^^^^^^^^^^^^^^ lambda-target [spawn forkserver]
            class Plain(mp.Process): ...
            def run():
                Plain(target=lambda: 1).start()
                #            ^^^^^^^^^ lambda-target [spawn forkserver]
            """,
        "local objects among arguments and items": """
            from concurrent.futures import ProcessPoolExecutor
            from multiprocessing import Pool, Process
            def work(thing): ...
            def run(pool: Pool, executor: ProcessPoolExecutor):
                class Job: ...
                pool.apply_async(work, (Job(),))
                #                       ^^^^^ unpicklable-argument [fork spawn forkserver]
                pool.map(work, [Job(), Job()])
                #               ^^^^^ unpicklable-argument
                #                      ^^^^^ unpicklable-argument
                jobs = [Job() for _ in range(3)]
                pool.map(work, jobs)
                #              ^^^^ unpicklable-argument
                executor.submit(work, Job())
                #                     ^^^^^ unpicklable-argument
                Process(target=work, args=(Job(),)).start()
                #                          ^^^^^ unpicklable-argument [spawn forkserver]
            """,
        "a method of an instance": """
            from multiprocessing import Pool
            class Work:
                def go(self, n): ...
                def run(self):
                    with Pool() as pool:
                        pool.map(self.go, [1])
            if __name__ == "__main__":
                class Late:
                    def go(self, n): ...
                with Pool() as pool:
                    pool.map(Late().go, [1])
                    #        ^^^^^^^^^ guarded-target [spawn forkserver]
            """,
        "many in one call": """
            from concurrent.futures import ProcessPoolExecutor
            from multiprocessing import Pool
            def run():
                with Pool(2, lambda: 1) as pool, ProcessPoolExecutor(2, None, lambda: 2) as executor:
                #            ^^^^^^^^^ lambda-target [spawn forkserver]
                #                                                             ^^^^^^^^^ lambda-target [spawn forkserver]
                    executor.submit(lambda: 3), pool.apply(lambda: 4)
                    #               ^^^^^^^^^ lambda-target [fork spawn forkserver]
                    #                                      ^^^^^^^^^ lambda-target [fork spawn forkserver]
            """,
        "a call over many lines": """
            from multiprocessing import Pool
            def run(pool: Pool):
                results = (
                    pool
                    .map(
                        # what it does
                        lambda n: n * 2,
                    #   ^^^^^^^^^^^^^^^ lambda-target
                        [
                            1,
                        ],
                    )
                )
            """,
    }
)
def test_apis(program: str) -> None:
    assert_findings(program)
