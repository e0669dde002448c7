"""The subcommands of `dpfc`, one file each; `dpfc.cli` imports only the one that is asked for."""
