"""Tables that leave as files: CSV and workbooks, safe to open in a spreadsheet."""
