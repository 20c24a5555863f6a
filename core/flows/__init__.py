"""Verbs that cross capabilities, one file each."""
