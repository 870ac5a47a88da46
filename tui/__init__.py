"""What a person sees: the Textual application and the command line over `core`."""
