"""Changes of the environment that the workers of the forkserver do not see."""

from analysis import assert_findings, programs


@programs(
    {
        "in a loop, with a context of its own": """
            import multiprocessing
            import os
            context = multiprocessing.get_context("forkserver")
            def show():
                print(os.getenv("MODE"))
            def main():
                for mode in ("a", "b"):
                    os.environ["MODE"] = mode
            #       ^^^^^^^^^^^^^^^^^^ forkserver-stale-environ [fork spawn forkserver]
                    process = context.Process(target=show)
                    process.start()
            if __name__ == "__main__":
                main()
            """,
        "by a function that is called again": """
            import os
            from concurrent.futures import ProcessPoolExecutor
            def colour():
                return os.environ.get("COLOUR")
            def run(settings):
                os.environ.update(settings)
            #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^ forkserver-stale-environ [forkserver]
                with ProcessPoolExecutor(1) as executor:
                    print(executor.submit(colour).result())
            if __name__ == "__main__":
                run({"COLOUR": "red"})
                run({"COLOUR": "blue"})
            """,
        "by a function that a loop calls": """
            import os
            from multiprocessing import Pool
            def threads(_):
                return os.environ["THREADS"]
            def run(n):
                os.environ["THREADS"] = str(n)
            #   ^^^^^^^^^^^^^^^^^^^^^ forkserver-stale-environ [forkserver]
                with Pool(1) as pool:
                    return pool.map(threads, [0])
            if __name__ == "__main__":
                for n in (1, 2):
                    print(run(n))
            """,
    }
)
def test_an_environment_that_is_set_late_is_found(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "before the first workers": """
            import os
            from multiprocessing import Pool
            def level(_):
                return os.environ["LEVEL"]
            if __name__ == "__main__":
                os.environ["LEVEL"] = "low"
                with Pool(1) as pool:
                    print(pool.map(level, [0]))
                with Pool(1) as pool:
                    print(pool.map(level, [0]))
            """,
        "workers set it themselves": """
            import os
            from multiprocessing import Pool
            def begin():
                os.environ["LEVEL"] = "high"
            def level(_):
                return os.environ["LEVEL"]
            if __name__ == "__main__":
                with Pool(1) as pool:
                    print(pool.map(abs, [0]))
                os.environ["LEVEL"] = "low"
                with Pool(1, begin) as pool:
                    print(pool.map(level, [0]))
            """,
        "spawned workers": """
            import os
            from multiprocessing import get_context
            def level(_):
                return os.environ["LEVEL"]
            if __name__ == "__main__":
                context = get_context("spawn")
                with context.Pool(1) as pool:
                    print(pool.map(abs, [0]))
                os.environ["LEVEL"] = "low"
                with context.Pool(1) as pool:
                    print(pool.map(level, [0]))
            """,
        "only the parent reads it": """
            import os
            from multiprocessing import Pool
            if __name__ == "__main__":
                for level in ("low", "high"):
                    os.environ["LEVEL"] = level
                    with Pool(1) as pool:
                        print(pool.map(abs, [0]), os.environ["LEVEL"])
            """,
    }
)
def test_an_environment_that_workers_need_not_see(program: str) -> None:
    assert_findings(program)
