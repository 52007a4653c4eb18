"""What a developer runs from the checkout; not part of the installed package."""
