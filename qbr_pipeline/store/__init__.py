"""PostgreSQL: schema, migrations, reads and writes, the embedded server. All SQL of the project is here."""
