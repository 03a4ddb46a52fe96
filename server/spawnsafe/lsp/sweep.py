"""The check of the whole workspace: file by file, between whatever else is asked, with progress."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from lsprotocol import types

if TYPE_CHECKING:
    from concurrent.futures import Future

    from spawnsafe.lsp.server import Server

_BATCH = 20
"""How many files are checked before somebody else's question is answered."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check of the workspace came to."""

    files: int
    """How many were checked."""
    troubled: int
    """In how many of these something was found."""
    findings: int
    is_cancelled: bool

    def __str__(self) -> str:
        """Say it in a line."""
        found = f"{_many(self.findings, 'finding')} in {_many(self.troubled, 'file')}" if self.findings else "nothing"
        return f"found {found}; {'stopped after' if self.is_cancelled else 'checked'} {_many(self.files, 'file')}"


class Sweep:
    """What the client shows of files that are not open, which is what the last check of the workspace found in them.

    An open file shows its own diagnostics instead, so that nothing is there twice. Once the workspace was checked,
    files that change on disk are checked again.
    """

    def __init__(self, server: "Server") -> None:
        self._server = server
        self._shown: dict[Path, str] = {}
        self._has_run = False

    async def run(self, folders: Iterable[Path]) -> Outcome:
        """Check the files in folders until the user has enough of it."""
        self._has_run = True
        found: dict[Path, int] = {}
        async with self._progress() as progress:
            paths = await self._server.ask(lambda analysis: list(analysis.files(folders)))
            for first in range(0, len(paths), _BATCH):
                if progress.is_cancelled:
                    break
                found |= await self._check(paths[first : first + _BATCH])
                progress.tell(len(found), len(paths))
        troubled = [count for count in found.values() if count]
        return Outcome(len(found), len(troubled), sum(troubled), is_cancelled=len(found) < len(paths))

    async def again(self, changed: Iterable[Path]) -> None:
        """Check files that have changed, and those of which something is shown, if the workspace was checked once."""
        if self._has_run:
            await self._check([*dict.fromkeys([*changed, *self._shown])])

    def opened(self, path: Path) -> None:
        """Show nothing more of a file; its own diagnostics are to come."""
        if uri := self._shown.pop(path, None):
            self._server.publish(uri, None, [])

    async def _check(self, paths: Iterable[Path]) -> dict[Path, int]:
        """Check files and show what is found in those that are not open; return how much that is."""
        checked = await self._server.ask(lambda analysis: [(path, *analysis.closed(path)) for path in paths])
        for path, uri, items in checked:
            if self._server.is_open(path):
                self._shown.pop(path, None)
            elif items:
                self._shown[path] = uri
                self._server.publish(uri, None, items)
            elif self._shown.pop(path, None):
                self._server.publish(uri, None, [])
        return {path: len(items) for path, _, items in checked}

    @asynccontextmanager
    async def _progress(self) -> "AsyncIterator[_Progress]":
        """Have a client that can show progress do so until the end of the block."""
        server = self._server
        if not server.client.shows_progress:
            yield _Progress(server, None)
            return
        token = f"spawnsafe-{uuid4().hex}"
        await server.work_done_progress.create_async(token)
        begin = types.WorkDoneProgressBegin(title="spawnsafe: checking the workspace", cancellable=True, percentage=0)
        server.work_done_progress.begin(token, begin)
        try:
            yield _Progress(server, token)
        finally:
            server.work_done_progress.end(token, types.WorkDoneProgressEnd())
            del server.work_done_progress.tokens[token]


@dataclass(frozen=True, slots=True)
class _Progress:
    """How far the check has come, as far as the client wants to know."""

    server: "Server"
    token: str | None

    @property
    def is_cancelled(self) -> bool:
        return self.token is not None and self._future(self.token).cancelled()

    def _future(self, token: str) -> "Future[Any]":
        future: Future[Any] = self.server.work_done_progress.tokens[token]
        return future

    def tell(self, done: int, total: int) -> None:
        if self.token is not None:
            report = types.WorkDoneProgressReport(message=f"{done}/{total}", percentage=100 * done // total)
            self.server.work_done_progress.report(self.token, report)


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + "s" * (count != 1)
