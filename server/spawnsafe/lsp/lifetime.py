"""Ends the server when its client is gone without having said so."""

import asyncio
import os
import sys

POLL = 1.0
"""Seconds between two looks whether the client still lives."""

_watches: set[asyncio.Task[None]] = set()


def exit_with(process_id: int) -> None:
    """End this process soon after another has ended.

    One that cannot be seen (it runs outside our container) is not watched, and on Windows none is: there the
    end of the client ends our standard input, which ends the server.
    """
    if sys.platform != "win32" and _is_alive(process_id):
        watch = asyncio.get_running_loop().create_task(_watch(process_id))
        _watches.add(watch)  # the loop keeps no tasks alive


async def _watch(process_id: int) -> None:
    while _is_alive(process_id):  # noqa: ASYNC110  # the system sends no event
        await asyncio.sleep(POLL)
    os._exit(1)  # the thread that reads standard input would hold up any other exit


def _is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # it lives, but is not ours
    return True
