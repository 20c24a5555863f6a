"""Approvals: who is asked about an expense, what they decide, what they want to know."""
