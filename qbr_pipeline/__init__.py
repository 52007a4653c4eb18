"""Numbers that an MSP can trust for its Quarterly Business Review."""
