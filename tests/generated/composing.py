"""Composes programs of shapes, and says what each must print."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from shapes import (
    AROUND,
    CALLS,
    CAPTURES,
    CLOSING,
    FILES,
    GUARDS,
    HOLDERS,
    ITEMS,
    MAKERS,
    NESTINGS,
    NUMBERS,
    PLACES,
    PROCESSES,
    READY,
    TASKS,
    WAYS,
    Lines,
    indented,
)
from styles import FINISHES, STYLES, write


def _axis(*names: str) -> str:
    first: str = field(default=names[0], metadata={"names": names})
    return first


@dataclass(frozen=True)
class Recipe:
    """The shapes of a program, by their names; the default of each is the plainest.

    Which shapes fit depends on those before them.
    """

    maker: str = _axis(*MAKERS)
    holder: str = _axis(*HOLDERS)
    call: str = _axis(*dict.fromkeys(name for calls in CALLS.values() for name in calls))
    items: str = _axis(*ITEMS)
    way: str = _axis(*WAYS)
    nesting: str = _axis(*NESTINGS)
    around: str = _axis(*AROUND)
    guard: str = _axis(*GUARDS)
    task: str = _axis(*TASKS)
    place: str = _axis(*PLACES)
    capture: str = _axis(*CAPTURES)
    captured: str = _axis("module", "job")
    style: str = _axis(*STYLES)
    finish: str = _axis(*FINISHES)

    def __str__(self) -> str:
        """Return what is not plain in it, in the form that `read_recipe` reads."""
        told = [f"{each.name}={value}" for each in fields(self) if (value := getattr(self, each.name)) != each.default]
        return ", ".join(told) or "plain"


@dataclass(frozen=True)
class Program:
    """A program, whose main file is `main.py`, and what it must print."""

    recipe: Recipe
    files: Mapping[str, str]
    output: str
    is_local: bool
    """Whether it can be mended on the spot: workers need nothing that only the parent can have, and no file starts
    workers while another one imports it."""


def names(axis: str) -> tuple[str, ...]:
    """Return the shapes of an axis, the plainest first."""
    (found,) = (each.metadata["names"] for each in fields(Recipe) if each.name == axis)
    return tuple(found)


def read_recipe(told: str) -> Recipe:
    """Return the recipe that is told as `axis=shape, axis=shape`."""
    return Recipe(**dict(part.split("=", 1) for part in told.split(", ") if part != "plain"))


def simpler(recipe: Recipe) -> Iterator[Recipe]:
    """Yield recipes that are plainer in one axis, the plainest first."""
    for each in fields(recipe):
        shapes = names(each.name)
        for name in shapes[: shapes.index(getattr(recipe, each.name))]:
            other = replace(recipe, **{each.name: name})
            if _Composer(other).fits:
                yield other


# --- drawing -------------------------------------------------------------------------------------------------


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """Draw a program: of a plain one, each axis is changed in three of four cases."""
    recipe = Recipe()
    for each in fields(Recipe):
        if draw(st.integers(0, 3), label=f"change {each.name}"):
            choices = (replace(recipe, **{each.name: name}) for name in names(each.name))
            recipe = draw(st.sampled_from([choice for choice in choices if _Composer(choice).fits]), label=each.name)
    return compose(recipe)


def sample(count: int, number: int) -> list[Program]:
    """Return about so many programs; for the same number the same ones, none of them twice."""
    found: dict[str, Program] = {}

    @seed(number)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(programs())
    def collect(program: Program) -> None:
        found.setdefault("".join(program.files.values()), program)

    collect()
    return list(found.values())


# --- composing -----------------------------------------------------------------------------------------------


def compose(recipe: Recipe) -> Program:
    """Return the program that a recipe describes; its shapes must fit."""
    composer = _Composer(recipe)
    files = {"main.py": composer.main(), **composer.elsewhere()}
    if recipe.guard == "inverted":
        files |= {"work.py": files["main.py"], "main.py": ("import work",)}
    written = {name: write(lines, recipe.style, recipe.finish) if lines else "" for name, lines in files.items()}
    return Program(recipe, written, f"{composer.results()}\n", composer.is_local)


class _Composer:
    """Puts the shapes of a recipe together."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.maker, self.holder = MAKERS[recipe.maker], HOLDERS[recipe.holder]
        self.task, self.capture = TASKS[recipe.task], CAPTURES[recipe.capture]
        self.nesting, self.way, self.items = NESTINGS[recipe.nesting], WAYS[recipe.way], ITEMS[recipe.items]
        given = "extra" if self.capture.lines else "1"
        use = "extra" if self._has_parameter and not self.capture.lines else self.capture.code
        own = _filled(self.task.definitions, use=use, given=given)
        self.definitions = _paragraphs([self.items.definitions, own])
        self.expression = self.task.code.format(use=use, given=given)
        self.is_process = self.maker.family == "process"

    @property
    def fits(self) -> bool:
        """Whether the shapes fit together, and all of them are seen."""
        recipe = self.recipe
        runs_in_class = recipe.nesting == "class body"
        is_outside = recipe.place in ("above", "below") and self.nesting.depth
        defined_outside = is_outside or self._is_elsewhere
        misfits = (
            self.is_process and (recipe.holder, recipe.call, recipe.place == "late") != ("with", "map", False),
            not self.is_process and recipe.call not in CALLS[self.maker.family],
            not self.definitions and recipe.place != "above",
            self.capture.options and (self.is_process or recipe.captured == "job"),
            # workers have it, and the parent, which would hand it over, does not
            self.capture.options and self.capture.lines and self._has_parameter,
            not self.nesting.start and recipe.place == "below",
            recipe.captured == "job" and not self.capture.lines,
            self.capture.lines and "{use}" not in "".join((self.task.code, *self.task.definitions)),
            recipe.captured == "job" and self._is_read_by_definitions and defined_outside,
            recipe.captured == "job" and recipe.task == "default" and recipe.place == "above",
            # functions do not see the scope of a class around them
            runs_in_class and recipe.captured == "job" and not self._has_parameter,
            runs_in_class and self.items.definitions and recipe.place in ("job", "late"),
            # the wrapper, which makes the items, does not see the scope of the job
            recipe.way == "wrapper"
            and self.items.definitions
            and recipe.place in ("job", "late")
            and self.nesting.depth,
            runs_in_class and recipe.way != "wrapper" and not self.is_process and self._call.startswith("["),
        )
        return not any(misfits)

    def results(self) -> list[int]:
        """Return what the program collects: what the tasks return, or how the processes end."""
        return [0 if self.is_process else self.task.result(number, self.capture.worth) for number in NUMBERS]

    @property
    def is_local(self) -> bool:
        """Whether workers can have what the task uses, and are not started by an import."""
        if self.recipe.guard == "inverted":
            return False
        if not self.task.crosses or self.recipe.items == "fields":
            return False
        found_by_name = self.recipe.captured == "module" or self.recipe.capture == "module"
        return self.capture.crosses or (found_by_name and not self._has_parameter)

    # --- files

    def main(self) -> Lines:
        """Return the lines of the main file."""
        recipe = self.recipe
        above = [
            (READY,),
            self.capture.lines if recipe.captured == "module" and not self._captures_elsewhere else (),
            self.definitions if recipe.place == "above" else (),
            self.maker.definitions,
            () if self.is_process else _filled(self.holder.definitions, maker=self._made),
            self._wrapper if recipe.way == "wrapper" else (),
        ]
        job = (*self.nesting.before, *_deeper(self._job, self.nesting.depth), *self.nesting.after)
        below = self.definitions if recipe.place == "below" else ()
        start = self.nesting.start or job
        outside = [*above, job, below] if self.nesting.start else above
        guard = GUARDS[recipe.guard]
        if recipe.guard == "everything":
            body = _paragraphs([*outside, start], gap=1)
            return _paragraphs([self._imports(body), (guard, *indented(body))])
        guarded = (guard, *indented(start)) if guard else start
        return _paragraphs([self._imports((*_paragraphs(outside), *guarded)), *outside, guarded])

    def elsewhere(self) -> Mapping[str, Lines]:
        """Return the lines of the other files."""
        if not self._is_elsewhere:
            return {}
        capture = self.capture.lines if self._captures_elsewhere else ()
        imports = _needed((*self.task.imports, *self.capture.imports), (*capture, *self.definitions))
        name, *others = FILES[self.recipe.place]
        return {name: _paragraphs([imports, capture, self.definitions]), **dict.fromkeys(others, ())}

    def _imports(self, lines: Lines) -> Lines:
        return _needed(
            (
                *self.maker.imports,
                *self.task.imports,
                *self.capture.imports,
                *self.nesting.imports,
                "from contextlib import nullcontext",
                "from multiprocessing import current_process",
                *self._imports_from_elsewhere,
            ),
            lines,
        )

    @property
    def _imports_from_elsewhere(self) -> Lines:
        if not self._is_elsewhere:
            return ()
        module = FILES[self.recipe.place][0].removesuffix(".py").replace("/", ".")
        lines = "\n".join((*self.definitions, *(self.capture.lines if self._captures_elsewhere else ())))
        names = re.findall(r"^(?:def |class )?(\w+)(?= =|\(|:)", lines, re.MULTILINE)
        return tuple(f"from {module} import {name}" for name in names)

    # --- the job

    @property
    def _job(self) -> Lines:
        """The lines that bind what is captured, open the pool, use it, and print."""
        recipe = self.recipe
        before, after = AROUND[recipe.around]
        own = (
            self.capture.lines if recipe.captured == "job" else (),
            self.definitions if recipe.place == "job" else (),
        )
        lines = (*own[0], *own[1], *(self._processes if self.is_process else self._pool), "print(results)")
        return (*before, *indented(lines), *after) if before else lines

    @property
    def _pool(self) -> Lines:
        way = _filled(self.way.lines, task=self.expression)
        late = (*self.definitions, *way) if self.recipe.place == "late" else ()
        call = "spread({pool}, {task})" if self.recipe.way == "wrapper" else self._call
        use = (*late, f"results = {self._called(call, self.holder.name, self._sent)}")
        opening = _filled(self.holder.opening, maker=self._made)
        if self.recipe.place != "late":
            opening = (*way, *opening)
        if self.holder.is_with:
            return (*opening, *indented(use))
        return (*opening, *use, *_filled(CLOSING[self.maker.family], pool=self.holder.name))

    @property
    def _processes(self) -> Lines:
        if self.recipe.way == "wrapper":
            return (f"results = spread({self.expression})",)
        way = _filled(self.way.lines, task=self.expression)
        return (*way, *self._each_process(self._sent))

    @property
    def _wrapper(self) -> Lines:
        """The function through which a task can go."""
        if self.is_process:
            return ("def spread(job):", *indented((*self._each_process("job"), "return results")))
        return ("def spread(pool, job):", f"    return {self._called(self._call, 'pool', 'job')}")

    def _each_process(self, task: str) -> Lines:
        return _filled(PROCESSES, items=self.items.code, maker=self.maker.code.format(task=task))

    def _called(self, call: str, pool: str, task: str) -> str:
        return call.format(pool=pool, task=task, items=self.items.code)

    @property
    def _sent(self) -> str:
        """What stands in the call for the task."""
        return self.expression if self.recipe.way == "wrapper" else self.way.code.format(task=self.expression)

    @property
    def _call(self) -> str:
        return CALLS[self.maker.family][self.recipe.call]

    @property
    def _made(self) -> str:
        """What makes the pool."""
        return self.maker.code.format(options=self.capture.options)

    # --- what is seen from where

    @property
    def _is_elsewhere(self) -> bool:
        return self.recipe.place in FILES

    @property
    def _captures_elsewhere(self) -> bool:
        return self._is_elsewhere and self._is_read_by_definitions

    @property
    def _has_parameter(self) -> bool:
        return "{given}" in "".join((self.task.code, *self.task.definitions))

    @property
    def _is_read_by_definitions(self) -> bool:
        return "{given}" not in self.task.code


def _filled(lines: Lines, **values: str) -> Lines:
    return tuple(line.format(**values) for line in lines)


def _deeper(lines: Lines, depth: int) -> Lines:
    for _ in range(depth):
        lines = indented(lines)
    return lines


def _needed(imports: Iterable[str], lines: Lines) -> Lines:
    """Return the imports whose names are in lines."""
    words = set(re.findall(r"\w+", "\n".join(lines)))
    return tuple(dict.fromkeys(line for line in imports if re.findall(r"\w+", line)[-1] in words))


def _paragraphs(parts: Iterable[Lines], gap: int = 2) -> Lines:
    """Return parts with blank lines between them."""
    lines: Lines = ()
    for part in filter(None, parts):
        lines += (*("",) * gap, *part) if lines else part
    return lines
