"""Faults of spawnsafe itself."""

import os


def internal_error(error: Exception, where: str = "") -> str:
    """Return the line that tells of a fault of spawnsafe itself; raise it if SPAWNSAFE_TRACEBACK is set."""
    if os.environ.get("SPAWNSAFE_TRACEBACK"):
        raise error
    what = " ".join(f"{type(error).__name__}: {error}".split())
    return f"internal error{where}: {what} (set SPAWNSAFE_TRACEBACK=1 to see where, and please report it)"
