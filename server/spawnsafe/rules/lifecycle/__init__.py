"""Rules about the life of pools, processes, results and queues: what is closed, read and waited for, and when."""
