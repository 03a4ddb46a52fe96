"""What workers do that the parent does not see, or that leaves it waiting."""

from analysis import assert_findings, programs


@programs(
    {
        "in a task of a pool": """
            import sys
            from multiprocessing import Pool
            def work(n):
                sys.exit(n)
            #   ^^^^^^^^^^^ exit-in-worker [fork spawn forkserver]
            if __name__ == "__main__":
                Pool(1).map(work, [1])
            """,
        "imported by its name, behind calls": """
            from multiprocessing import Pool
            from sys import exit as leave
            def usage():
                leave("usage")
            #   ^^^^^^^^^^^^^^ exit-in-worker
            class Job:
                def run(self):
                    usage()
            def work(n):
                Job().run()
            if __name__ == "__main__":
                with Pool(1) as pool:
                    for each in pool.imap_unordered(work, [1]):
                        print(each)
            """,
        "the builtins": """
            from concurrent.futures import ProcessPoolExecutor
            def work(n):
                if n:
                    quit()
            #       ^^^^^^ exit-in-worker
                exit(1)
            #   ^^^^^^^ exit-in-worker
            if __name__ == "__main__":
                with ProcessPoolExecutor() as executor:
                    executor.submit(work, 1).result()
            """,
        "the exception, called or not": """
            from multiprocessing import Pool
            def work(n):
                if n:
                    raise SystemExit
            #             ^^^^^^^^^^ exit-in-worker
                raise SystemExit(2)
            #         ^^^^^^^^^^^^^ exit-in-worker
            if __name__ == "__main__":
                Pool(1).starmap(work, [(1,)])
            """,
        "what Exception does not catch": """
            import sys
            from multiprocessing import Pool
            def work(n):
                try:
                    sys.exit()
            #       ^^^^^^^^^^ exit-in-worker
                except Exception:
                    return None
            if __name__ == "__main__":
                Pool(1).apply(work, (1,))
            """,
        "at once, past every except": """
            import os
            from multiprocessing import Pool
            def work(n):
                try:
                    os._exit(1)
            #       ^^^^^^^^^^^ exit-in-worker
                except BaseException:
                    return None
            if __name__ == "__main__":
                Pool(1).apply(work, (1,))
            """,
        "a parser of arguments": """
            import argparse
            from multiprocessing import Pool
            def work(text):
                parser = argparse.ArgumentParser()
                if not text:
                    parser.error("nothing")
            #       ^^^^^^^^^^^^^^^^^^^^^^^ exit-in-worker
            if __name__ == "__main__":
                Pool(1).map(work, [""])
            """,
        "a pool or none": """
            import contextlib, sys
            from multiprocessing import Pool
            def work(n):
                sys.exit()
            #   ^^^^^^^^^^ exit-in-worker
            def main(jobs):
                context = Pool(jobs) if jobs else contextlib.nullcontext()
                with context as pool:
                    return pool.map(work, [1]) if pool is not None else work(1)
            if __name__ == "__main__":
                main(2)
            """,
        "in another file": """
            from multiprocessing import Pool
            from jobs import work
            if __name__ == "__main__":
                Pool(1).map(work, [1])
            #               ^^^^ exit-in-worker
            # file: jobs.py
            import sys
            def work(n):
                sys.exit(n)
            """,
        "an own context": """
            import multiprocessing, sys
            def work(n):
                sys.exit(n)
            #   ^^^^^^^^^^^ exit-in-worker [fork spawn forkserver]
            if __name__ == "__main__":
                multiprocessing.get_context("spawn").Pool(1).map(work, [1])
            """,
        "in an initializer": """
            import sys
            from multiprocessing import Pool
            def prepare():
                sys.exit()
            #   ^^^^^^^^^^ exit-in-worker
            if __name__ == "__main__":
                Pool(1, prepare).map(abs, [1])
            """,
    }
)
def test_exits(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "caught": """
            import sys
            from multiprocessing import Pool
            def inner():
                sys.exit()
            def work(n):
                try:
                    inner()
                except SystemExit as error:
                    return error.code
            if __name__ == "__main__":
                Pool(1).map(work, [1])
            """,
        "suppressed": """
            import contextlib, sys
            from multiprocessing import Pool
            def work(n):
                with contextlib.suppress(SystemExit):
                    sys.exit()
            if __name__ == "__main__":
                Pool(1).map(work, [1])
            """,
        "a finally that returns": """
            import sys
            from multiprocessing import Pool
            def work(n):
                try:
                    sys.exit()
                finally:
                    return n
            if __name__ == "__main__":
                Pool(1).map(work, [1])
            """,
        "a decorator that is not known": """
            import sys
            from multiprocessing import Pool
            from elsewhere import careful
            @careful
            def inner(n):
                sys.exit()
            def work(n):
                inner(n)
            if __name__ == "__main__":
                Pool(1).map(work, [1])
            """,
        "threads, processes and the parent": """
            import sys
            from concurrent.futures import ThreadPoolExecutor
            from multiprocessing import Pool, Process
            from multiprocessing.pool import ThreadPool
            def work(n=1):
                sys.exit(n)
            def done(result):
                sys.exit(result)
            if __name__ == "__main__":
                Process(target=work).start()
                ThreadPool(1).map(work, [1])
                ThreadPoolExecutor(1).submit(work)
                with Pool(1) as pool:
                    pool.apply_async(abs, (1,), callback=done).wait()
                work()
            """,
        "an exit that only the main program comes to": """
            import sys
            from multiprocessing import Pool
            def work(n, is_strict=False):
                if is_strict:
                    sys.exit(n)
                if __name__ == "__main__":
                    sys.exit(n)
                return n
            def call(n):
                return work(n, False)
            if __name__ == "__main__":
                Pool(1).map(call, [1])
            """,
        "another function of that name": """
            from multiprocessing import Pool
            def exit(n):
                return n
            def work(n):
                return exit(n)
            if __name__ == "__main__":
                Pool(1).map(work, [1])
            """,
    }
)
def test_no_exits(program: str) -> None:
    assert_findings(program)
