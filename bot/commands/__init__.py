"""The verbs of the command line, a module for each: its `app` is a typer application.

A module of a verb imports what it needs inside its functions, so that `expenseflow VERB --help` answers at once.
"""
