"""The lives of processes, pools, tasks and queues."""
