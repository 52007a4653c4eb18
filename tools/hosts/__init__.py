"""Several hosts on one machine: namespaces of networks and of processes, and what a night of theirs comes to."""
