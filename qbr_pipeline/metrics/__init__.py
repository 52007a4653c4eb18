"""What the numbers mean: catalogue, derived metrics, SmartNumbers, roll-up, validation. Pure: no I/O."""
