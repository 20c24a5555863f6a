"""All tables: imports every tables.py, so that one metadata knows them. The audit trail comes with it."""

import core.approvals.tables
import core.audit.tables
import core.audit.trail
import core.categories.tables
import core.conversations.tables
import core.expenses.tables
import core.files.tables
import core.identity.tables
import core.queue.tables
import core.receipts.tables
import core.tenancy.tables  # noqa: F401 - imported for what they declare
from core.store.base import Base

metadata = Base.metadata
