"""PostgreSQL: schema, migrations, reads and writes, and the embedded server. All SQL of the project is here."""
