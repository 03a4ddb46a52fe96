"""Where something bites when the program itself asks for the platform or the Python."""

from textwrap import dedent

import pytest

from analysis import POLICY, analyse, diagnostics, files_of, findings, module, programs
from carets import ASIDES
from spawnsafe.check import Policy, Severity, check
from spawnsafe.model import Choice, Platform, StartMethods, Target, Targets, When

IMPORTS = """\
import multiprocessing as mp, os, platform, sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
"""
WINDOWS = "on Windows"
POSIX = "on macOS and Linux"

CONDITIONS = {
    'sys.platform == "win32"': WINDOWS,
    '"win32" == sys.platform': WINDOWS,
    'sys.platform.startswith("win")': WINDOWS,
    '"win" in sys.platform': "on macOS and Windows",
    'sys.platform[:3] == "win"': WINDOWS,
    'sys.platform in ("linux", "darwin")': POSIX,
    'sys.platform not in {"win32", "cygwin"}': POSIX,
    'not sys.platform == "linux"': "on macOS and Windows",
    'os.name == "nt"': WINDOWS,
    'os.name != "posix"': WINDOWS,
    'platform.system() == "Darwin"': "on macOS",
    'platform.system().lower() == "windows"': WINDOWS,
    'hasattr(os, "fork")': POSIX,
    'hasattr(os, "sched_getaffinity")': "on Linux",
    '"fork" in mp.get_all_start_methods()': POSIX,
    "sys.version_info >= (3, 14)": "on every platform from Python 3.14",
    "sys.version_info >= (3, 12, 4)": "on every platform from Python 3.12",
    "(3, 14) <= sys.version_info": "on every platform from Python 3.14",
    "sys.version_info[:2] < (3, 13)": "on every platform up to Python 3.12",
    "sys.version_info[1] > 12": "on every platform from Python 3.13",
    "sys.version_info.minor == 12": "on every platform with Python 3.12",
    "sys.hexversion >= 0x030D0000": "on every platform from Python 3.13",
    'sys.platform == "linux" and sys.version_info >= (3, 14)': "on Linux from Python 3.14",
    'sys.platform == "linux" or sys.version_info >= (3, 14)': "on Linux and, from Python 3.14, macOS and Windows",
    'sys.argv and os.name == "nt"': WINDOWS,
}
NOT_KNOWN = [
    "len(sys.argv) > 1",
    "sys.platform == PLATFORM",
    'sys.argv or os.name == "nt"',
    'hasattr(os, "nothing_that_is_known")',
    'platform.machine() == "arm64"',
]
NEVER = ["sys.version_info < (3,)", "sys.version_info[0] == 2", "TYPE_CHECKING", "typing.TYPE_CHECKING"]


def under(condition: str) -> str:
    """Return a program that sends a lambda under a condition."""
    return f"{IMPORTS}\ndef main():\n    if {condition}:\n        mp.Pool().map(lambda n: n, [1])\n"


@pytest.mark.parametrize(("condition", "places"), CONDITIONS.items())
def test_a_condition_says_where_it_bites(condition: str, places: str) -> None:
    (found,) = diagnostics(under(condition))
    assert found.severity is Severity.WARNING
    assert found.notes[0].message == f"That is the case {places}."


@pytest.mark.parametrize("condition", NOT_KNOWN)
def test_what_is_not_understood_narrows_nothing(condition: str) -> None:
    (found,) = diagnostics(under(condition))
    assert found.severity is Severity.ERROR
    assert not found.notes


@pytest.mark.parametrize("condition", NEVER)
def test_what_no_target_reaches_is_silent(condition: str) -> None:
    assert not findings(under(condition))


