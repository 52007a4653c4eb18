"""Files that people bring: from bytes to months of values, or to the books of a firm. Pure: nothing is stored here."""
