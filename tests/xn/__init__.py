"""Tests of XN, written as an attacker would."""
