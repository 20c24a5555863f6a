"""The first tables: tenancy, identity, conversations, queue, audit, files, categories, expenses."""

import sqlalchemy as sa
from alembic import op

from core.store import types

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "audit",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("member_id", types.Id(), nullable=True),
        sa.Column("account_id", types.Id(), nullable=True),
        sa.Column("platform", types.Words(), nullable=False),
        sa.Column("operation", types.Words(), nullable=False),
        sa.Column("trace_id", types.Id(), nullable=True),
        sa.Column("action", types.Words(), nullable=False),
        sa.Column("subject_kind", types.Words(), nullable=False),
        sa.Column("subject_id", types.Id(), nullable=False),
        sa.Column("subject_version", types.Count(), nullable=False),
        sa.Column("before", types.Json(), nullable=False),
        sa.Column("after", types.Json(), nullable=False),
        sa.Column("digest", types.Words(), nullable=False),
        sa.Column("seal_number", types.Count(), nullable=True),
        sa.Column("seal", types.Words(), nullable=True),
        sa.Column("workspace_id", types.Id(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sa.UniqueConstraint(
            "subject_kind",
            "subject_id",
            "subject_version",
            name=op.f("uq_audit_subject_kind_subject_id_subject_version"),
        ),
        sa.UniqueConstraint("workspace_id", "seal_number", name=op.f("uq_audit_workspace_id_seal_number")),
        sqlite_strict=True,
    )
    op.create_index("ix_audit_workspace_at", "audit", ["workspace_id", "at"], unique=False)
    op.create_index(op.f("ix_audit_workspace_id"), "audit", ["workspace_id"], unique=False)
    op.create_table(
        "lanes",
        sa.Column("lane", types.Id(), nullable=False),
        sa.Column("last_position", types.Count(), nullable=False),
        sa.PrimaryKeyConstraint("lane", name=op.f("pk_lanes")),
        sqlite_strict=True,
    )
    op.create_table(
        "work_queue",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("kind", types.Words(), nullable=False),
        sa.Column("lane", types.Id(), nullable=False),
        sa.Column("position", types.Count(), nullable=False),
        sa.Column("workspace_id", types.Id(), nullable=True),
        sa.Column("dedupe_key", types.Id(), nullable=True),
        sa.Column("payload", types.Json(), nullable=False),
        sa.Column("trace_id", types.Id(), nullable=True),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("due_at", types.Instant(), nullable=False),
        sa.Column("lease_until", types.Instant(), nullable=True),
        sa.Column("owner", types.Id(), nullable=True),
        sa.Column("attempts", types.Count(), nullable=False),
        sa.Column("done_at", types.Instant(), nullable=True),
        sa.Column("failure", types.Words(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_queue")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_work_queue_dedupe_key")),
        sqlite_strict=True,
    )
    op.create_index("ix_work_queue_due", "work_queue", ["done_at", "kind", "due_at"], unique=False)
    op.create_index("ix_work_queue_lane_open", "work_queue", ["lane", "done_at", "position"], unique=False)
    op.create_table(
        "workspaces",
        sa.Column("name", types.Words(), nullable=False),
        sa.Column("language", types.Words(), nullable=False),
        sa.Column("time_zone", types.Words(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("version", types.Count(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workspaces")),
        sqlite_strict=True,
    )
    op.create_table(
        "businesses",
        sa.Column("workspace_id", types.Id(), nullable=False),
        sa.Column("name", types.Words(), nullable=False),
        sa.Column("currency", types.Words(), nullable=False),
        sa.Column("is_default_since", types.Instant(), nullable=False),
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("version", types.Count(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_businesses_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_businesses")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_businesses_workspace_id"), "businesses", ["workspace_id"], unique=False)
    op.create_table(
        "categories",
        sa.Column("workspace_id", types.Id(), nullable=False),
        sa.Column("key", types.Words(), nullable=False),
        sa.Column("name", types.Words(), nullable=True),
        sa.Column("icon", types.Words(), nullable=False),
        sa.Column("colour", types.Words(), nullable=False),
        sa.Column("position", types.Count(), nullable=False),
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("version", types.Count(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_categories_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_categories")),
        sa.UniqueConstraint("workspace_id", "key", name=op.f("uq_categories_workspace_id_key")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_categories_workspace_id"), "categories", ["workspace_id"], unique=False)
    op.create_table(
        "files",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("workspace_id", types.Id(), nullable=False),
        sa.Column("content_hash", types.Words(), nullable=False),
        sa.Column("media_type", types.Words(), nullable=False),
        sa.Column("size_bytes", types.Count(), nullable=False),
        sa.Column("key_id", types.Words(), nullable=True),
        sa.Column("reference_count", types.Count(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_files_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
        sa.UniqueConstraint("workspace_id", "content_hash", name=op.f("uq_files_workspace_id_content_hash")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_files_workspace_id"), "files", ["workspace_id"], unique=False)
    op.create_table(
        "installations",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("platform", types.Words(), nullable=False),
        sa.Column("external_id", types.Id(), nullable=False),
        sa.Column("name", types.Words(), nullable=False),
        sa.Column("is_team", types.Flag(), nullable=False),
        sa.Column("reuses_keys", types.Flag(), nullable=False),
        sa.Column("workspace_id", types.Id(), nullable=True),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_installations_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installations")),
        sa.UniqueConstraint("platform", "external_id", name=op.f("uq_installations_platform_external_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "workspace_counters",
        sa.Column("workspace_id", types.Id(), nullable=False),
        sa.Column("kind", types.Words(), nullable=False),
        sa.Column("last_number", types.Count(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_workspace_counters_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "kind", name=op.f("pk_workspace_counters")),
        sqlite_strict=True,
    )
    op.create_table(
        "accounts",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("installation_id", types.Id(), nullable=False),
        sa.Column("user", types.Id(), nullable=False),
        sa.Column("channel", types.Id(), nullable=True),
        sa.Column("name", types.Words(), nullable=False),
        sa.Column("language", types.Words(), nullable=False),
        sa.Column("time_zone", types.Words(), nullable=True),
        sa.Column("may_join", types.Flag(), nullable=False),
        sa.Column("current_workspace_id", types.Id(), nullable=True),
        sa.Column("unreachable_since", types.Instant(), nullable=True),
        sa.Column("last_seen_at", types.Instant(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["current_workspace_id"], ["workspaces.id"], name=op.f("fk_accounts_current_workspace_id")
        ),
        sa.ForeignKeyConstraint(["installation_id"], ["installations.id"], name=op.f("fk_accounts_installation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("installation_id", "user", name=op.f("uq_accounts_installation_id_user")),
        sqlite_strict=True,
    )
    op.create_table(
        "group_chats",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("installation_id", types.Id(), nullable=False),
        sa.Column("channel", types.Id(), nullable=False),
        sa.Column("workspace_id", types.Id(), nullable=True),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["installation_id"], ["installations.id"], name=op.f("fk_group_chats_installation_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_group_chats_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_chats")),
        sa.UniqueConstraint("installation_id", "channel", name=op.f("uq_group_chats_installation_id_channel")),
        sqlite_strict=True,
    )
    op.create_table(
        "inbox",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("installation_id", types.Id(), nullable=False),
        sa.Column("event_key", types.Id(), nullable=False),
        sa.Column("lane", types.Id(), nullable=False),
        sa.Column("arrival", types.Count(), nullable=False),
        sa.Column("album", types.Id(), nullable=True),
        sa.Column("payload", types.Json(), nullable=False),
        sa.Column("state", types.Words(), nullable=False),
        sa.Column("attempts", types.Count(), nullable=False),
        sa.Column("received_at", types.Instant(), nullable=False),
        sa.Column("due_at", types.Instant(), nullable=False),
        sa.Column("done_at", types.Instant(), nullable=True),
        sa.Column("failure_id", types.Words(), nullable=True),
        sa.ForeignKeyConstraint(["installation_id"], ["installations.id"], name=op.f("fk_inbox_installation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("installation_id", "event_key", name=op.f("uq_inbox_installation_id_event_key")),
        sqlite_strict=True,
    )
    op.create_index("ix_inbox_lane", "inbox", ["state", "lane", "arrival"], unique=False)
    op.create_index("ix_inbox_received_at", "inbox", ["received_at"], unique=False)
    op.create_table(
        "members",
        sa.Column("workspace_id", types.Id(), nullable=False),
        sa.Column("business_id", types.Id(), nullable=False),
        sa.Column("name", types.Words(), nullable=False),
        sa.Column("role", types.Words(), nullable=False),
        sa.Column("language", types.Words(), nullable=False),
        sa.Column("time_zone", types.Words(), nullable=False),
        sa.Column("manager_id", types.Id(), nullable=True),
        sa.Column("department", types.Words(), nullable=True),
        sa.Column("working_days", types.Words(), nullable=False),
        sa.Column("work_starts_minute", types.Count(), nullable=False),
        sa.Column("work_ends_minute", types.Count(), nullable=False),
        sa.Column("notifications", types.Words(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("removed_at", types.Instant(), nullable=True),
        sa.Column("merged_into_id", types.Id(), nullable=True),
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("version", types.Count(), nullable=False),
        sa.ForeignKeyConstraint(["business_id"], ["businesses.id"], name=op.f("fk_members_business_id")),
        sa.ForeignKeyConstraint(["manager_id"], ["members.id"], name=op.f("fk_members_manager_id")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["members.id"], name=op.f("fk_members_merged_into_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_members_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_members")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_members_workspace_id"), "members", ["workspace_id"], unique=False)
    op.create_table(
        "account_members",
        sa.Column("account_id", types.Id(), nullable=False),
        sa.Column("member_id", types.Id(), nullable=False),
        sa.Column("workspace_id", types.Id(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("ended_at", types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_account_members_account_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_account_members_member_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_account_members_workspace_id")),
        sa.PrimaryKeyConstraint("account_id", "member_id", name=op.f("pk_account_members")),
        sa.UniqueConstraint("account_id", "workspace_id", name=op.f("uq_account_members_account_id_workspace_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_account_members_member", "account_members", ["member_id"], unique=False)
    op.create_table(
        "card_copies",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("workspace_id", types.Id(), nullable=False),
        sa.Column("subject_kind", types.Words(), nullable=False),
        sa.Column("subject_id", types.Id(), nullable=False),
        sa.Column("account_id", types.Id(), nullable=True),
        sa.Column("installation_id", types.Id(), nullable=False),
        sa.Column("channel", types.Id(), nullable=False),
        sa.Column("message", types.Id(), nullable=False),
        sa.Column("picture_id", types.Id(), nullable=True),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_card_copies_account_id")),
        sa.ForeignKeyConstraint(["installation_id"], ["installations.id"], name=op.f("fk_card_copies_installation_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_card_copies_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_copies")),
        sa.UniqueConstraint(
            "installation_id", "channel", "message", name=op.f("uq_card_copies_installation_id_channel_message")
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_card_copies_subject", "card_copies", ["subject_kind", "subject_id"], unique=False)
    op.create_index(op.f("ix_card_copies_workspace_id"), "card_copies", ["workspace_id"], unique=False)
    op.create_table(
        "code_attempts",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("account_id", types.Id(), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_code_attempts_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_attempts")),
        sqlite_strict=True,
    )
    op.create_index("ix_code_attempts_account_at", "code_attempts", ["account_id", "at"], unique=False)
    op.create_table(
        "dialogs",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("workspace_id", types.Id(), nullable=False),
        sa.Column("account_id", types.Id(), nullable=False),
        sa.Column("form", types.Words(), nullable=False),
        sa.Column("arguments", types.Json(), nullable=False),
        sa.Column("start", types.Json(), nullable=False),
        sa.Column("typed_values", types.Json(), nullable=False),
        sa.Column("position", types.Count(), nullable=False),
        sa.Column("stepwise", types.Flag(), nullable=False),
        sa.Column("state", types.Words(), nullable=False),
        sa.Column("opened_at", types.Instant(), nullable=False),
        sa.Column("closed_at", types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_dialogs_account_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_dialogs_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dialogs")),
        sqlite_strict=True,
    )
    op.create_index("ix_dialogs_account_state", "dialogs", ["account_id", "state"], unique=False)
    op.create_index(op.f("ix_dialogs_workspace_id"), "dialogs", ["workspace_id"], unique=False)
    op.create_table(
        "expenses",
        sa.Column("workspace_id", types.Id(), nullable=False),
        sa.Column("business_id", types.Id(), nullable=False),
        sa.Column("number", types.Count(), nullable=False),
        sa.Column("owner_id", types.Id(), nullable=False),
        sa.Column("state", types.Words(), nullable=False),
        sa.Column("amount_minor", types.MinorUnits(), nullable=False),
        sa.Column("currency", types.Words(), nullable=False),
        sa.Column("base_amount_minor", types.MinorUnits(), nullable=True),
        sa.Column("base_currency", types.Words(), nullable=True),
        sa.Column("rate", types.Words(), nullable=True),
        sa.Column("rate_source", types.Words(), nullable=True),
        sa.Column("rate_date", types.LocalDate(), nullable=True),
        sa.Column("spent_on", types.LocalDate(), nullable=False),
        sa.Column("merchant", types.Words(), nullable=True),
        sa.Column("description", types.Words(), nullable=False),
        sa.Column("category_id", types.Id(), nullable=False),
        sa.Column("platform", types.Words(), nullable=False),
        sa.Column("source_installation_id", types.Id(), nullable=True),
        sa.Column("source_channel", types.Id(), nullable=True),
        sa.Column("source_message", types.Id(), nullable=True),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("submitted_at", types.Instant(), nullable=True),
        sa.Column("deleted_at", types.Instant(), nullable=True),
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("version", types.Count(), nullable=False),
        sa.ForeignKeyConstraint(["business_id"], ["businesses.id"], name=op.f("fk_expenses_business_id")),
        sa.ForeignKeyConstraint(["category_id"], ["categories.id"], name=op.f("fk_expenses_category_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["members.id"], name=op.f("fk_expenses_owner_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_expenses_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expenses")),
        sa.UniqueConstraint("workspace_id", "number", name=op.f("uq_expenses_workspace_id_number")),
        sqlite_strict=True,
    )
    op.create_index("ix_expenses_owner_spent_on", "expenses", ["workspace_id", "owner_id", "spent_on"], unique=False)
    op.create_index(
        "ix_expenses_source", "expenses", ["source_installation_id", "source_channel", "source_message"], unique=False
    )
    op.create_index(op.f("ix_expenses_workspace_id"), "expenses", ["workspace_id"], unique=False)
    op.create_table(
        "one_time_codes",
        sa.Column("digest", types.Words(), nullable=False),
        sa.Column("workspace_id", types.Id(), nullable=False),
        sa.Column("purpose", types.Words(), nullable=False),
        sa.Column("role", types.Words(), nullable=True),
        sa.Column("member_id", types.Id(), nullable=True),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("expires_at", types.Instant(), nullable=False),
        sa.Column("used_at", types.Instant(), nullable=True),
        sa.Column("used_by_account_id", types.Id(), nullable=True),
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("version", types.Count(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_one_time_codes_member_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_one_time_codes_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_codes")),
        sa.UniqueConstraint("digest", name=op.f("uq_one_time_codes_digest")),
        sqlite_strict=True,
    )
    op.create_table(
        "people",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("workspace_id", types.Id(), nullable=False),
        sa.Column("name", types.Words(), nullable=False),
        sa.Column("member_id", types.Id(), nullable=True),
        sa.Column("account_id", types.Id(), nullable=True),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_people_account_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_people_member_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_people_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("member_id", name=op.f("uq_people_member_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_people_workspace_id"), "people", ["workspace_id"], unique=False)
    op.create_table(
        "stored_lists",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("workspace_id", types.Id(), nullable=False),
        sa.Column("account_id", types.Id(), nullable=False),
        sa.Column("kind", types.Words(), nullable=False),
        sa.Column("filters", types.Json(), nullable=False),
        sa.Column("page", types.Count(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_stored_lists_account_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_stored_lists_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_lists")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_stored_lists_workspace_id"), "stored_lists", ["workspace_id"], unique=False)
    op.create_table(
        "approvals",
        sa.Column("workspace_id", types.Id(), nullable=False),
        sa.Column("expense_id", types.Id(), nullable=False),
        sa.Column("expense_version", types.Count(), nullable=False),
        sa.Column("round", types.Count(), nullable=False),
        sa.Column("state", types.Words(), nullable=False),
        sa.Column("asked_at", types.Instant(), nullable=False),
        sa.Column("closed_at", types.Instant(), nullable=True),
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("version", types.Count(), nullable=False),
        sa.ForeignKeyConstraint(["expense_id"], ["expenses.id"], name=op.f("fk_approvals_expense_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_approvals_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
        sa.UniqueConstraint("expense_id", "round", name=op.f("uq_approvals_expense_id_round")),
        sqlite_strict=True,
    )
    op.create_index("ix_approvals_waiting", "approvals", ["workspace_id", "state", "asked_at"], unique=False)
    op.create_index(op.f("ix_approvals_workspace_id"), "approvals", ["workspace_id"], unique=False)
    op.create_table(
        "receipts",
        sa.Column("workspace_id", types.Id(), nullable=False),
        sa.Column("batch_id", types.Id(), nullable=False),
        sa.Column("position", types.Count(), nullable=False),
        sa.Column("owner_id", types.Id(), nullable=False),
        sa.Column("account_id", types.Id(), nullable=False),
        sa.Column("expense_id", types.Id(), nullable=True),
        sa.Column("file_id", types.Id(), nullable=True),
        sa.Column("name", types.Words(), nullable=False),
        sa.Column("reference", types.Json(), nullable=False),
        sa.Column("state", types.Words(), nullable=False),
        sa.Column("reading", types.Json(), nullable=True),
        sa.Column("refusal", types.Words(), nullable=True),
        sa.Column("refusal_arguments", types.Json(), nullable=True),
        sa.Column("seen_before", types.Flag(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("version", types.Count(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_receipts_account_id")),
        sa.ForeignKeyConstraint(["expense_id"], ["expenses.id"], name=op.f("fk_receipts_expense_id")),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_receipts_file_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["members.id"], name=op.f("fk_receipts_owner_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_receipts_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipts")),
        sqlite_strict=True,
    )
    op.create_index("ix_receipts_batch", "receipts", ["batch_id"], unique=False)
    op.create_index("ix_receipts_expense", "receipts", ["expense_id"], unique=False)
    op.create_index(op.f("ix_receipts_workspace_id"), "receipts", ["workspace_id"], unique=False)
    op.create_table(
        "approval_decisions",
        sa.Column("workspace_id", types.Id(), nullable=False),
        sa.Column("approval_id", types.Id(), nullable=False),
        sa.Column("member_id", types.Id(), nullable=False),
        sa.Column("verdict", types.Words(), nullable=False),
        sa.Column("reason", types.Words(), nullable=True),
        sa.Column("decided_at", types.Instant(), nullable=False),
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("version", types.Count(), nullable=False),
        sa.ForeignKeyConstraint(["approval_id"], ["approvals.id"], name=op.f("fk_approval_decisions_approval_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_approval_decisions_member_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_approval_decisions_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_decisions")),
        sqlite_strict=True,
    )
    op.create_index("ix_approval_decisions_approval", "approval_decisions", ["approval_id"], unique=False)
    op.create_index(op.f("ix_approval_decisions_workspace_id"), "approval_decisions", ["workspace_id"], unique=False)
    op.create_table(
        "approval_questions",
        sa.Column("workspace_id", types.Id(), nullable=False),
        sa.Column("approval_id", types.Id(), nullable=False),
        sa.Column("asked_by_id", types.Id(), nullable=False),
        sa.Column("question", types.Words(), nullable=False),
        sa.Column("asked_at", types.Instant(), nullable=False),
        sa.Column("answer", types.Words(), nullable=True),
        sa.Column("answered_at", types.Instant(), nullable=True),
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("version", types.Count(), nullable=False),
        sa.ForeignKeyConstraint(["approval_id"], ["approvals.id"], name=op.f("fk_approval_questions_approval_id")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["members.id"], name=op.f("fk_approval_questions_asked_by_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_approval_questions_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_questions")),
        sqlite_strict=True,
    )
    op.create_index("ix_approval_questions_approval", "approval_questions", ["approval_id"], unique=False)
    op.create_index(op.f("ix_approval_questions_workspace_id"), "approval_questions", ["workspace_id"], unique=False)
    op.create_table(
        "approvers",
        sa.Column("workspace_id", types.Id(), nullable=False),
        sa.Column("approval_id", types.Id(), nullable=False),
        sa.Column("member_id", types.Id(), nullable=False),
        sa.Column("account_id", types.Id(), nullable=True),
        sa.Column("asked_at", types.Instant(), nullable=False),
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("version", types.Count(), nullable=False),
        sa.ForeignKeyConstraint(["approval_id"], ["approvals.id"], name=op.f("fk_approvers_approval_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_approvers_member_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_approvers_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvers")),
        sa.UniqueConstraint("approval_id", "member_id", name=op.f("uq_approvers_approval_id_member_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_approvers_member", "approvers", ["member_id"], unique=False)
    op.create_index(op.f("ix_approvers_workspace_id"), "approvers", ["workspace_id"], unique=False)
