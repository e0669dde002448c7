"""Bugs to plant: small mutations of kernel and libraries, each of which the crash tester must find."""
