"""Tests of the IR: its text and binary forms, the verifier, the interpreter."""
