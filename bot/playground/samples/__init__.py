"""Receipts that the playground draws by itself: made-up shops of several countries, photographed on a table."""
