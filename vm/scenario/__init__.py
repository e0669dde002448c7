"""Scenarios of the network, what `xok net` runs: environments, filters, handlers, links, captures."""
