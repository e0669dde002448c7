"""The subcommands of `xok`, one module each, and what they share."""
