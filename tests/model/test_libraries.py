"""Libraries that start processes: those that pickle as multiprocessing does, and those that do not.

What they do was seen by running them: tqdm 4.70, pebble 5.2, aiomultiprocess 0.9, billiard 4.3, multiprocess 0.70,
pathos 0.3, p_tqdm 1.4, loky 3.7, joblib 1.6. What is said of torch was read in its source
(torch/multiprocessing/spawn.py, torch/utils/data/dataloader.py); dask, ray and ipyparallel were not run.
"""

from analysis import assert_findings, programs


@programs(
    {
        "tqdm": """
            from tqdm.contrib.concurrent import process_map
            from tqdm.contrib import concurrent
            def main():
                process_map(lambda n: n, [1, 2], max_workers=2)
                #           ^^^^^^^^^^^ lambda-target [fork spawn forkserver]
                concurrent.process_map(fn=lambda n: n)
                #                         ^^^^^^^^^^^ lambda-target
                process_map(abs, [lambda: 1])
                #                 ^^^^^^^^^ unpicklable-argument
                process_map(abs, [1, 2])
            if __name__ == "__main__":
                def work(n): return n
                process_map(work, [1])
                #           ^^^^ guarded-target [spawn forkserver]
            """,
        "tqdm at import": """
            from tqdm.contrib.concurrent import process_map
            print(process_map(abs, [1, 2]))
            #     ^^^^^^^^^^^^^^^^^^^^^^^^ unguarded-start [spawn forkserver]
            """,
        "pebble": """
            from pebble import ProcessPool
            def main():
                with ProcessPool(max_workers=2, initializer=lambda: None) as pool:
                    #                                       ^^^^^^^^^^^^ lambda-target [spawn forkserver]
                    pool.schedule(lambda n: n, args=[1])
                    #             ^^^^^^^^^^^ lambda-target [fork spawn forkserver]
                    pool.schedule(function=max, args=[lambda: 1], kwargs={"key": lambda: 1})
                    #                                 ^^^^^^^^^ unpicklable-argument
                    #                                                            ^^^^^^^^^ unpicklable-argument
                    pool.submit(lambda n: n, None, 1)
                    #           ^^^^^^^^^^^ lambda-target
                    pool.map(lambda n: n, [1]).result()
                    #        ^^^^^^^^^^^ lambda-target
                    pool.schedule(abs, args=[1]).add_done_callback(lambda done: done)
            """,
        "pebble at import": """
            from pebble import ProcessPool
            pool = ProcessPool()
            pool.schedule(abs, args=[1])
            # <^^^^^^^^^^^^^^^^^^^^^^^^^ unguarded-start [spawn forkserver]
            """,
        "aiomultiprocess": """
            from aiomultiprocess import Pool, Process, Worker
            async def good(n):
                return n
            async def main():
                async def work(n):
                    return n
                async with Pool() as pool:
                    await pool.map(work, [1])
                    #              ^^^^ local-target
                    await pool.apply(work, (1,))
                    #                ^^^^ local-target
                    await pool.map(good, [1])
                await Process(target=work)
                #                    ^^^^ local-target
                await Worker(target=work)
                #                   ^^^^ local-target
                await Worker(target=good, args=(1,))
            """,
        "billiard, whose default is its own, not that of multiprocessing": """
            from billiard import Pool, Process
            def main():
                Pool(1).map(lambda n: n, [1])
                #           ^^^^^^^^^^^ lambda-target [fork spawn forkserver]
                Process(target=lambda: 1).start()
            Pool(2)
            """,
        "torch.multiprocessing.spawn": """
            import torch.multiprocessing as mp
            from torch.multiprocessing import spawn
            def train(rank, f): pass
            def main():
                def local(rank): pass
                mp.spawn(local, nprocs=2)
                #        ^^^^^ local-target
                spawn(train, args=(lambda: 1,), nprocs=2)
                #                  ^^^^^^^^^ unpicklable-argument
                spawn(train, (1,), 2)
            """,
        "DataLoader with workers": """
            from torch.utils.data import DataLoader
            def main(data):
                DataLoader(data, batch_size=2, num_workers=2, collate_fn=lambda rows: rows)
                #                                                        ^^^^^^^^^^^^^^^^^ lambda-target
                DataLoader(data, 2, False, None, None, 2, lambda rows: rows)
                #                                         ^^^^^^^^^^^^^^^^^ lambda-target
                DataLoader(data, num_workers=2, worker_init_fn=lambda number: None)
                #                                              ^^^^^^^^^^^^^^^^^^^ unpicklable-argument
                class Rows: pass
                DataLoader(Rows(), num_workers=1)
                #          ^^^^^^ unpicklable-argument
                DataLoader(Rows(), num_workers=1, multiprocessing_context="fork")
            """,
        "DataLoader without workers, or not known to have any": """
            from torch.utils.data import DataLoader
            def main(data, workers):
                DataLoader(data, collate_fn=lambda rows: rows)
                DataLoader(data, num_workers=0, collate_fn=lambda rows: rows)
                DataLoader(data, num_workers=workers, collate_fn=lambda rows: rows)
            """,
    }
)
def test_libraries_that_pickle(program: str) -> None:
    assert_findings(program)


@programs(
    {
        "threads of tqdm": """
            from tqdm.contrib.concurrent import thread_map
            thread_map(lambda n: n, [1, 2])
            """,
        "threads of pebble": """
            from pebble import ThreadPool, ProcessPool
            with ThreadPool() as pool:
                pool.schedule(lambda n: n, args=[1])
            """,
        "multiprocess": """
            import multiprocessing
            from multiprocess import Pool
            with Pool() as pool:
                pool.map(lambda n: n, [1, 2])
            """,
        "multiprocessing where multiprocess is missing": """
            try:
                from multiprocess.pool import Pool
            except ImportError:
                from multiprocessing.pool import Pool
            def main():
                Pool(initializer=lambda: None).map(lambda n: n, [1, 2])
            """,
        "pathos": """
            import multiprocessing
            from pathos.multiprocessing import ProcessPool
            ProcessPool(2).map(lambda n: n, [1, 2])
            """,
        "p_tqdm": """
            import multiprocessing
            from p_tqdm import p_map
            p_map(lambda n: n, [1, 2])
            """,
        "loky": """
            import multiprocessing
            from loky import get_reusable_executor
            get_reusable_executor(2).submit(lambda n: n, 1)
            """,
        "joblib": """
            import multiprocessing
            from joblib import Parallel, delayed
            Parallel(n_jobs=2)(delayed(lambda n: n)(i) for i in [1, 2])
            """,
        "dask": """
            import multiprocessing
            from dask.distributed import Client
            Client().submit(lambda n: n, 1)
            """,
        "ray": """
            import multiprocessing
            from ray.util.multiprocessing import Pool
            Pool().map(lambda n: n, [1])
            """,
        "ipyparallel": """
            import multiprocessing
            import ipyparallel
            ipyparallel.Client()[:].map(lambda n: n, [1])
            """,
        "multiprocessing.dummy": """
            from multiprocessing.dummy import Pool, Process
            Process(target=lambda: 1).start()
            Pool().map(lambda n: n, [1])
            """,
        "thread pools": """
            from multiprocessing.pool import ThreadPool
            from concurrent.futures import ThreadPoolExecutor
            ThreadPool().map(lambda n: n, [1])
            ThreadPoolExecutor().submit(lambda: 1)
            """,
    }
)
def test_libraries_that_do_not(program: str) -> None:
    assert_findings(program)
