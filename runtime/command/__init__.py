"""What the commands of all compilers share: exit statuses, the edge of the process, files, progress."""
