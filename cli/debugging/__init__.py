"""The commands of the debugger, by subject; `micrograd_plus.cli.debug_commands` is their table."""
