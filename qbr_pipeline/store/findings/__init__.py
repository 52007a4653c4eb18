"""The findings that are kept: read, recorded by reviews, and decided on by people."""
