"""The raw rows behind the numbers: their shapes and tables, staged, published as versions, and searched."""
