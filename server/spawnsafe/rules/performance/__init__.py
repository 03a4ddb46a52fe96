"""What makes workers wait, or sends more than it needs to."""
