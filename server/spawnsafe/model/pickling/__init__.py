"""What crosses to a worker, and what pickle makes of it."""
