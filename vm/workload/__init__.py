"""Workloads of the papers as library programs, and what they cost: in virtual time, in requests, in calls."""
