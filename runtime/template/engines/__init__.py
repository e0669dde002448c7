"""What `runtime.template.engine` is made of: calls, loops over partitions, functions optimized before."""
