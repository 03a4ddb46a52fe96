"""What Python prints when a rule's mistake bites: each wording, and the rules whose mistakes end so.

One wording can come from several mistakes; the likeliest stands first. A wording names rules that this version may not
have yet; those are left out of what is found.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from spawnsafe.rules import Rule, find_rule


@dataclass(frozen=True, slots=True)
class Symptom:
    """A wording by which mistakes are recognized."""

    wording: re.Pattern[str]
    rules: tuple[str, ...]
    """The codes of the rules, the likeliest first."""
    pythons: str
    """The versions that print it."""
    source: str
    """The file of CPython from which it comes."""
    shown: tuple[str, ...] = ()
    """The lines by which it is recognized, as these versions print them, `…` for what varies."""
    is_vague: bool = False
    """Whether other mistakes end so as often, so that it counts only where nothing else is recognized."""


@dataclass(frozen=True, slots=True)
class Match:
    """A line that is recognized, and the rules that explain it, the likeliest first."""

    line: str
    rules: tuple[Rule, ...]
    is_vague: bool
    """Whether mistakes of which spawnsafe knows nothing end so, too."""


_LINE = 2_000
"""So many characters of each line count."""


def recognize(text: str) -> list[Match]:
    """Return what is recognized in a message or in tracebacks: each line once, in the order of the text.

    Vague wordings count only where nothing else is recognized.
    """
    text = "\n".join(line[:_LINE] for line in text.splitlines())
    return list(_matches(text, is_vague=False)) or list(_matches(text, is_vague=True))


def _matches(text: str, *, is_vague: bool) -> Iterator[Match]:
    found: dict[str, tuple[int, tuple[Rule, ...]]] = {}
    for symptom in SYMPTOMS:
        if symptom.is_vague == is_vague:
            rules = tuple(filter(None, map(find_rule, dict.fromkeys(symptom.rules))))
            for match in symptom.wording.finditer(text) if rules else ():
                found.setdefault(matched_line(text, match), (match.start(), rules))
    for line, (_, rules) in sorted(found.items(), key=lambda item: item[1][0]):
        yield Match(line, rules, is_vague)


def matched_line(text: str, match: re.Match[str]) -> str:
    """Return the line in which a match ends, from the name of the exception on if that stands in the line above."""
    start = text.rfind("\n", 0, match.end() - 1) + 1
    end = text.find("\n", match.end() - 1)
    line = " ".join(text[start : len(text) if end < 0 else end].split())
    above = text[max(0, start - _LINE) : start].rstrip().rpartition("\n")[2].strip()
    return f"{above} {line}" if re.fullmatch(r"[\w.]*(?:Error|Exception):", above) else line


def _symptom(
    wording: str,
    *rules: str,
    pythons: str = "3.8-3.15",
    shown: tuple[str, ...] = (),
    source: str,
    is_vague: bool = False,
) -> Symptom:
    return Symptom(re.compile(wording), rules, pythons, source, shown, is_vague)


_SENT = ("unpicklable-argument", "unpicklable-instance", "unpicklable-result", "unpicklable-exception")
_LAMBDA = ("lambda-target", "unpicklable-argument", "unpicklable-instance", "unpicklable-result")
_LOCAL = ("local-target", "rebound-target", "unpicklable-result", "unpicklable-exception")
_MAIN = ("late-target", "main-module-target", "notebook-target", "guarded-target")
_MAIN_OF_WORKERS = ("guarded-target", "late-target", "main-module-target")
_MODULE = ("guarded-target", "late-target", "unimportable-module", "guard-only-global", "late-global")
_GONE = (
    *("unguarded-start", "guarded-target", "main-module-target", "notebook-target"),
    *("unpicklable-exception", "recursive-getattr", "exit-in-worker"),
)
_PICKLE = "Modules/_pickle.c"
_REDUCE = "Objects/typeobject.c"

SYMPTOMS = (
    # Functions and classes go by name.
    _symptom(
        r"Can't pickle local object '[^'\n]*<lambda>'",
        *_LAMBDA,
        shown=("AttributeError: Can't pickle local object '….<locals>.<lambda>'",),
        pythons="3.8-3.12.4",
        source=_PICKLE,
    ),
    _symptom(
        r"Can't get local object '[^'\n]*<lambda>'",
        *_LAMBDA,
        shown=("AttributeError: Can't get local object '….<locals>.<lambda>'",),
        pythons="3.12.5-3.13",
        source=_PICKLE,
    ),
    _symptom(
        r"Can't pickle local object <function [^\n]*<lambda> at",
        *_LAMBDA,
        shown=("PicklingError: Can't pickle local object <function ….<locals>.<lambda> at …>",),
        pythons="3.14-3.15",
        source=_PICKLE,
    ),
    _symptom(
        r"Can't pickle <function [^\n]*<lambda> at 0x\w+>: attribute lookup [^\n]* failed",
        *_LAMBDA,
        shown=("PicklingError: Can't pickle <function <lambda> at …>: attribute lookup <lambda> on __main__ failed",),
        pythons="3.8-3.13",
        source=_PICKLE,
    ),
    _symptom(
        r"Can't pickle <function [^\n]*<lambda> at 0x\w+>: it's not found as",
        *_LAMBDA,
        shown=("PicklingError: Can't pickle <function <lambda> at …>: it's not found as __main__.<lambda>",),
        pythons="3.14-3.15",
        source=_PICKLE,
    ),
    _symptom(
        r"Can't pickle local object '",
        *_LOCAL,
        shown=("AttributeError: Can't pickle local object '….<locals>.…'",),
        pythons="3.8-3.12.4",
        source=_PICKLE,
    ),
    _symptom(
        r"Can't get local object '",
        *_LOCAL,
        shown=("AttributeError: Can't get local object '….<locals>.…'",),
        pythons="3.12.5-3.13",
        source=_PICKLE,
    ),
    _symptom(
        r"Can't pickle local object <",
        *_LOCAL,
        shown=("PicklingError: Can't pickle local object <function ….<locals>.… at …>",),
        pythons="3.14-3.15",
        source=_PICKLE,
    ),
    _symptom(
        r"it's not the same object as",
        "rebound-target",
        shown=("PicklingError: Can't pickle <function … at …>: it's not the same object as __main__.…",),
        source=_PICKLE,
    ),
    _symptom(
        r"Can't pickle <[^\n]+>: attribute lookup [^\n]+ failed",
        *("rebound-target", "unimportable-module", "late-target", "unpicklable-result"),
        shown=("PicklingError: Can't pickle <function … at …>: attribute lookup … on __main__ failed",),
        pythons="3.8-3.13",
        source=_PICKLE,
    ),
    _symptom(
        r"Can't pickle <[^\n]+>: it's not found as",
        *("rebound-target", "unimportable-module", "unpicklable-result"),
        shown=("PicklingError: Can't pickle <function … at …>: it's not found as __main__.…",),
        pythons="3.14-3.15",
        source=_PICKLE,
    ),
    _symptom(
        r"Can't pickle <[^\n]+>: import of module '[^'\n]*' failed",
        *("unimportable-module",),
        shown=("PicklingError: Can't pickle <function … at …>: import of module '…' failed",),
        pythons="3.8-3.13",
        source=_PICKLE,
    ),
    _symptom(
        r"Can't pickle <[^\n]+>: No module named '",
        "unimportable-module",
        shown=("PicklingError: Can't pickle <function … at …>: No module named '…'",),
        pythons="3.14-3.15",
        source=_PICKLE,
    ),
    _symptom(
        r"multiprocessing[/\\](?:pool|queues|connection|spawn|process)\.py\W+line \d+(?:(?!Traceback)[\s\S]){0,2000}?"
        r"ModuleNotFoundError: No module named '",
        *("unimportable-module",),
        shown=("ModuleNotFoundError: No module named '…'",),
        source="Lib/importlib/_bootstrap.py",
    ),
    _symptom(
        r"Can't get attribute '[^'\n]+' on <?module '__mp_main__'",
        *_MAIN_OF_WORKERS,
        pythons="3.8-3.13",
        shown=("AttributeError: Can't get attribute '…' on <module '__mp_main__'…>",),
        source=_PICKLE,
    ),
    _symptom(
        r"module '__mp_main__' has no attribute '",
        *_MAIN_OF_WORKERS,
        pythons="3.14-3.15",
        shown=("AttributeError: module '__mp_main__' has no attribute '…'",),
        source=_PICKLE,
    ),
    _symptom(
        r"Can't get attribute '[^'\n]+' on <?module '__main__'",
        *_MAIN,
        pythons="3.8-3.13",
        shown=("AttributeError: Can't get attribute '…' on <module '__main__'…>",),
        source=_PICKLE,
    ),
    _symptom(
        r"module '__main__' has no attribute '",
        *_MAIN,
        pythons="3.14-3.15",
        shown=("AttributeError: module '__main__' has no attribute '…'",),
        source=_PICKLE,
    ),
    _symptom(
        r"Can't get attribute '[^'\n]+' on <?module '",
        *_MODULE,
        pythons="3.8-3.13",
        shown=("AttributeError: Can't get attribute '…' on <module '…'…>",),
        source=_PICKLE,
        is_vague=True,
    ),
    _symptom(
        r"module '[\w.]+' has no attribute '",
        *_MODULE,
        pythons="3.14-3.15",
        shown=("AttributeError: module '…' has no attribute '…'",),
        source=_PICKLE,
        is_vague=True,
    ),
    _symptom(
        r"(?:pool|queues|connection)\.py\W+line \d+(?:(?!Traceback)[\s\S]){0,2000}?"
        r"AttributeError: '\w+' object has no attribute '",
        *("rebound-target", "unpicklable-exception", "recursive-getattr"),
        shown=("AttributeError: '…' object has no attribute '…'",),
        source="Objects/object.c",
    ),
    # Values that pickle refuses.
    _symptom(
        r"[cC]an(?:no|')t pickle '?(?:async_)?(?:generator|coroutine)'?",
        *("generator-target", *_SENT),
        shown=("TypeError: cannot pickle 'generator' object",),
        source=_REDUCE,
    ),
    _symptom(
        r"cannot pickle '[\w.]+' (?:object|instances)",
        *_SENT,
        shown=("TypeError: cannot pickle '_thread.lock' object", "TypeError: cannot pickle '…' object"),
        source=_REDUCE,
    ),
    _symptom(
        r"\w+ objects should only be shared between processes through inheritance",
        *("inherited-only-argument",),
        shown=("RuntimeError: Lock objects should only be shared between processes through inheritance",),
        source="Lib/multiprocessing/context.py",
    ),
    _symptom(
        r"pool objects cannot be passed between processes or pickled",
        *("unpicklable-instance", "unpicklable-argument"),
        shown=("NotImplementedError: pool objects cannot be passed between processes or pickled",),
        source="Lib/multiprocessing/pool.py",
    ),
    _symptom(
        r"Pickling an AuthenticationString object is disallowed for security reasons",
        *("unpicklable-instance", "unpicklable-argument"),
        shown=("TypeError: Pickling an AuthenticationString object is disallowed for security reasons",),
        source="Lib/multiprocessing/process.py",
    ),
    _symptom(
        r"Error sending result:",
        *("unpicklable-result", "unpicklable-exception", "generator-target"),
        shown=("MaybeEncodingError: Error sending result: '…'. Reason: '…'",),
        source="Lib/multiprocessing/pool.py",
    ),
    # Values that cannot be rebuilt.
    _symptom(
        r"__(?:init|new)__\(\) missing \d+ required (?:positional|keyword-only) argument",
        *("unpicklable-exception", "arity-mismatch"),
        shown=("TypeError: …__init__() missing 1 required positional argument: '…'",),
        source="Python/ceval.c",
    ),
    _symptom(
        r"Cannot have cache with result_handl?er not alive",
        *("unpicklable-exception",),
        shown=("AssertionError: Cannot have cache with result_hand…er not alive",),
        source="Lib/multiprocessing/pool.py",
    ),
    _symptom(
        r"FrozenInstanceError: cannot assign to field '",
        "unpicklable-exception",
        shown=("FrozenInstanceError: cannot assign to field '…'",),
        source="Lib/dataclasses.py",
    ),
    _symptom(
        r"maximum recursion depth exceeded",
        "recursive-getattr",
        shown=("RecursionError: maximum recursion depth exceeded",),
        source="Python/ceval.c",
    ),
    # How workers start.
    _symptom(
        r"An attempt has been made to start a new process",
        *("unguarded-start", "misspelled-guard", "late-target"),
        shown=("RuntimeError: An attempt has been made to start a new process",),
        source="Lib/multiprocessing/spawn.py",
    ),
    _symptom(
        r"name '\w+' is not defined",
        "guard-only-global",
        "late-global",
        shown=("NameError: name '…' is not defined",),
        source="Python/ceval.c",
        is_vague=True,
    ),
    _symptom(
        r"\"is\" with (?:a|'str') literal",
        "misspelled-guard",
        shown=('SyntaxWarning: "is" with … literal. Did you mean "=="?',),
        source="Python/compile.c",
    ),
    _symptom(
        r"context has already been set",
        "repeated-start-method",
        shown=("RuntimeError: context has already been set",),
        source="Lib/multiprocessing/context.py",
    ),
    _symptom(
        r"A SemLock created in a fork context is being shared with a process in a spawn context",
        *("mixed-context",),
        shown=("RuntimeError: A SemLock created in a fork context is being shared with a process in a spawn context.",),
        pythons="3.11.7-3.15",
        source="Lib/multiprocessing/synchronize.py",
    ),
    _symptom(
        r"daemonic processes are not allowed to have children",
        *("nested-daemon-pool",),
        shown=("AssertionError: daemonic processes are not allowed to have children",),
        source="Lib/multiprocessing/process.py",
    ),
    _symptom(
        r"max_tasks_per_child is incompatible with the 'fork' multiprocessing start method",
        *("fork-max-tasks",),
        shown=("ValueError: max_tasks_per_child is incompatible with the 'fork' multiprocessing start method",),
        pythons="3.11-3.15",
        source="Lib/concurrent/futures/process.py",
    ),
    _symptom(
        r"is multi-threaded, use of (?:fork|forkpty)\(\) may lead to deadlocks in the child",
        *("fork-with-threads", "forced-fork"),
        shown=("DeprecationWarning: This process (pid=…) is multi-threaded, use of fork() may lead to deadlocks",),
        pythons="3.12-3.15",
        source="Modules/posixmodule.c",
    ),
    _symptom(
        r"cannot find context for '(?:fork|forkserver)'",
        *("forced-fork",),
        shown=("ValueError: cannot find context for 'fork'",),
        source="Lib/multiprocessing/context.py",
    ),
    _symptom(
        r"in _fixup_main_from_(?:path|name)\n",
        *("main-import-raises",),
        shown=('File "…spawn.py", line …, in _fixup_main_from_path',),
        source="Lib/multiprocessing/spawn.py",
        is_vague=True,
    ),
    _symptom(
        r"coroutine '[^'\n]+' was never awaited",
        "generator-target",
        shown=("RuntimeWarning: coroutine '…' was never awaited",),
        source="Objects/genobject.c",
        is_vague=True,
    ),
    # What is called, and with what.
    _symptom(
        r"initializer must be a callable",
        "called-target",
        shown=("TypeError: initializer must be a callable",),
        source="Lib/multiprocessing/pool.py",
    ),
    _symptom(
        r"process\.py\W+line \d+, in __init__\n\s+self\._args = tuple\(args\)\n(?:.*\n)?"
        r"TypeError: '\w+' object is not iterable",
        *("non-tuple-args",),
        shown=("TypeError: '…' object is not iterable",),
        source="Lib/multiprocessing/process.py",
    ),
    _symptom(
        r"argument after \*\*? must be (?:an iterable|a mapping), not \w+",
        *("non-tuple-args", "arity-mismatch"),
        shown=("TypeError: …() argument after * must be an iterable, not …",),
        pythons="3.9-3.15",
        source="Python/ceval.c",
    ),
    _symptom(
        r"group argument must be None for now",
        "forgotten-start",
        shown=("AssertionError: group argument must be None for now",),
        source="Lib/multiprocessing/process.py",
    ),
    _symptom(
        r"can only join a started process",
        *("forgotten-start", "process-lifecycle"),
        shown=("AssertionError: can only join a started process",),
        source="Lib/multiprocessing/process.py",
    ),
    _symptom(
        r"cannot start a process twice|process object is closed|Cannot close a process while it is still running",
        *("process-lifecycle",),
        shown=(
            "AssertionError: cannot start a process twice",
            "ValueError: process object is closed",
            "ValueError: Cannot close a process while it is still running.",
        ),
        source="Lib/multiprocessing/process.py",
    ),
    _symptom(
        r"process has already started",
        "process-lifecycle",
        shown=("AssertionError: process has already started",),
        source="Lib/multiprocessing/process.py",
    ),
    _symptom(
        r"Queue .* is closed",
        "process-lifecycle",
        shown=("ValueError: Queue <multiprocessing.queues.Queue object at …> is closed",),
        source="Lib/multiprocessing/queues.py",
    ),
    _symptom(
        r"Number of processes must be at least 1",
        "worker-count",
        shown=("ValueError: Number of processes must be at least 1",),
        source="Lib/multiprocessing/pool.py",
    ),
    _symptom(
        r"max_workers must be greater than 0",
        "worker-count",
        shown=("ValueError: max_workers must be greater than 0",),
        source="Lib/concurrent/futures/process.py",
    ),
    _symptom(
        r"max_workers must be <= 61",
        "worker-count",
        shown=("ValueError: max_workers must be <= 61",),
        source="Lib/concurrent/futures/process.py",
    ),
    _symptom(
        r"Chunksize must be 1\+, not",
        "bad-chunksize",
        shown=("ValueError: Chunksize must be 1+, not 0",),
        source="Lib/multiprocessing/pool.py",
    ),
    _symptom(
        r"chunksize must be >= 1",
        "bad-chunksize",
        shown=("ValueError: chunksize must be >= 1.",),
        source="Lib/concurrent/futures/process.py",
    ),
    _symptom(
        r"Stop argument for islice\(\) must be None or an integer",
        "bad-chunksize",
        pythons="3.8-3.12",
        shown=("ValueError: Stop argument for islice() must be None or an integer",),
        source="Modules/itertoolsmodule.c",
    ),
    _symptom(
        r"\w\(\) (?:missing \d+ required|takes [\w ]+ arguments? |got an unexpected keyword|got multiple values for)",
        *("arity-mismatch", "non-tuple-args"),
        shown=(
            "TypeError: …() missing 1 required positional argument: '…'",
            "TypeError: …() takes … positional argument but … were given",
            "TypeError: …() got an unexpected keyword argument '…'",
        ),
        source="Python/ceval.c",
        is_vague=True,
    ),
    _symptom(
        r"'<=?' not supported between instances of '\w+' and 'int'",
        *("arity-mismatch", "bad-chunksize", "worker-count"),
        shown=("TypeError: '<=' not supported between instances of '…' and 'int'",),
        source="Lib/multiprocessing/pool.py",
        is_vague=True,
    ),
    _symptom(
        r"'float' object cannot be interpreted as an integer",
        "worker-count",
        shown=("TypeError: 'float' object cannot be interpreted as an integer",),
        source="Objects/abstract.c",
        is_vague=True,
    ),
    _symptom(
        r"'\w+' object is not callable",
        *("called-target", "arity-mismatch"),
        shown=("TypeError: '…' object is not callable",),
        source="Objects/call.c",
        is_vague=True,
    ),
    _symptom(
        r"'\w+' object is not iterable",
        *("arity-mismatch", "non-tuple-args", "bad-chunksize"),
        shown=("TypeError: '…' object is not iterable",),
        source="Objects/abstract.c",
        is_vague=True,
    ),
    # The life of pools.
    _symptom(
        r"Pool is still running",
        "join-before-close",
        shown=("ValueError: Pool is still running",),
        source="Lib/multiprocessing/pool.py",
    ),
    _symptom(
        r"Pool not running",
        "result-after-exit",
        shown=("ValueError: Pool not running",),
        source="Lib/multiprocessing/pool.py",
    ),
    _symptom(
        r"cannot schedule new futures after shutdown",
        *("result-after-exit",),
        shown=("RuntimeError: cannot schedule new futures after shutdown",),
        source="Lib/concurrent/futures/process.py",
    ),
    _symptom(
        r"unclosed running multiprocessing pool",
        *("unclosed-pool",),
        shown=("ResourceWarning: unclosed running multiprocessing pool …",),
        source="Lib/multiprocessing/pool.py",
    ),
    # What is typed in short, or can be anything.
    _symptom(r"Can't (?:pickle|get) local object", *_LOCAL, "lambda-target", source=_PICKLE, is_vague=True),
    _symptom(r"Can't pickle", *_LAMBDA, *_LOCAL, "unimportable-module", source=_PICKLE, is_vague=True),
    _symptom(r"No module named '", "unimportable-module", source="Lib/importlib/_bootstrap.py", is_vague=True),
    _symptom(
        r"'\w+' object has no attribute '",
        "rebound-target",
        "unpicklable-exception",
        source="Objects/object.c",
        is_vague=True,
    ),
    # What the parent sees of workers that are gone.
    _symptom(
        r"in _map_async\n.*\n(?:.*\^.*\n)?ZeroDivisionError",
        *("unguarded-start", "main-import-raises"),
        shown=("ZeroDivisionError: …by zero",),
        source="Lib/multiprocessing/pool.py",
        is_vague=True,
    ),
    _symptom(
        r"A (?:child )?process (?:in the process pool was )?terminated abruptly",
        *_GONE,
        shown=(
            "BrokenProcessPool: A process in the process pool was terminated abruptly",
            "BrokenProcessPool: A child process terminated abruptly, the process pool is not usable anymore",
        ),
        source="Lib/concurrent/futures/process.py",
        is_vague=True,
    ),
    _symptom(
        r"(?m)^(?:[\w.]*\.)?BrokenProcessPool\b",
        *_GONE,
        source="Lib/concurrent/futures/process.py",
        is_vague=True,
    ),
    _symptom(
        r"(?m)^EOFError$",
        *("unguarded-start", "main-import-raises"),
        shown=("EOFError",),
        source="Lib/multiprocessing/connection.py",
        is_vague=True,
    ),
    _symptom(
        r"(?m)^ConnectionResetError\b",
        *("unguarded-start", "main-import-raises", "misspelled-guard"),
        shown=("ConnectionResetError: [Errno …] Connection reset by peer",),
        source="Lib/multiprocessing/forkserver.py",
        is_vague=True,
    ),
)