PROGRAMS = {
    "the other branch": (
        """
        def main():
            if os.name == "nt":
                pass
            else:
                mp.Pool().map(lambda n: n, [1])
        """,
        POSIX,
    ),
    "one of several branches": (
        """
        def main():
            if os.name == "nt":
                pass
            elif sys.platform == "linux":
                pass
            else:
                mp.Pool().map(lambda n: n, [1])
        """,
        "on macOS",
    ),
    "a case": (
        """
        def main():
            match sys.platform:
                case "win32":
                    mp.Pool().map(lambda n: n, [1])
        """,
        WINDOWS,
    ),
    "a return before": (
        """
        def main():
            if os.name == "nt":
                return
            mp.Pool().map(lambda n: n, [1])
        """,
        POSIX,
    ),
    "an arm": (
        """
        def main():
            mp.Pool().map(print if os.name == "nt" else (lambda n: n), [1])
        """,
        POSIX,
    ),
    "a name for the platform": (
        """
        IS_WINDOWS = os.name == "nt"

        def main():
            if not IS_WINDOWS:
                mp.Pool().map(lambda n: n, [1])
        """,
        POSIX,
    ),
    "a function that tells": (
        """
        def is_windows():
            return os.name == "nt"

        def main():
            if is_windows():
                mp.Pool().map(lambda n: n, [1])
        """,
        WINDOWS,
    ),
    "a name from sys": (
        """
        from sys import platform as on

        def main():
            if on == "win32":
                mp.Pool().map(lambda n: n, [1])
        """,
        WINDOWS,
    ),
    "a test that is skipped": (
        """
        import pytest

        @pytest.mark.skipif(sys.platform == "win32", reason="no fork")
        def test_square():
            mp.Pool().map(lambda n: n, [1])
        """,
        POSIX,
    ),
    "tests that are skipped by a mark with a name": (
        """
        import unittest

        needs_fork = unittest.skipUnless(hasattr(os, "fork"), "no fork")

        @needs_fork
        class Tests(unittest.TestCase):
            def test_square(self):
                mp.Pool().map(lambda n: n, [1])
        """,
        POSIX,
    ),
    "a name from another file": (
        """
        from compat import WINDOWS
        import compat

        def main():
            if WINDOWS or compat.MAC:
                mp.Pool().map(lambda n: n, [1])
        # file: compat.py
        import sys
        WINDOWS = sys.platform == "win32"
        MAC = sys.platform == "darwin"
        """,
        "on macOS and Windows",
    ),
    "a function that one platform has": (
        """
        if sys.platform == "linux":
            def main():
                mp.Pool().map(lambda n: n, [1])
        """,
        "on Linux",
    ),
    "a start": (
        """
        if sys.platform == "linux":
            mp.Pool(2)
        """,
        "on Linux from Python 3.14",
    ),
    "a start in a function": (
        """
        def main():
            if sys.platform == "win32":
                mp.Pool(2)

        main()
        """,
        WINDOWS,
    ),
    "an exit before a start": (
        """
        if sys.platform == "win32":
            sys.exit("not here")
        mp.Pool(2)
        """,
        "on macOS and, from Python 3.14, Linux",
    ),
    "threads instead of processes": (
        """
        if os.name == "nt":
            from multiprocessing.pool import ThreadPool as Pool
        else:
            from multiprocessing import Pool

        def main():
            Pool().map(lambda n: n, [1])
        """,
        POSIX,
    ),
}
CONTEXTS = {
    "an expression for the method": (
        """
        def main():
            context = mp.get_context("fork" if sys.platform != "win32" else "spawn")
            context.Process(target=lambda: 1).start()
        """,
        WINDOWS,
    ),
    "one platform has another than its default": (
        """
        def main():
            context = get_context("fork") if sys.platform == "linux" else mp
            context.Process(target=lambda: 1).start()
        """,
        "on macOS, Windows and, from Python 3.14, Linux",
    ),
    "a statement": (
        """
        def main():
            if os.name == "nt":
                context = get_context("spawn")
            else:
                context = get_context("fork")
            context.Process(target=lambda: 1).start()
        """,
        WINDOWS,
    ),
    "a method bound anew": (
        """
        def main():
            method = "fork"
            if os.name == "nt":
                method = "spawn"
            get_context(method).Process(target=lambda: 1).start()
        """,
        WINDOWS,
    ),
    "one for the module": (
        """
        if os.name == "nt":
            CONTEXT = get_context("spawn")
        else:
            CONTEXT = get_context("fork")

        def main():
            CONTEXT.Process(target=lambda: 1).start()
        """,
        WINDOWS,
    ),
    "an attribute": (
        """
        class Runner:
            def __init__(self):
                if sys.platform == "linux":
                    self.context = get_context("fork")
                else:
                    self.context = get_context("spawn")

            def run(self):
                self.context.Process(target=lambda: 1).start()
        """,
        "on macOS and Windows",
    ),
    "a function that gives it": (
        """
        def context():
            if os.name == "nt":
                return get_context("spawn")
            return get_context("fork")

        def main():
            context().Process(target=lambda: 1).start()
        """,
        WINDOWS,
    ),
    "a function that gives the method": (
        """
        def method():
            if os.name == "nt":
                return "spawn"
            return "fork"

        def main():
            get_context(method()).Process(target=lambda: 1).start()
        """,
        WINDOWS,
    ),
    "that of an executor": (
        """
        def main():
            context = get_context("fork") if sys.platform == "linux" else None
            with ProcessPoolExecutor(initializer=lambda: 1, mp_context=context):
                pass
        """,
        "on macOS and Windows",
    ),
    "set_start_method with an expression": (
        """
        def main():
            mp.Process(target=lambda: 1).start()

        if __name__ == "__main__":
            mp.set_start_method("spawn" if os.name == "nt" else "fork")
            main()
        """,
        WINDOWS,
    ),
    "set_start_method for a version": (
        """
        def main():
            mp.Process(target=lambda: 1).start()

        if __name__ == "__main__":
            if sys.version_info >= (3, 14):
                mp.set_start_method("fork")
            main()
        """,
        "on macOS and Windows up to Python 3.13",
    ),
    "set_start_method in the guard's own condition": (
        """
        def main():
            mp.Process(target=lambda: 1).start()

        if __name__ == "__main__" and platform.system() == "Darwin":
            mp.set_start_method("fork")
        """,
        "on Windows and, from Python 3.14, Linux",
    ),
}


