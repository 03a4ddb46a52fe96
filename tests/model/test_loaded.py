"""Modules and namespaces that are made at run time, and who finds what is in them."""

from analysis import assert_findings, programs


@programs(
    {
        "the name is passed to the function that registers it": """
            import sys
            import types
            from multiprocessing import Pool


            def make(name, code):
                module = types.ModuleType(name)
                sys.modules[name] = module
                exec(code, module.__dict__)
                return module


            if __name__ == "__main__":
                rules = make("rules_of_today", "def accept(n):\\n    return n > 1\\n")
                with Pool(2) as pool:
                    pool.map(rules.accept, [2, 1])
                    #        ^^^^^^^^^^^^ unimportable-module [spawn forkserver]
            """,
        "it is put together, and a method of an instance is sent": """
            import importlib.util
            import sys
            from multiprocessing import Process


            def load(name, path):
                spec = importlib.util.spec_from_file_location("ext_" + name, path)
                module = importlib.util.module_from_spec(spec)
                sys.modules[spec.name] = module
                spec.loader.exec_module(module)
                return module


            if __name__ == "__main__":
                service = load("clock", "extensions/clock.py").Service()
                Process(target=service.run).start()
                #              ^^^^^^^^^^^ unimportable-module [spawn forkserver]
            """,
        "an archive": """
            import zipimport
            from multiprocessing import Pool

            if __name__ == "__main__":
                jobs = zipimport.zipimporter("bundle.zip").load_module("zipped_jobs")
                with Pool(2) as pool:
                    pool.map(jobs.work, [1, 2])
                    #        ^^^^^^^^^ unimportable-module [spawn forkserver]
            """,
        "a function that exec makes is kept under the guard only": """
            from multiprocessing import Pool

            if __name__ == "__main__":
                names = {}
                exec("def work(n):\\n    return n\\n", names)
                work = names["work"]
                with Pool(2) as pool:
                    pool.map(work, [1, 2])
                    #        ^^^^ unimportable-module [spawn forkserver]
            """,
        "or under another name": """
            from multiprocessing import Pool

            names = {}
            exec("def work(n):\\n    return n\\n", names)
            task = names["work"]

            if __name__ == "__main__":
                with Pool(2) as pool:
                    pool.map(task, [1, 2])
                    #        ^^^^ unimportable-module
            """,
        "or is told to be of another module": """
            from multiprocessing import Pool

            names = {"__name__": "generated"}
            exec("def work(n):\\n    return n\\n", names)
            work = names["work"]

            if __name__ == "__main__":
                with Pool(2) as pool:
                    pool.map(work, [1, 2])
                    #        ^^^^ unimportable-module
            """,
    }
)
def test_workers_do_not_find_what_the_program_makes(program: str) -> None:
    """Its name leads nowhere: in the parent neither, if it is not registered."""
    assert_findings(program)


@programs(
    {
        "it is of the main module by name": """
            from multiprocessing import Pool

            names = {"__name__": __name__}
            exec("def work(n):\\n    return n\\n", names)
            work = names["work"]

            if __name__ == "__main__":
                with Pool(2) as pool:
                    pool.map(work, [1, 2])
            """,
        "a package is imported by a name that is not known here": """
            import importlib
            from multiprocessing import Pool

            if __name__ == "__main__":
                plugin = importlib.import_module("some_package.plugin")
                with Pool(2) as pool:
                    pool.map(plugin.work, [1, 2])
            """,
        "the folder stays on the path": """
            import importlib
            import sys
            from multiprocessing import Pool


            def load(folder, name):
                sys.path.insert(0, folder)
                return importlib.import_module(name)


            if __name__ == "__main__":
                plugin = load("recipes", "plugin")
                with Pool(2) as pool:
                    pool.map(plugin.work, [1, 2])
            """,
        "a function that the initializer calls registers it": """
            import importlib.util
            import sys
            from multiprocessing import Pool


            def load(path):
                spec = importlib.util.spec_from_file_location("plugin_one", path)
                module = importlib.util.module_from_spec(spec)
                sys.modules["plugin_one"] = module
                spec.loader.exec_module(module)
                return module


            def prepare(path):
                load(path)


            if __name__ == "__main__":
                plugin = load("extensions/one.py")
                with Pool(2, initializer=prepare, initargs=("extensions/one.py",)) as pool:
                    pool.map(plugin.run, [1, 2])
            """,
    }
)
def test_workers_find_what_they_make_themselves(program: str) -> None:
    """What is there at import, what the initializer makes, and what may be installed."""
    assert_findings(program)
