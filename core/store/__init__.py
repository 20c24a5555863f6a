"""The SQL store: databases, units of work, column types, migrations."""
