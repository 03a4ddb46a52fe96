"""What crosses the boundary between processes, and what cannot."""
