"""Keeps what tasks give, and reads it when all of them have been handed over."""

import re
from dataclasses import dataclass

from spawnsafe.edits.naming import is_free
from spawnsafe.edits.replace import replacement
from spawnsafe.edits.text import indent_unit, indentation, line_start, stands_alone, whole_lines, with_comments
from spawnsafe.findings import FileEdit, Fix
from spawnsafe.model.lifecycle.pools import method_of, outer_site
from spawnsafe.model.lifecycle.tasks import Task
from spawnsafe.model.module import Module
from spawnsafe.model.names import Step
from spawnsafe.source import Edit
from spawnsafe.syntax import facts
from spawnsafe.syntax.blocks import Extent
from spawnsafe.syntax.facts import Ending, Flow, ScopeKind

_ELSE = re.compile(r"(?:\s|#[^\r\n]*)*else\b")


def keep_results(module: Module, task: Task) -> Fix | None:
    """Return the repair that reads what a task gives; None if there is no plain place to do so.

    It is never safe: the program then waits for the task, and an exception in the worker is raised.
    """
    collection = _Collection(module, task)
    edits = collection.edits()
    return Fix(collection.title, tuple(edits), safe=False) if edits else None


@dataclass(frozen=True, slots=True)
class _Collection:
    """Writes down where the results of a task are kept and read."""

    module: Module
    task: Task

    @property
    def title(self) -> str:
        """What the repair does."""
        return "Go through the results" if self.task.is_iterated else f"Keep it and call `{self._reader}()`"

    def edits(self) -> list[FileEdit]:
        """Return the edits, none if it is not plain what to do."""
        step, call = self.task.step, self.task.call
        text, block = self.module.document.text, step.block
        start, end = block.place(call.at)
        if step.scope.kind is ScopeKind.COMPREHENSION:
            return self._of_comprehension()
        if step.event.statement != call.at or not stands_alone(text, (start, end)):
            return []
        if self.task.is_iterated:
            return [replacement(self.module, (start, start), "list("), replacement(self.module, (end, end), ")")]
        loop = self._loop(step)
        if loop is not None:
            return self._of_loop(loop, (start, end))
        return self._of_statement((start, end))

    # --- where the results come from

    def _of_comprehension(self) -> list[FileEdit]:
        """Read the results behind the list that keeps them."""
        scope = self.task.step.scope
        site = outer_site(self.task.step.site)
        for step in site.scope.steps:
            match step.event:
                case facts.Bind(name=name, source=facts.Assigned(term=facts.Comprehension(kind="list") as term)):
                    extent = step.block.place(step.event.statement)
                    if term.scope is scope.facts and stands_alone(self.module.document.text, extent):
                        return [self._reading(name, extent)] if self._is_free(self._one) else []
        return []

    def _of_loop(self, loop: int, extent: Extent) -> list[FileEdit]:
        """Keep the results in a list that is made above a loop and read below it."""
        step, text, many = self.task.step, self.module.document.text, f"{self._one}s"
        region, block = step.scope.regions[loop], step.scope.region_blocks[loop]
        if region.subject is None or not self._is_free(many) or not self._is_free(self._one):
            return []
        start = line_start(text, block.place(region.subject.at)[0])
        whole = start + len(indentation(text, start)), max(block.place(region.at)[1], extent[1])
        end = with_comments(text, whole)[1]
        if not text.startswith("for", whole[0]) or _ELSE.match(text, end):
            return []
        line = f"{indentation(text, start)}{many} = []{self.module.text.newline}"
        return [
            replacement(self.module, (start, start), line),
            replacement(self.module, (extent[0], extent[0]), f"{many}.append("),
            replacement(self.module, (extent[1], extent[1]), ")"),
            self._reading(many, whole),
        ]

    def _of_statement(self, extent: Extent) -> list[FileEdit]:
        """Read the result of one task at the end of the block that hands it over."""
        step, text = self.task.step, self.module.document.text
        region, block = step.scope.regions[step.region], step.scope.region_blocks[step.region]
        if not step.region or region.ending is not Ending.NONE or region.flow not in (Flow.ALWAYS, Flow.BRANCH):
            return []
        end = block.place(region.at)[1]
        if not text[extent[1] : end].strip():
            return [replacement(self.module, (extent[1], extent[1]), f".{self._reader}()")]
        if not self._is_free(self._one):
            return []
        indent, newline = indentation(text, line_start(text, extent[0])), self.module.text.newline
        last = whole_lines(text, (extent[1], end))[1]
        opening = "" if text[:last].endswith(("\n", "\r")) else newline
        return [
            replacement(self.module, (extent[0], extent[0]), f"{self._one} = "),
            replacement(self.module, (last, last), f"{opening}{indent}{self._one}.{self._reader}(){newline}"),
        ]

    # --- words

    @property
    def _reader(self) -> str:
        return "result" if method_of(self.task.step) == "submit" else "get"

    @property
    def _one(self) -> str:
        return "future" if method_of(self.task.step) == "submit" else "result"

    def _is_free(self, name: str) -> bool:
        return is_free(self.module, name, [outer_site(self.task.step.site).scope])

    def _reading(self, many: str, extent: Extent) -> FileEdit:
        """Return the edit that reads what a list keeps, below a statement."""
        text, newline = self.module.document.text, self.module.text.newline
        indent, end = indentation(text, line_start(text, extent[0])), with_comments(text, extent)[1]
        lines = [
            f"{indent}for {self._one} in {many}:",
            f"{indent}{indent_unit(text)}{self._one}.{self._reader}()",
        ]
        code = "".join(line + newline for line in lines)
        opening = "" if text[:end].endswith(("\n", "\r")) else newline
        return FileEdit(self.module.path, Edit(self.module.text.span(end, end), opening + code))

    def _loop(self, step: Step) -> int | None:
        """Return the outermost loop around a step that does not make the pool anew in each turn."""
        made = self.task.life.made if self.task.life is not None else None
        loops = [
            index
            for index in step.scope.enclosing(step.region)
            if step.scope.regions[index].flow is Flow.LOOP
            and not (
                made is not None
                and made.scope is step.scope
                and step.scope.regions[index].events[0] <= made.order < step.scope.regions[index].events[1]
            )
        ]
        return min(loops, default=None)