@pytest.mark.parametrize(("program", "places"), PROGRAMS.values(), ids=PROGRAMS)
def test_what_one_platform_reaches(program: str, places: str) -> None:
    assert_places(program, places)


@pytest.mark.parametrize(("program", "places"), CONTEXTS.values(), ids=CONTEXTS)
def test_a_context_that_the_platform_decides(program: str, places: str) -> None:
    assert_places(program, places)


def assert_places(program: str, places: str) -> None:
    """The one finding in a program bites in these places."""
    models = analyse(files_of(IMPORTS + dedent(program)))
    (found,) = [diagnostic for model in models.values() for diagnostic in check(model, POLICY)]
    assert found.finding.when.places == places


@programs(
    {
        "fork wherever there is fork, and nothing elsewhere": """
            def main():
                if os.name != "nt":
                    get_context("fork").Process(target=lambda: 1).start()
            """,
        "threads on every platform, found in two places": """
            if os.name == "nt":
                from multiprocessing.pool import ThreadPool as Pool
            else:
                from multiprocessing.dummy import Pool

            def main():
                Pool().map(lambda n: n, [1])
            """,
        "an unguarded start where fork is the default": """
            if sys.platform == "linux" and sys.version_info < (3, 14):
                mp.Pool(2)
            """,
        "what pickles up to 3.13": """
            import itertools

            def main():
                if sys.version_info < (3, 14):
                    mp.Pool().map(print, [itertools.count()])
            """,
        "the arm that no platform takes": """
            def main():
                mp.Pool().map(print if sys.version_info > (3,) else (lambda n: n), [1])
            """,
    }
)
def test_what_bites_nowhere_is_silent(program: str) -> None:
    assert not findings(IMPORTS + dedent(program))


def test_a_setting_is_changed_by_hand_and_decides_nothing() -> None:
    (found,) = diagnostics(under('MODE == "b"') + 'MODE = "a"')
    assert found.severity is Severity.ERROR


def test_start_methods_are_not_narrowed_by_targets() -> None:
    (found,) = diagnostics(f'{IMPORTS}\nif sys.platform == "win32":\n    mp.Pool(2)\n')
    assert found.finding.when.methods.names == ["spawn", "forkserver"]


def test_one_mistake_that_two_ways_lead_to_bites_on_the_targets_of_both() -> None:
    program = f"""{IMPORTS}
def run(task):
    if os.name == "nt":
        mp.Pool(1).map(task, [1])
    else:
        mp.Pool(2).map(task, [1])

def main():
    run(lambda n: n)
"""
    (found,) = diagnostics(program)
    assert found.severity is Severity.ERROR


def test_only_the_targets_of_the_project_count() -> None:
    model = module(under('sys.platform == "win32"'))
    assert not check(model, Policy(ignore=ASIDES, targets=(Target(Platform.LINUX, (3, 14)),)))
    (found,) = check(model, Policy(ignore=ASIDES, targets=(Target(Platform.WINDOWS, (3, 12)),)))
    assert found.severity is Severity.ERROR


@pytest.mark.parametrize(
    ("targets", "phrase"),
    [
        (Targets.on(*Platform), "on every platform"),
        (Targets.on(Platform.WINDOWS, Platform.LINUX), "on Windows and Linux"),
        (Targets.where(lambda target: target.python == (3, 12)), "on every platform with Python 3.12"),
        (
            Targets.where(lambda target: target.python in ((3, 11), (3, 13))),
            "on every platform with Python 3.11 and 3.13",
        ),
        (
            Targets.where(lambda target: (target.python < (3, 14)) is (target.platform is Platform.LINUX)),
            "on macOS and Windows from Python 3.14 and on Linux up to Python 3.13",
        ),
        (
            Targets.where(lambda target: (3, 11) <= target.python <= (3, 13) and target.platform is Platform.LINUX),
            "on Linux with Python 3.11 to 3.13",
        ),
    ],
)
def test_targets_print_as_a_phrase(targets: Targets, phrase: str) -> None:
    assert str(targets) == phrase


def test_a_choice_for_some_targets_leaves_the_others_to_the_platform() -> None:
    windows = Targets.on(Platform.WINDOWS)
    when = When.of(StartMethods.FORK, Choice(((windows, StartMethods.SPAWN),)))
    assert when.places == "on Linux up to Python 3.13"
