"""What comes first: definitions or workers; and what only the main program defines."""

from analysis import assert_findings, programs


@programs(
    {
        "after the pool, unguarded": """
            from multiprocessing import Pool
            pool = Pool()
            #      ^^^^^^ unguarded-start [spawn forkserver]
            def work(n): ...
            pool.map(work, [1])
            #        ^^^^ late-target [fork]
            """,
        "after the pool, under guards": """
            from multiprocessing import Pool
            if __name__ == "__main__":
                pool = Pool()
            def work(n): ...
            if __name__ == "__main__":
                pool.map(work, [1])
                #        ^^^^ late-target [fork]
            """,
        "before the pool": """
            from multiprocessing import Pool
            def work(n): ...
            if __name__ == "__main__":
                pool = Pool()
                pool.map(work, [1])
            """,
        "after the pool, which a function makes": """
            from multiprocessing import Pool
            def make():
                return Pool()
            if __name__ == "__main__":
                pool = make()
            def work(n): ...
            if __name__ == "__main__":
                pool.map(work, [1])
                #        ^^^^ late-target [fork]
            """,
        "after the pool, which an object holds": """
            from multiprocessing import Pool
            class Runner:
                def __init__(self):
                    self.pool = Pool()
                def run(self, function):
                    return self.pool.map(function, [1])
            if __name__ == "__main__":
                runner = Runner()
            def work(n): ...
            if __name__ == "__main__":
                runner.run(work)
                #          ^^^^ late-target [fork]
            """,
        "a class after the pool": """
            from multiprocessing import Pool
            if __name__ == "__main__":
                pool = Pool()
            class Work:
                def __call__(self, n): ...
                def go(self, n): ...
                @staticmethod
                def still(n): ...
                class Inner:
                    def __init__(self, n): ...
            if __name__ == "__main__":
                pool.map(Work(), [1])
                #        ^^^^^^ late-target [fork]
                pool.map(Work().go, [1])
                #        ^^^^^^^^^ late-target
                pool.map(Work.still, [1])
                #        ^^^^^^^^^^ late-target
                pool.map(Work.Inner, [1])
                #        ^^^^^^^^^^ late-target
                pool.map(print, [Work()])
                #                ^^^^^^ late-target
            """,
        "a partial of what comes later": """
            from functools import partial
            from multiprocessing import Pool
            if __name__ == "__main__":
                pool = Pool()
            def work(a, n): ...
            if __name__ == "__main__":
                pool.map(partial(work, 1), [1])
                #                ^^^^ late-target [fork]
            """,
        "one of two comes later": """
            from multiprocessing import Pool
            def early(n): ...
            if __name__ == "__main__":
                pool = Pool()
            def late(n): ...
            if __name__ == "__main__":
                pool.map(early, [1])
                pool.map(late, [1])
                #        ^^^^ late-target [fork]
            """,
        "a second pool, made after it": """
            from multiprocessing import Pool
            if __name__ == "__main__":
                first = Pool()
            def work(n): ...
            if __name__ == "__main__":
                second = Pool()
                second.map(work, [1])
            """,
        "the same name, made anew after it": """
            from multiprocessing import Pool
            if __name__ == "__main__":
                pool = Pool()
                pool.map(abs, [1])
            def work(n): ...
            if __name__ == "__main__":
                pool = Pool()
                pool.map(work, [1])
            """,
        "an executor starts with its first task": """
            from concurrent.futures import ProcessPoolExecutor
            if __name__ == "__main__":
                executor = ProcessPoolExecutor()
            def work(): ...
            if __name__ == "__main__":
                executor.submit(work)
            """,
        "an executor that has had a task": """
            from concurrent.futures import ProcessPoolExecutor
            if __name__ == "__main__":
                executor = ProcessPoolExecutor()
                executor.submit(abs, 1)
            def work(): ...
            if __name__ == "__main__":
                executor.submit(work)
                #               ^^^^ late-target [fork]
            """,
        "a process forks when it starts": """
            from multiprocessing import Process
            if __name__ == "__main__":
                other = Process(target=print)
                other.start()
            def work(): ...
            if __name__ == "__main__":
                Process(target=work).start()
            """,
        "in functions that are called later": """
            from multiprocessing import Pool
            def main():
                with Pool() as pool:
                    pool.map(work, [1])
            def work(n): ...
            if __name__ == "__main__":
                main()
            """,
        "in functions that are called earlier": """
            from multiprocessing import Pool
            def main():
                pool = Pool()
                pool.map(abs, [1])
                return pool
            if __name__ == "__main__":
                pool = main()
            def work(n): ...
            if __name__ == "__main__":
                pool.map(work, [1])
                #        ^^^^ late-target [fork]
            """,
        "another context": """
            import multiprocessing as mp
            if __name__ == "__main__":
                pool = mp.get_context("spawn").Pool()
            def work(n): ...
            if __name__ == "__main__":
                pool.map(work, [1])
            """,
        "a fork context": """
            import multiprocessing as mp
            if __name__ == "__main__":
                pool = mp.get_context("fork").Pool()
            def work(n): ...
            if __name__ == "__main__":
                pool.map(work, [1])
                #        ^^^^ late-target [fork spawn forkserver]
            """,
        "the pool of another file that is imported first": """
            from workers import pool
            def work(n): ...
            if __name__ == "__main__":
                pool.map(work, [1])
                #        ^^^^ late-target [fork]
            # file: workers.py
            from multiprocessing import Pool
            pool = Pool()
            #      ^^^^^^ unguarded-start
            """,
        "an import that comes later": """
            from multiprocessing import Pool
            if __name__ == "__main__":
                pool = Pool()
            from work import work
            if __name__ == "__main__":
                pool.map(work, [1])
            # file: work.py
            def work(n): ...
            """,
        "in one branch only": """
            from multiprocessing import Pool
            if __name__ == "__main__":
                pool = Pool()
            try:
                from fast import work
            except ImportError:
                def work(n): ...
            if __name__ == "__main__":
                pool.map(work, [1])
                #        ^^^^ late-target [fork]
            """,
        "in the same suite as the pool": """
            from multiprocessing import Pool
            with Pool() as pool:
            #    ^^^^^^ unguarded-start
                def work(n): ...
                pool.map(work, [1])
                #        ^^^^ late-target [fork]
            """,
    }
)
def test_late_definitions(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "a function": """
            from multiprocessing import Pool
            if __name__ == "__main__":
                def work(n): ...
                with Pool() as pool:
                    pool.map(work, [1])
                    #        ^^^^ guarded-target [spawn forkserver]
            """,
        "a class": """
            from multiprocessing import Pool
            if __name__ == "__main__":
                class Work:
                    def go(self, n): ...
                with Pool() as pool:
                    pool.map(Work().go, [1])
                    #        ^^^^^^^^^ guarded-target [spawn forkserver]
                    pool.map(print, [Work()])
                    #                ^^^^^^ guarded-target
            """,
        "the target of a process": """
            from multiprocessing import Process
            if __name__ == "__main__":
                def work(): ...
                Process(target=work).start()
                #              ^^^^ guarded-target [spawn forkserver]
            """,
        "an initializer": """
            from multiprocessing import Pool
            if __name__ == "__main__":
                def begin(): ...
                Pool(initializer=begin)
                #                ^^^^^ guarded-target [spawn forkserver]
            """,
        "used in a function above": """
            from multiprocessing import Pool
            def main():
                with Pool() as pool:
                    pool.map(work, [1])
                    #        ^^^^ guarded-target [spawn forkserver]
            if __name__ == "__main__":
                def work(n): ...
                main()
            """,
        "under a guard spelled otherwise": """
            from multiprocessing import Pool
            if __name__ != "__main__":
                pass
            else:
                def work(n): ...
                with Pool() as pool:
                    pool.map(work, [1])
                    #        ^^^^ guarded-target
            """,
        "in a branch under the guard": """
            import sys
            from multiprocessing import Pool
            if __name__ == "__main__":
                if sys.argv:
                    def work(n): ...
                with Pool() as pool:
                    pool.map(work, [1])
                    #        ^^^^ guarded-target
            """,
        "both under the guard and beside it": """
            from multiprocessing import Pool
            if __name__ == "__main__":
                def work(n): ...
            else:
                def work(n): ...
            if __name__ == "__main__":
                with Pool() as pool:
                    pool.map(work, [1])
            """,
        "conditional, and not on the guard": """
            import sys
            from multiprocessing import Pool
            if sys.platform == "win32":
                def work(n): ...
            else:
                def work(n): ...
            if __name__ == "__main__":
                with Pool() as pool:
                    pool.map(work, [1])
            """,
        "declared global in a function that the guard calls": """
            from multiprocessing import Pool
            def setup():
                global work
                def work(n): ...
            if __name__ == "__main__":
                setup()
                with Pool() as pool:
                    pool.map(work, [1])
                    #        ^^^^ guarded-target
            """,
        "declared global in a function that the import calls": """
            from multiprocessing import Pool
            def setup():
                global work
                def work(n): ...
            setup()
            if __name__ == "__main__":
                with Pool() as pool:
                    pool.map(work, [1])
            """,
        "only for other files": """
            from multiprocessing import Pool
            from work import work
            if __name__ == "__main__":
                with Pool() as pool:
                    pool.map(work, [1])
            # file: work.py
            def work(n): ...
            if __name__ == "__main__":
                print(work(1))
            """,
        "a name given to a module's function": """
            from multiprocessing import Pool
            def work(n): ...
            if __name__ == "__main__":
                job = work
                with Pool() as pool:
                    pool.map(job, [1])
            """,
        "a lambda under the guard is one finding": """
            from multiprocessing import Pool
            if __name__ == "__main__":
                work = lambda n: n
                with Pool() as pool:
                    pool.map(work, [1])
                    #        ^^^^ lambda-target [fork spawn forkserver]
            """,
        "late and guarded at once": """
            from multiprocessing import Pool
            if __name__ == "__main__":
                pool = Pool()
                def work(n): ...
                pool.map(work, [1])
                #        ^^^^ guarded-target [spawn forkserver]
                #        ^^^^ late-target [fork]
            """,
        "in a fork context": """
            import multiprocessing as mp
            if __name__ == "__main__":
                def work(n): ...
                with mp.get_context("fork").Pool() as pool:
                    pool.map(work, [1])
            """,
    }
)
def test_definitions_under_the_guard(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "a context chosen by name": """
            import multiprocessing as mp
            def run():
                for name in ("a",):
                    mp.get_context("fork").Process(target=lambda: 1).start()
                    mp.get_context("spawn").Process(target=lambda: 1).start()
                    #                                      ^^^^^^^^^ lambda-target [fork spawn forkserver]
                    mp.get_context().Process(target=lambda: 1).start()
                    #                               ^^^^^^^^^ lambda-target [spawn forkserver]
                    mp.get_context(None).Process(target=lambda: 1).start()
                    #                                   ^^^^^^^^^ lambda-target [spawn forkserver]
            """,
        "a context that is not known": """
            import multiprocessing as mp
            def run(name):
                mp.get_context(name).Process(target=lambda: 1).start()
                mp.get_context(name).Pool().map(lambda: 1, [1])
                #                               ^^^^^^^^^ lambda-target [fork spawn forkserver]
            """,
        "a context in a global": """
            import multiprocessing as mp
            CONTEXT = mp.get_context("forkserver")
            def run():
                CONTEXT.Process(target=lambda: 1).start()
                #                      ^^^^^^^^^ lambda-target [fork spawn forkserver]
            """,
        "a context's class": """
            from multiprocessing.context import ForkContext, ForkProcess, SpawnContext, SpawnProcess
            def run():
                ForkProcess(target=lambda: 1).start()
                ForkContext().Process(target=lambda: 1).start()
                SpawnProcess(target=lambda: 1).start()
                #                   ^^^^^^^^^ lambda-target [fork spawn forkserver]
                SpawnContext().Process(target=lambda: 1).start()
                #                             ^^^^^^^^^ lambda-target [fork spawn forkserver]
            """,
        "the context of an executor": """
            import multiprocessing as mp
            from concurrent.futures import ProcessPoolExecutor
            def run(context):
                ProcessPoolExecutor(mp_context=mp.get_context("fork"), initializer=lambda: 1)
                spawn = mp.get_context("spawn")
                ProcessPoolExecutor(mp_context=spawn, initializer=lambda: 1)
                #                                                 ^^^^^^^^^ lambda-target [fork spawn forkserver]
                ProcessPoolExecutor(mp_context=None, initializer=lambda: 1)
                #                                                ^^^^^^^^^ lambda-target [spawn forkserver]
                ProcessPoolExecutor(mp_context=context, initializer=lambda: 1)
            """,
        "one of two contexts": """
            import multiprocessing as mp
            def run(fast):
                context = mp.get_context("fork" if fast else "spawn")
                context.Process(target=lambda: 1).start()
                #                      ^^^^^^^^^ lambda-target [fork spawn forkserver]
            """,
        "set_start_method fork": """
            import multiprocessing as mp
            def work(): ...
            def run():
                mp.Process(target=lambda: 1).start()
            if __name__ == "__main__":
                mp.set_start_method("fork")
                run()
            """,
        "set_start_method spawn": """
            import multiprocessing as mp
            def run():
                mp.Process(target=lambda: 1).start()
                #                 ^^^^^^^^^ lambda-target [fork spawn forkserver]
            if __name__ == "__main__":
                mp.set_start_method("spawn")
                run()
            """,
        "set_start_method on a condition": """
            import multiprocessing as mp
            import sys
            def run():
                mp.Process(target=lambda: 1).start()
                #                 ^^^^^^^^^ lambda-target [spawn forkserver]
            if __name__ == "__main__":
                if sys.argv[1:]:
                    mp.set_start_method("fork")
                run()
            """,
        "set_start_method by what is not known": """
            import multiprocessing as mp
            import sys
            def run():
                mp.Process(target=lambda: 1).start()
            if __name__ == "__main__":
                mp.set_start_method(sys.argv[1])
                run()
            """,
        "set_start_method of something else": """
            import multiprocessing as mp
            from app import server
            def run():
                mp.Process(target=lambda: 1).start()
                #                 ^^^^^^^^^ lambda-target [spawn forkserver]
            if __name__ == "__main__":
                server.set_start_method("fork")
                run()
            """,
        "a context given before set_start_method wins": """
            import multiprocessing as mp
            if __name__ == "__main__":
                mp.set_start_method("fork")
                mp.get_context("spawn").Process(target=lambda: 1).start()
                #                                      ^^^^^^^^^ lambda-target [fork spawn forkserver]
            """,
        "set_start_method at import": """
            from multiprocessing import Pool, set_start_method
            set_start_method("fork")
            pool = Pool()
            """,
    }
)
def test_contexts(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "a guard that strips the name": """
            from multiprocessing import Pool
            if __name__.strip("_") == "main":
                Pool(2)
            if __name__.replace("_", "").upper() == "MAIN":
                Pool(2)
            """,
        "what stands behind a line that leaves the module is not guarded": """
            import sys
            from multiprocessing import Pool
            if __name__ == "__mp_main__":
                sys.exit()
            def work(n): ...
            def main(pool: Pool):
                pool.map(work, [1])
            """,
    }
)
def test_what_counts_as_a_guard(program: str) -> None:
    assert_findings(program)
