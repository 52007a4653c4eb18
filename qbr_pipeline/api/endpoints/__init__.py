"""The endpoints, a file for each subject. Each is a function from a `Call` to a model or a file."""
