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
