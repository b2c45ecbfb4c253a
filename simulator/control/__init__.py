"""The control API `/_sandbox/*`: worlds, their clock, journal and limits."""
