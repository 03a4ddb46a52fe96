"""What is called, with which arguments, and what of its effects is lost."""
