"""Receipts: what is read of their pictures, and how."""
