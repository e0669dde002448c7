"""Signals for programs that a test starts in order to interrupt them."""

HEARING = ("env", "--default-signal=HUP,INT,TERM")
"""Before a command: it hears what `nohup` or a shell's `&` made this process ignore."""
